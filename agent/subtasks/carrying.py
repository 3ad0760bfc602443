"""One sub-task, carried out inside of the run of its step: a plan of its own over its own tools, within its
own limits and those of the run.

What it says is told by the run, with the id of its step as ``parent``; its calls stand in the run's ledger,
so a run that was killed inside of one goes on there. Its cards and questions are those of the run. Text by
others is read only by a sub-task without tools. Knows nothing of the rest of the plan.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from math import inf
from time import monotonic

from ..answering import answer
from ..errors import AgentError, InputNeeded, RunStopped
from ..events import Answered, EventBody, Route, RunStatus, StepStatus, TextDelta
from ..execution.calls import Fault, Said
from ..execution.derivation import derived_from
from ..execution.endings import end_of
from ..execution.executor import Executor
from ..execution.gate import Prepared
from ..log.ledger import Output
from ..log.recovery import Recovered, recover
from ..log.settling import Settled, settle_all
from ..permission.approval import Approvals
from ..plan import Plan
from ..planning.planner import fill_questions, make_plan, not_understood, planned
from ..runs.context import RunContext
from ..values import MODEL, USER, Origins, ToolOrigin, join
from ..workflows.fallbacks import Fallbacks
from .child import Task, child_of
from .nesting import nested
from .tool import SUB_TASK, Nested

_ENDS: Mapping[RunStatus, StepStatus] = {"done": "done", "approval_needed": "denied", "unknown": "unknown"}


class SubTaskFailed(AgentError):
    """A sub-task has nothing that it can do; the message says why."""

    code = "sub_task"


@dataclass(slots=True)
class _Made:
    """What has come of it so far; ``why`` it did not come to its end."""

    child: RunContext | None = None
    text: str = ""
    origins: Origins = frozenset()
    why: str = ""

    @property
    def status(self) -> StepStatus:
        """How its step ends."""
        ended = self.child.outcome.status if self.child is not None else "failed"
        return "failed" if self.why and ended != "unknown" else _ENDS.get(ended, "failed")


async def carry_out_sub_task(ctx: RunContext, prepared: Prepared) -> AsyncGenerator[Said | Nested, None]:
    """As ``calls.call_tool``, with what the sub-task itself says in between."""
    step, args, began = prepared.step, prepared.resolved.plain(), monotonic()
    found = await asyncio.to_thread(lambda: recover(ctx.store.events(ctx.run), step.id))
    await ctx.ledger.intend(step.id, step.tool, args)
    made, stopped = _Made(), None
    try:
        async with aclosing(_carried_out(ctx, prepared, Task.of(args), found, made)) as bodies:
            async for body in bodies:
                if not isinstance(body, TextDelta):
                    yield Nested(body if body.parent else body.model_copy(update={"parent": step.id}))
    except InputNeeded as needed:
        made.why = f"it needs to know: {needed}"
    except RunStopped as reason:
        made.why, stopped = str(reason), ctx.stop.reason
    except AgentError as error:
        made.why = str(error)
    status = made.status
    origins = join({ToolOrigin(SUB_TASK, step.id, trusted=True)}, derived_from(prepared), made.origins)
    why, output = made.why or made.text or "it came to nothing", None
    match status:
        case "done":
            steps = len(made.child.outcome.steps) if made.child is not None else 0
            output = Output({"text": made.text, "steps": steps}, made.text, origins)
            ctx.ledger.done(step.id, output)
            yield output
        case "unknown":
            ctx.ledger.unknown(step.id, why)
        case "failed":
            ctx.ledger.failed(step.id, why)
            yield Fault(origins)
    # One that lacks an approval keeps its intent: with the approval it goes on.
    yield end_of(step.id, step.tool, args, status, output, why, began)
    if stopped is not None:
        raise stopped


async def _carried_out(
    ctx: RunContext, prepared: Prepared, task: Task, found: Recovered, made: _Made
) -> AsyncGenerator[EventBody, None]:
    child = made.child = child_of(ctx, prepared, task)
    with child.meter.clock():
        flow = _work(child, found, prepared, made) if task.tools else _read(child, task, made)
        async with aclosing(flow) as bodies:
            async for body in bodies:
                yield body


async def _read(child: RunContext, task: Task, made: _Made) -> AsyncGenerator[EventBody, None]:
    """An answer from the prompt and the data alone; the model has no tools, so the text can only be text."""
    turn = await child.turn()
    async for body in answer.chat(child, turn):
        if isinstance(body, Answered):
            made.text = body.text
        yield body
    made.origins = MODEL


async def _work(
    child: RunContext, found: Recovered, prepared: Prepared, made: _Made
) -> AsyncGenerator[EventBody, None]:
    """A plan of its own, or what is left of it."""
    turn = await child.turn()
    settled = Settled()
    if found.plan is None:
        plan = await _planned(child, prepared)
        child.outcome.plan = plan
        yield planned(plan)
        for warning in not_understood(child, plan):
            yield warning
        child.meter.check_steps(len(plan.steps))
    else:
        child.outcome.plan = found.plan
        child.meter.count_steps(found.planned)
        async for body in settle_all(child, found, settled):
            yield body
    approvals = Approvals()
    for card in found.approved():
        approvals.restore(card, child.registry)
    async for body in fill_questions(child, child.outcome.plan):
        yield body
    executor = Executor(
        child, child.outcome.plan, settled.outputs, approvals, settled.finished, Fallbacks(child)
    )
    executor.consent.missing = found.headless_denied
    async for body in executor.run():
        yield body
    made.origins = join(*(output.origins for output in executor.outputs.values()))
    async for body in answer.from_results(child, turn):
        if isinstance(body, Answered):
            made.text = body.text
        yield body


async def _planned(child: RunContext, prepared: Prepared) -> Plan:
    """Raises ``SubTaskFailed`` where there is nothing to do with these tools."""
    turn = await child.turn()
    scores = await child.driver.ask(
        lambda model: model.route(turn, child.stop.event), child.stop, child.meter
    )
    route: Route = "plan" if scores.get("plan", -inf) >= scores.get("act", -inf) else "act"
    plan = await make_plan(child, turn, route)
    if not plan.steps:
        asked = f": {plan.question}" if plan.question else ""
        raise SubTaskFailed(f"none of its tools ({', '.join(child.registry.names())}) serves this{asked}")
    prompt = prepared.resolved.values["prompt"].origins
    return nested(plan, prepared.step.id, frozenset() if prompt == USER else prompt)
