"""Continues an interrupted run from its log and ledger alone; no code is replayed and nothing done is done
again.

Reads that were cut off run again. An effect that was cut off is settled by its tool's own check, or stays
``unknown``. Knows nothing of why the run was interrupted.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

from ..memory import LoggedEvent
from . import answer
from .approval import Approvals
from .calls import REPEATABLE, settle
from .context import RunContext
from .events import (
    ApprovalRequested,
    ApprovalResolved,
    EventBody,
    PlanChanged,
    Planned,
    PlannedStep,
    Question,
    Route,
    RouteChosen,
    StepFinished,
    StepStatus,
    Warned,
    parse_body,
)
from .executor import Executor
from .gate import Gate, Prepared
from .ledger import Entry, Output
from .plan import Plan
from .plan_schema import step_from_wire
from .planning import fill_questions, recall_facts
from .run import serve
from .values import in_words


@dataclass(slots=True)
class Recovered:
    """What a log says of a run that did not end."""

    plan: Plan | None = None
    finished: dict[str, StepFinished] = field(default_factory=dict)
    granted: list[ApprovalRequested] = field(default_factory=list)
    approvals: int = 0
    questions: int = 0


def recover(log: Sequence[LoggedEvent]) -> Recovered:
    """Fold the log."""
    found, route, cards = Recovered(), "unclear", {}
    for entry in log:
        match parse_body({"type": entry.type, **entry.body}):
            case RouteChosen(route=chosen):
                route = chosen
            case Planned(steps=steps) | PlanChanged(steps=steps):
                found.plan = _plan(route, steps)
            case StepFinished() as step:
                found.finished[step.id] = step
            case ApprovalRequested() as card:
                cards[card.approval] = card
                found.approvals += 1
            case ApprovalResolved(approval=approval, decision="allow") if approval in cards:
                found.granted.append(cards[approval])
            case Question():
                found.questions += 1
    return found


def _plan(route: Route, steps: Sequence[PlannedStep]) -> Plan:
    return Plan(route, tuple(step_from_wire(step.model_dump()) for step in steps))


async def continue_run(ctx: RunContext) -> AsyncGenerator[EventBody, None]:
    """What is left of the run of ``ctx``."""
    found = recover(await asyncio.to_thread(ctx.store.events, ctx.run))
    ctx.desk.skip_ids(approvals=found.approvals, questions=found.questions)
    if found.plan is None:
        async for body in serve(ctx):  # nothing was begun
            yield body
        return
    ctx.outcome.plan = found.plan
    await recall_facts(ctx, ctx.request)  # literals keep the origin that they had
    settled = _Settled()
    async for body in _settle_all(ctx, found, settled):
        yield body
    async for body in fill_questions(ctx, ctx.outcome.plan):
        yield body
    approvals = Approvals()
    for card in found.granted:
        approvals.restore(card, ctx.registry)
    executor = Executor(ctx, ctx.outcome.plan, settled.outputs, approvals, settled.finished)
    async for body in executor.run():
        yield body
    async for body in answer.from_results(ctx, await ctx.turn()):
        yield body


@dataclass(slots=True)
class _Settled:
    """What is known of steps that were begun: how each ended that is over, and the outputs of those done."""

    finished: dict[str, StepFinished] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)


async def _settle_all(
    ctx: RunContext, found: Recovered, settled: _Settled
) -> AsyncGenerator[EventBody, None]:
    """Account for every step that was begun, in the order of the plan."""
    ledger: Mapping[str, Entry] = await ctx.ledger.entries()
    gate = Gate(ctx.registry, ctx.policy)
    for step in found.plan.steps if found.plan else ():
        entry, told = ledger.get(step.id), found.finished.get(step.id)
        body = told
        if entry is None and told is None:
            continue
        if entry is not None and entry.state == "done" and entry.output is not None:
            settled.outputs[step.id] = entry.output
            body = told if told and told.status == "done" else _finished(entry, "done", entry.output)
        elif entry is not None and entry.state in ("intent", "unknown"):
            prepared = gate.prepare(step, settled.outputs, ctx.sources())
            if isinstance(prepared, Prepared) and prepared.call.effect in REPEATABLE:
                continue
            why = "it was interrupted, and whether it took effect is not known"
            status, output = "unknown", None
            if isinstance(prepared, Prepared):
                status, output = await settle(ctx, prepared, entry.args, why)
            if status == "failed":
                continue  # the check knows that it did not happen, so it may be tried again
            if output is not None:
                settled.outputs[step.id] = output
            if status == "unknown":
                yield Warned(message=f"{step.tool} ({step.id}): {why}. It was not repeated.")
            body = _finished(entry, status, output, why)
        elif entry is not None:
            body = told or _finished(entry, "failed", None, "it failed")
        if body is None:
            continue
        settled.finished[step.id] = body
        ctx.outcome.note(body)
        if body is not told:
            yield body


def _finished(entry: Entry, status: StepStatus, output: Output | None, why: str = "") -> StepFinished:
    data, text = (output.data, output.text) if output is not None else ({"error": why}, why)
    return StepFinished(
        id=entry.step,
        tool=entry.tool,
        args=dict(entry.args),
        status=status,
        output=data,
        text=text,
        origins=in_words(output.origins) if output is not None else (),
    )
