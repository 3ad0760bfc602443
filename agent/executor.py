"""Carries a plan out: each step as soon as it can run, side by side, each past the gate, with its intent
written before it runs.

Before the user is asked, harmless reads that an asking call depends on are taken forward, so that the card
shows exact values. A step that fails stops those that depend on it and no others. Knows nothing of how plans
are made or answers worded.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

from ..tools import Effect, ToolSpec
from .approval import Approvals, build_card
from .board import Board
from .context import RunContext
from .errors import ConditionError, MissingField, RunStopped
from .events import ApprovalResolved, EventBody, StepFinished, StepStarted, StepStatus
from .foreach import step_of
from .gate import Gate, Prepared, Unusable, foreseen_origins
from .groups import Group
from .ledger import Output
from .plan import Plan, Step
from .policy import Verdict
from .running import Ended, Running
from .tool_kinds import changes, is_harmless, is_local_read

UNMET = "its condition does not hold"


class Executor:
    """One plan of one run; ``outputs`` are the results of steps that were done before, on resuming."""

    def __init__(
        self,
        ctx: RunContext,
        plan: Plan,
        outputs: dict[str, Output] | None = None,
        approvals: Approvals | None = None,
        finished: Mapping[str, StepFinished] | None = None,
    ) -> None:
        self._ctx = ctx
        self._gate = Gate(ctx.registry, ctx.policy)
        self._board = Board(plan, changes(plan, ctx.registry), outputs, finished, ctx.settings.max_items)
        self._foreseen = foreseen_origins(plan.steps, ctx.registry)
        self._approvals = approvals or Approvals()
        self._running = Running(ctx)
        self.headless_denied = False
        """Whether an approval is missing, so that nothing is changed any more."""
        self._asks_nothing: set[str] = set()
        """Calls that are known in full and do not ask; they are not looked at again for that."""

    async def run(self) -> AsyncGenerator[EventBody, None]:
        """Events of the plan until nothing is left that can run; raises the reason when the run is stopped,
        once everything that was under way is accounted for.
        """
        try:
            while self._ctx.stop.reason is None:
                asking: list[Step] = []
                for body in self._advance(asking):
                    yield body
                if asking and not self._takes_reads_forward():
                    async for body in self._ask():
                        yield body
                elif self._running:
                    for body in await self._news():
                        yield body
                elif not asking:
                    return
            while self._running:
                for body in await self._news():
                    yield body
            self._ctx.stop.check()
        finally:
            await self._running.close()

    def _advance(self, asking: list[Step]) -> Iterator[EventBody]:
        """Close what can never run and begin what can; what needs an approval first goes into ``asking``."""
        moved = True
        while moved:
            asking.clear()
            moved = False
            for step, status, reason in self._board.closed():
                moved = True
                yield from self._end(step, step.wire_args(), status, reason)
            for step in self._board.ready():
                moved = True
                yield from self._line_up(step)
            for call in self._board.line():
                if self._running.full:
                    break
                if not self._has_room(call):
                    continue
                before = len(asking)
                yield from self._admit(call, asking)
                moved = moved or (len(asking) == before and call.id not in self._running)

    def _line_up(self, step: Step) -> Iterator[EventBody]:
        """The calls of a step may begin: its only one, or one for each item of its list."""
        if step.foreach is None:
            self._board.line_up(step)
            return
        prepared = self._prepare(step)
        if isinstance(prepared, Unusable):
            yield from self._end(step, prepared.args, "failed", prepared.reason)
            return
        try:
            if is_left_out(prepared):
                yield from self._end(step, step.wire_args(), "omitted", UNMET)
                return
            group = self._board.open(step)
        except (MissingField, ConditionError) as error:
            yield from self._end(step, step.wire_args(), "failed", str(error))
            return
        yield StepStarted(id=step.id, tool=step.tool, args=step.wire_args())
        yield from self._close(group)

    def _has_room(self, call: Step) -> bool:
        registry = self._ctx.registry
        return call.tool not in registry or self._running.has_room(registry.get(call.tool).spec)

    def _admit(self, call: Step, asking: list[Step]) -> Iterator[EventBody]:
        """Take a call one stage further: to its start, to the card, or to its end."""
        prepared = self._prepare(call)
        if isinstance(prepared, Unusable):
            yield from self._end(call, prepared.args, "failed", prepared.reason)
            return
        args = prepared.resolved.plain()
        try:
            applies = prepared.resolved.holds()
            left_out = is_left_out(prepared)
        except ConditionError as error:
            yield from self._end(call, args, "failed", str(error))
            return
        if left_out:
            yield from self._end(call, args, "omitted", UNMET)
        elif prepared.decision.verdict is Verdict.DENY:
            yield from self._end(call, args, "denied", prepared.decision.reason)
        elif self.headless_denied and not is_harmless(prepared.tool.spec):
            yield from self._end(call, args, "skipped", "nothing is changed while an approval is missing")
        elif prepared.asks and self._approvals.has(call.id) and not self._approvals.fits(prepared):
            yield from self._end(call, args, "denied", "its arguments are not those that were approved")
        elif self._must_ask_before(prepared):
            asking.append(call)
        elif not applies:
            yield from self._end(call, args, "omitted", UNMET)
        else:
            self._board.begin(call)
            yield StepStarted(id=call.id, tool=call.tool, args=args)
            self._running.start(prepared)

    def _must_ask_before(self, prepared: Prepared) -> bool:
        """Whether a card comes first: for this call, or headless for a later one, so that nothing is half
        done.
        """
        if prepared.asks:
            return not self._approvals.has(prepared.step.id)
        if self._ctx.desk.interactive or is_harmless(prepared.tool.spec):
            return False
        return bool(self._asking())

    def _asking(self) -> list[Prepared]:
        """Calls to come that need an approval they do not have, with what is known of their arguments."""
        found: list[Prepared] = []
        for call in self._board.to_come():
            if call.id in self._asks_nothing or self._approvals.has(call.id):
                continue
            prepared = self._prepare(call)
            if isinstance(prepared, Unusable):
                continue
            if prepared.asks and not _is_left_out_for_sure(prepared):
                found.append(prepared)
            elif prepared.complete and call.foreach is None:
                self._asks_nothing.add(call.id)
        return found

    def _takes_reads_forward(self) -> bool:
        """Take the trusted reads forward that asking calls depend on, unless a change that is still to be
        made comes before them; whether there is one to wait for.
        """
        asking = {prepared.step.id for prepared in self._asking()}
        wanted = self._board.behind(asking)
        forward: list[Step] = []
        for step in self._board.not_begun():
            spec = self._ctx.registry.get(step.tool).spec if step.tool in self._ctx.registry else None
            if spec is None or (not is_harmless(spec) and not self._asks_for(step, asking, spec)):
                break
            if step.id in wanted and is_local_read(spec) and self._board.waits_for_turn_only(step):
                forward.append(step)
        for step in forward:
            self._board.take_forward(step)
        return bool(forward) or any(step_of(call) in wanted for call in self._running)

    @staticmethod
    def _asks_for(step: Step, asking: set[str], spec: ToolSpec) -> bool:
        """Whether a change waits for the user, and is none of Homewit's own records, which reads may show."""
        return spec.effect is not Effect.RECORD and any(step_of(call) == step.id for call in asking)

    async def _ask(self) -> AsyncGenerator[EventBody, None]:
        """One card for all calls that ask and whose sinks are known; others go on meanwhile."""
        desk, interactive = self._ctx.desk, self._ctx.desk.interactive
        calls = [one for one in self._asking() if one.sinks_known or not interactive]
        approval = desk.new_id("approval")
        if interactive:
            desk.expect(approval)
        yield build_card(approval, calls)
        allowed = False
        if interactive:
            answer = asyncio.ensure_future(desk.wait(approval))
            while not answer.done():
                for body in await self._news(answer):
                    yield body
            try:
                allowed = answer.result() == "allow"
            except RunStopped:
                yield ApprovalResolved(approval=approval, decision="deny", by="cancelled")
                return
        if allowed:
            self._approvals.grant(calls)
            yield ApprovalResolved(approval=approval, decision="allow", by="user")
            return
        yield ApprovalResolved(approval=approval, decision="deny", by="user" if interactive else "headless")
        self.headless_denied = not interactive
        for one in calls:
            reason = "you declined it" if interactive else how_to_allow(one)
            for body in self._end(one.step, one.resolved.shown(one.step), "denied", reason):
                yield body

    def _prepare(self, step: Step) -> Prepared | Unusable:
        return self._gate.prepare(step, self._board.outputs, self._ctx.sources(), self._foreseen)

    async def _news(self, until: "asyncio.Future[Any] | None" = None) -> list[EventBody]:
        """What calls under way have said, waited for; raises what broke one of them."""
        bodies: list[EventBody] = []
        for call, what in await self._running.news(until):
            match what:
                case Output():
                    self._board.outputs[call.id] = what
                case StepFinished():
                    bodies += self._record(call, what)
                case Ended(error=error):
                    if error is not None and not isinstance(error, RunStopped):
                        raise error
                case _:
                    bodies.append(what)
        return bodies

    def _end(self, call: Step, args: Any, status: StepStatus, reason: str) -> Iterator[EventBody]:
        """A call that did not run."""
        output = None if status == "omitted" else {"error": reason}
        body = StepFinished(id=call.id, tool=call.tool, args=args, status=status, output=output, text=reason)
        return self._record(call, body)

    def _record(self, call: Step, body: StepFinished) -> Iterator[EventBody]:
        group = self._board.end(call, body)
        yield body
        if group is None:
            self._ctx.outcome.note(body)
        else:
            yield from self._close(group)

    def _close(self, group: Group) -> Iterator[EventBody]:
        """The end of a step that ran over a list, once the last of its items is over."""
        if group.complete:
            output = None
            if group.status() == "done":
                output = self._board.outputs[group.step.id] = group.output(self._board.outputs)
            body = group.finished(output)
            self._board.end(group.step, body)
            self._ctx.outcome.note(body)
            yield body


def is_left_out(prepared: Prepared) -> bool:
    """Whether the plan's own condition, over trusted values, says that it does not run.

    Raises ``ConditionError``.
    """
    trusted = all(origin.trusted for origin in prepared.call.branch)
    return trusted and prepared.resolved.holds() is False


def _is_left_out_for_sure(prepared: Prepared) -> bool:
    try:
        return is_left_out(prepared)
    except ConditionError:
        return True  # it fails before it asks


def how_to_allow(prepared: Prepared) -> str:
    if not prepared.decision.grantable:
        return f"{prepared.decision.reason}, which only you can approve, in a chat"
    return f"it needs your approval; to allow it, add --allow '{prepared.call.narrowest_rule()}'"
