"""What a workflow does about a step that failed for good: the call that it falls back to, or a question.

No model is asked. Knows nothing of the rest of the plan.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from ..events import EventBody, StepFinished
from ..execution.calls import Fault
from ..execution.running import Corrected
from ..model import StepSoFar
from ..plan import Step
from ..planning.mending import ask_for_argument
from ..planning.on_error import UseCall
from ..runs.context import RunContext


@dataclass(slots=True)
class Fallbacks:
    """For one run of a workflow."""

    ctx: RunContext

    def work_on(
        self, call: Step, body: StepFinished, fault: Fault, so_far: Sequence[StepSoFar]
    ) -> "AsyncGenerator[EventBody | Corrected, None] | None":
        """What finds something else to do; None where there is nothing."""
        if self.ctx.stop.reason is not None or "[" in call.id:
            return None
        if fault.question and self.ctx.desk.interactive:
            return ask_for_argument(self.ctx, call, fault)
        if call.on_error is not None and isinstance(call.on_error.fallback, UseCall):
            return _instead(call, call.on_error.fallback)
        return None


async def _instead(call: Step, fallback: UseCall) -> "AsyncGenerator[EventBody | Corrected, None]":
    yield Corrected(replace(call, tool=fallback.tool, args=dict(fallback.args), on_error=None))
