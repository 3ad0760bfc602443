"""Finds other arguments for a call that its tool could not use: from the model, or from the user.

The model is asked a bounded number of times, for the arguments of this one step. What the tool said is in
view then, so what the user did not type counts as derived from it. Knows nothing of the rest of the plan.
"""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import ModelFailed
from ..events import EventBody, StepFinished
from ..execution.calls import Fault
from ..execution.running import Corrected
from ..model import StepSoFar, TurnContext, can_mend
from ..models.engines import LoadedModel
from ..plan import Step
from ..runs.context import RunContext
from ..runs.dialogue import Asked, ask
from ..values import NOBODY, join
from .arguments import argument_to_wire
from .so_far import all_trusted

log = logging.getLogger(__name__)
REPAIRS, REPLANS = 2, 2
"""How often a step is corrected, and a plan continued after a failure, where the settings do not say."""


@dataclass(slots=True)
class Mender:
    """For the run of one request."""

    ctx: RunContext
    turn: TurnContext
    _attempts: Counter[str] = field(default_factory=Counter)

    def work_on(
        self, call: Step, body: StepFinished, fault: Fault, so_far: Sequence[StepSoFar]
    ) -> "AsyncGenerator[EventBody | Corrected, None] | None":
        """What finds other arguments; None where nothing can."""
        if self.ctx.stop.reason is not None or "[" in call.id:
            return None
        if fault.question:
            return ask_for_argument(self.ctx, call, fault) if self.ctx.desk.interactive else None
        loaded = self.ctx.driver.loaded
        if not fault.retry or (
            loaded is not None and repairs_of(self.ctx, loaded) <= self._attempts[call.id]
        ):
            return None
        return self._repair(call, body, fault, so_far)

    async def _repair(
        self, call: Step, body: StepFinished, fault: Fault, so_far: Sequence[StepSoFar]
    ) -> "AsyncGenerator[EventBody | Corrected, None]":
        ctx, tool = self.ctx, self.ctx.tools.views[call.tool]
        failed = StepSoFar(call, tool, "failed", body.text)
        loaded = await ctx.driver.warm()
        if repairs_of(ctx, loaded) <= self._attempts[call.id]:
            yield Corrected(None)
            return
        self._attempts[call.id] += 1
        try:
            args = await ctx.driver.ask(
                lambda model: (
                    model.repair(self.turn, failed, body.text, so_far, ctx.stop.event)
                    if can_mend(model)
                    else None
                ),
                ctx.stop,
                ctx.meter,
            )
        except ModelFailed as error:
            log.info("run %s, step %s: no other arguments: %s", ctx.run, call.id, error)
            args = None
        if args is None or argument_to_wire(dict(args)) == call.wire_args():
            yield Corrected(None)
            return
        seen = NOBODY if all_trusted(fault.origins) else fault.origins
        yield Corrected(replace(call, args=dict(args), suggested=join(call.suggested, seen)))


async def ask_for_argument(
    ctx: RunContext, call: Step, fault: Fault
) -> "AsyncGenerator[EventBody | Corrected, None]":
    """Ask the user for the argument that the tool could not do without."""
    asked = Asked()
    async for question in ask(ctx, fault.question, asked, call.id, fault.argument):
        yield question
    yield Corrected(replace(call, args={**call.args, fault.argument: asked.reply}))


def repairs_of(ctx: RunContext, loaded: LoadedModel) -> int:
    """How often the model may correct one step."""
    return _allowed(ctx.settings.max_repairs, loaded, REPAIRS)


def replans_of(ctx: RunContext, loaded: LoadedModel) -> int:
    """How often the model may plan on after a failure."""
    return _allowed(ctx.settings.max_replans, loaded, REPLANS)


def _allowed(setting: int | None, loaded: LoadedModel, usual: int) -> int:
    if not can_mend(loaded.agent_model):
        return 0
    return setting if setting is not None else usual if loaded.mends else 0
