"""Carries a plan out: one ready step after the other, each past the gate, with its intent written before it
runs.

Steps run in the order of the plan. Before the user is asked, harmless reads that a later call depends on are
taken forward, so that the card shows exact values. A step that fails stops those that depend on it and no
others. Knows nothing of how plans are made or answers worded.
"""

from collections.abc import AsyncGenerator
from typing import Any

from ..tools import Effect
from .approval import Approvals, build_card
from .calls import call_tool
from .context import RunContext
from .errors import RunStopped
from .events import ApprovalResolved, EventBody, StepFinished, StepStatus
from .gate import Gate, Prepared, Unusable
from .ledger import Output
from .plan import Plan, Step
from .policy import Verdict
from .progress import Progress, depends_on


class Executor:
    """One plan of one run; ``outputs`` are the results of steps that were done before, on resuming."""

    def __init__(
        self,
        ctx: RunContext,
        plan: Plan,
        outputs: dict[str, Output] | None = None,
        approvals: Approvals | None = None,
        finished: dict[str, StepStatus] | None = None,
    ) -> None:
        self._ctx = ctx
        self._gate = Gate(ctx.registry, ctx.policy)
        self._outputs = dict(outputs or {})
        self._approvals = approvals or Approvals()
        self._progress = Progress(plan.steps, finished)
        self._headless_denied = False

    async def run(self) -> AsyncGenerator[EventBody, None]:
        """Events of the plan until nothing is left that can run; raises the reason when the run is
        stopped.
        """
        while True:
            for step in self._progress.blocked():
                yield self._finish(
                    step, step.to_wire()["args"], "skipped", "an earlier step it needs did not finish"
                )
            ready = self._progress.ready()
            if not ready:
                return
            self._ctx.stop.check()
            async for body in self._advance(ready[0]):
                yield body

    async def _advance(self, step: Step) -> AsyncGenerator[EventBody, None]:
        """Take the next step one stage further: past the card, or to its end."""
        prepared = self._prepare(step)
        if isinstance(prepared, Unusable):
            yield self._finish(step, prepared.args, "failed", prepared.reason)
        elif prepared.decision.verdict is Verdict.DENY:
            yield self._finish(step, prepared.resolved.plain(), "denied", prepared.decision.reason)
        elif self._headless_denied and not _is_harmless(prepared):
            reason = "nothing is changed while an approval is missing"
            yield self._finish(step, prepared.resolved.plain(), "skipped", reason)
        elif prepared.asks and self._approvals.has(step.id) and not self._approvals.fits(prepared):
            reason = "its arguments are not those that were approved"
            yield self._finish(step, prepared.resolved.plain(), "denied", reason)
        elif self._must_ask_before(prepared):
            async for body in self._ask():
                yield body
        else:
            async for body in self._call(prepared):
                yield body

    def _must_ask_before(self, prepared: Prepared) -> bool:
        """Whether a card comes first: for this step, or headless for a later one, so that nothing is half
        done.
        """
        if prepared.asks:
            return not self._approvals.has(prepared.step.id)
        if self._ctx.desk.interactive or _is_harmless(prepared):
            return False
        return bool(self._asking())

    async def _ask(self) -> AsyncGenerator[EventBody, None]:
        async for body in self._take_reads_forward():
            yield body
        steps = [one for one in self._asking() if one.sinks_known or not self._ctx.desk.interactive]
        approval = self._ctx.desk.new_id("approval")
        interactive = self._ctx.desk.interactive
        if interactive:
            self._ctx.desk.expect(approval)
        yield build_card(approval, steps)
        try:
            allowed = interactive and await self._ctx.desk.wait(approval) == "allow"
        except RunStopped:
            yield ApprovalResolved(approval=approval, decision="deny", by="cancelled")
            raise
        if allowed:
            self._approvals.grant(steps)
            yield ApprovalResolved(approval=approval, decision="allow", by="user")
            return
        yield ApprovalResolved(approval=approval, decision="deny", by="user" if interactive else "headless")
        self._headless_denied = not interactive
        for one in steps:
            reason = "you declined it" if interactive else _how_to_allow(one)
            yield self._finish(one.step, one.resolved.shown(one.step), "denied", reason)

    async def _take_reads_forward(self) -> AsyncGenerator[EventBody, None]:
        """Run the trusted reads that asking steps depend on, unless they come after a change that is still to
        be made.
        """
        while True:
            wanted = {other for one in self._asking() for other in depends_on(one.step)}
            for step in self._progress.pending:
                prepared = self._prepare(step)
                if isinstance(prepared, Unusable) or prepared.asks:
                    continue
                if not (prepared.complete and step in self._progress.ready() and _is_local_read(prepared)):
                    return
                if step.id in wanted:
                    break
            else:
                return
            async for body in self._call(prepared):
                yield body

    def _asking(self) -> list[Prepared]:
        """Pending steps that need an approval they do not have, with what is known of their arguments."""
        prepared = (self._prepare(step) for step in self._progress.pending)
        return [
            one
            for one in prepared
            if isinstance(one, Prepared) and one.asks and not self._approvals.has(one.step.id)
        ]

    def _prepare(self, step: Step) -> Prepared | Unusable:
        return self._gate.prepare(step, self._outputs, self._ctx.sources())

    async def _call(self, prepared: Prepared) -> AsyncGenerator[EventBody, None]:
        async for body in call_tool(self._ctx, prepared):
            if isinstance(body, Output):
                self._outputs[prepared.step.id] = body
                continue
            if isinstance(body, StepFinished):
                self._record(body)
            yield body

    def _finish(self, step: Step, args: Any, status: StepStatus, reason: str) -> StepFinished:
        body = StepFinished(
            id=step.id, tool=step.tool, args=args, status=status, output={"error": reason}, text=reason
        )
        self._record(body)
        return body

    def _record(self, body: StepFinished) -> None:
        self._progress.finish(body.id, body.status)
        account_for(self._ctx, body)


def account_for(ctx: RunContext, body: StepFinished) -> None:
    """Keep what came of a step for the answer, and let it weigh on the status of the run."""
    ctx.outcome.steps.append(body)
    if body.status == "unknown":
        ctx.outcome.worsen("unknown")
    elif body.status == "denied":
        ctx.outcome.worsen("approval_needed")
    elif body.status != "done":
        ctx.outcome.worsen("failed")


def _is_harmless(prepared: Prepared) -> bool:
    """Changes nothing, here or elsewhere."""
    return prepared.call.effect in (Effect.READ, Effect.NETWORK)


def _is_local_read(prepared: Prepared) -> bool:
    """Gives the same before and after a change to files or the outside: it computes, or reads Homewit's own
    database.
    """
    return prepared.call.effect == Effect.READ and not prepared.tool.spec.untrusted_output


def _how_to_allow(prepared: Prepared) -> str:
    return f"it needs your approval; to allow it, add --allow '{prepared.call.narrowest_rule()}'"
