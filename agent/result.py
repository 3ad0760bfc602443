"""What a finished run amounts to, folded from its events. Knows nothing of how events are made."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from .events import (
    Answered,
    Errored,
    Event,
    PlanChanged,
    Planned,
    RouteChosen,
    RunFinished,
    RunStatus,
    StepFinished,
    UsageReported,
)
from .plan import Plan
from .planning.plan_schema import step_from_wire


@dataclass(frozen=True, slots=True)
class Result:
    """``text`` is the answer, or the error's message where there is none; ``steps`` are in the order of their
    ends.
    """

    run_id: str
    status: RunStatus
    exit_code: int
    text: str
    plan: Plan | None
    steps: tuple[StepFinished, ...]
    usage: UsageReported
    citations: tuple[str, ...] = ()
    error: str | None = None
    """Code of the last error, such as ``no_tool``."""


async def collect(events: AsyncIterator[Event]) -> Result:
    """Read a run to its end."""
    run, text, plan, route = "", "", None, "unclear"
    steps: list[StepFinished] = []
    citations: tuple[str, ...] = ()
    error: Errored | None = None
    usage = UsageReported()
    end = RunFinished(status="failed", exit_code=1)
    async for event in events:
        run = event.run
        match event.body:
            case RouteChosen(route=chosen, parent=""):
                route = chosen
            case Planned(steps=planned, parent="") | PlanChanged(steps=planned, parent=""):
                plan = Plan(route, tuple(step_from_wire(step.model_dump()) for step in planned))
            case StepFinished() as step:
                steps.append(step)
            case Answered(parent="") as answer:
                text, citations = answer.text, answer.citations
            case Errored() as last:
                error = last
            case UsageReported() as used:
                usage = used
            case RunFinished() as finished:
                end = finished
    return Result(
        run_id=run,
        status=end.status,
        exit_code=end.exit_code,
        text=text or (error.message if error else ""),
        plan=plan,
        steps=tuple(steps),
        usage=usage,
        citations=citations,
        error=error.code if error else None,
    )
