"""Carries a plan to its end: where a step fails for good, or the model plans step by step, it is planned on.

What has run stays; only what has not run is planned anew, a bounded number of times, by a model that sees no
text by others. Calls that give the same again and again end the run. Knows nothing of how steps run.
"""

import logging
import re
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from ..errors import LoopDetected, ModelFailed
from ..events import EventBody, StepFinished
from ..execution.executor import Executor
from ..log.ledger import canonical
from ..model import AgentModel, TurnContext, can_mend
from ..plan import Plan
from ..runs.context import RunContext
from .checks import check_plan
from .mending import replans_of
from .planner import fill_questions, plan_changed

log = logging.getLogger(__name__)
Move = Literal["replan", "extend"]
_NUMBER = re.compile(r"s(\d+)")
MOST_REPEATS = 3


@dataclass(slots=True)
class LoopGuard:
    """Counts in how many rounds of planning the same call gave the same."""

    _seen: set[str] = field(default_factory=set)
    _rounds: Counter[str] = field(default_factory=Counter)

    def look_at(self, over: Mapping[str, StepFinished]) -> None:
        """Raises ``LoopDetected`` for a call that nothing comes of any more."""
        new = [
            body for id, body in over.items() if id not in self._seen and body.status in ("done", "failed")
        ]
        self._seen.update(over)
        for call, tool in {canonical([one.tool, one.args, one.output]): one.tool for one in new}.items():
            self._rounds[call] += 1
            if self._rounds[call] >= MOST_REPEATS:
                raise LoopDetected(
                    f"{tool} was called {MOST_REPEATS} times with the same arguments and gave the same. "
                    "The run was stopped; say it differently, or ask for less at once."
                )


async def carry_through(
    ctx: RunContext, turn: TurnContext, executor: Executor, replans: int = 0
) -> AsyncGenerator[EventBody, None]:
    """Events of the plan and of what is planned on; ``replans`` were made before, on resuming."""
    guard = LoopGuard()
    while True:
        await ctx.look_back()
        async for body in executor.run():
            yield body
        guard.look_at(executor.over)
        move = await _next_move(ctx, executor, replans)
        if move is None:
            return
        more = await _more(ctx, turn, executor)
        plan = _joined(ctx.outcome.plan or more, more, executor.over)
        if not more.steps or not _fits(ctx, plan, more, executor.over):
            return
        replans += move == "replan"
        ctx.meter.check_more_steps(len(more.steps))
        ctx.outcome.plan = plan
        yield plan_changed(plan, _reason(move, executor))
        async for body in fill_questions(ctx, plan):
            yield body
        executor.take_over(ctx.outcome.plan)


async def _next_move(ctx: RunContext, executor: Executor, replans: int) -> Move | None:
    """Whether to plan on: not behind a refusal, nor where nobody knows what has happened."""
    statuses = {step.status for step in ctx.outcome.steps}
    if statuses & {"denied", "unknown"} or executor.consent.missing:
        return None
    loaded = await ctx.driver.warm()
    if not can_mend(loaded.agent_model):
        return None
    if "failed" in statuses:
        return "replan" if replans < replans_of(ctx, loaded) else None
    return "extend" if loaded.stepwise else None


async def _more(ctx: RunContext, turn: TurnContext, executor: Executor) -> Plan:
    """The steps that the model adds; none where it cannot write any that fit."""
    first = 1 + max((int(found[1]) for id in executor.over if (found := _NUMBER.fullmatch(id))), default=0)

    def question(model: AgentModel) -> Plan:
        return (
            model.go_on(turn, executor.so_far(), first, ctx.stop.event) if can_mend(model) else Plan("plan")
        )

    try:
        return await ctx.driver.ask(question, ctx.stop, ctx.meter)
    except ModelFailed as error:
        log.info("run %s: nothing was planned on: %s", ctx.run, error)
        return Plan("plan")


def _joined(plan: Plan, more: Plan, over: Mapping[str, StepFinished]) -> Plan:
    """What has run, without what failed or waited for that, and what is new."""
    kept: Set[str] = {id for id, body in over.items() if body.status in ("done", "omitted")}
    return replace(plan, steps=(*(step for step in plan.steps if step.id in kept), *more.steps))


def _fits(ctx: RunContext, plan: Plan, more: Plan, over: Mapping[str, StepFinished]) -> bool:
    """Whether the whole passes the static checks, whichever model wrote it, and no id is used anew."""
    problems = [str(problem) for problem in check_plan(plan, ctx.tools.views.values())]
    problems += [f"{step.id}: the id is taken" for step in more.steps if step.id in over]
    if problems:
        log.info("run %s: what was planned on does not fit: %s", ctx.run, "; ".join(problems))
    return not problems


def _reason(move: Move, executor: Executor) -> str:
    if move == "extend":
        return "planned on from what the steps so far gave"
    failed = [id for id, body in executor.over.items() if body.status == "failed" and "[" not in id]
    return f"{', '.join(failed)} did not work, so the rest is planned anew"
