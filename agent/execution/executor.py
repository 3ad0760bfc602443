"""Carries a plan out: each step as soon as it can run, side by side, each past the gate, with its intent
written before it runs.

Before the user is asked, harmless reads that an asking call depends on are taken forward, so that the card
shows exact values. A step that fails stops those that depend on it and no others. Knows nothing of how plans
are made or answers worded.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol

from ..errors import ConditionError, InputNeeded, MissingField, RunStopped
from ..events import ApprovalResolved, EventBody, StepFinished, StepStarted, StepStatus
from ..log.ledger import Output
from ..model import StepSoFar
from ..permission.approval import Approvals
from ..permission.consent import Consent, how_to_allow, is_left_out
from ..permission.places import looking_from
from ..plan import Plan, Step
from ..planning.planner import plan_changed
from ..planning.so_far import origins_behind, so_far
from ..policy import Verdict
from ..runs.context import RunContext
from ..subtasks.tool import SUB_TASK, Nested
from ..values import join
from .asking import ask_for, look_at
from .board import Board
from .calls import Fault, fault_of
from .foreach import step_of
from .gate import Gate, Prepared, Unusable, foreseen_origins
from .groups import Group
from .previews import LookedAgain, look_again
from .running import Corrected, Ended, Running
from .stand_ins import stand_in
from .tool_kinds import changes, is_harmless

UNMET = "its condition does not hold"


class Mending(Protocol):
    """Finds something else to do where a call failed for good."""

    def work_on(
        self, call: Step, body: StepFinished, fault: Fault, so_far: Sequence[StepSoFar]
    ) -> "AsyncGenerator[EventBody | Corrected, None] | None": ...


class Executor:
    """One plan of one run; ``outputs`` are the results of steps that were done before, on resuming."""

    def __init__(
        self,
        ctx: RunContext,
        plan: Plan,
        outputs: dict[str, Output] | None = None,
        approvals: Approvals | None = None,
        finished: Mapping[str, StepFinished] | None = None,
        mender: Mending | None = None,
    ) -> None:
        """``mender`` corrects arguments that tools cannot use; without it nobody is asked for them."""
        self._ctx = ctx
        look = looking_from(ctx.tool_context.cwd)
        self._gate = Gate(ctx.registry, ctx.policy, ctx.grants.covering, ctx.exposed.seen, look)
        self._mender = mender
        self._running = Running(ctx)
        self.consent = Consent(ctx, approvals or Approvals())
        self._looked: set[str] = set()
        self._untold: list[asyncio.Event] = []
        """Calls of which it is known that they would still do what was approved."""
        self._question = ""
        """What the run needs to know, and nobody is there to say."""
        self.faults: dict[str, Fault] = {}
        """Why steps failed, by the latest attempt."""
        self._take(plan, outputs or {}, finished or {})

    @property
    def outputs(self) -> Mapping[str, Output]:
        return self._board.outputs

    @property
    def over(self) -> Mapping[str, StepFinished]:
        """How every step and item ended that is over."""
        return self._board.over

    def take_over(self, plan: Plan) -> None:
        """Carry on with another plan; what is over in both stays as it is."""
        self._take(plan, self._board.outputs, self._board.over)

    def _take(self, plan: Plan, outputs: Mapping[str, Output], finished: Mapping[str, StepFinished]) -> None:
        settings, registry = self._ctx.settings, self._ctx.registry
        self._plan = plan
        self._board = Board(plan, changes(plan, registry), outputs, finished, settings.max_items)
        self._foreseen = foreseen_origins(plan.steps, registry, outputs)
        self._ctx.exposed.add(
            join(*self._foreseen.values(), *(output.origins for output in outputs.values()))
        )

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
                    async for body in self._ask({call.id for call in asking}):
                        yield body
                elif self._running:
                    for body in await self._news():
                        yield body
                elif not asking:
                    break
            while self._running:
                for body in await self._news():
                    yield body
            if self._ctx.stop.reason is not None:
                for group in self._board.cut_off():
                    yield from_group(self._ctx, group)
            self._ctx.stop.check()
        finally:
            await self._running.close()
        if self._question:
            raise InputNeeded(self._question)

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
                moved = moved or (len(asking) == before and not self._board.is_under_way(call))

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
            body = not_run(call, prepared.args, "failed", prepared.reason)
            yield from self._failed(
                call, body, Fault(origins_behind(call, self._ctx.registry, self.outputs), prepared.retry)
            )
            return
        args, approvals = prepared.resolved.plain(), self.consent.approvals
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
        elif self.consent.missing and not is_harmless(prepared.tool.spec):
            yield from self._end(call, args, "skipped", "nothing is changed while an approval is missing")
        elif prepared.asks and approvals.has(call.id) and not approvals.fits(prepared):
            yield from self._end(call, args, "denied", "its arguments are not those that were approved")
        elif self.consent.comes_first(prepared, self._board, self._prepare):
            asking.append(call)
        elif not applies:
            yield from self._end(call, args, "omitted", UNMET)
        elif prepared.asks and call.id not in self._looked and (shown := approvals.preview(call.id)):
            self._board.set_aside(call)
            self._running.follow(call, look_again(self._ctx, prepared, shown))
        else:
            self._board.begin(call)
            self._looked.discard(call.id)
            self.faults.pop(call.id, None)
            yield StepStarted(id=call.id, tool=call.tool, args=args)
            self._running.start(prepared)

    def _takes_reads_forward(self) -> bool:
        """Whether there is a read to wait for before the user is asked."""
        forward, wanted = self.consent.reads_first(self._board, self._prepare)
        for step in forward:
            self._board.take_forward(step)
        return bool(forward) or any(step_of(call) in wanted for call in self._running)

    async def _ask(self, due: set[str]) -> AsyncGenerator[EventBody, None]:
        """One card for all calls that ask and whose sinks are known; others go on meanwhile."""
        try:
            looked = await look_at(self._ctx, self.consent.asking(self._board, self._prepare), due)
        except RunStopped:
            return
        for one, error in looked.failing:
            ended = not_run(one.step, one.resolved.plain(), "failed", str(error))
            for body in self._failed(one.step, ended, fault_of(error, one)):
                yield body
        if not looked.calls:
            return
        refused = False
        async with aclosing(ask_for(self._ctx, self.consent, looked, self._news)) as asked:
            async for body in asked:
                if isinstance(body, ApprovalResolved):
                    refused = body.decision == "deny" and body.by != "cancelled"
                yield body
        for one in looked.calls if refused else ():
            reason = "you declined it" if self._ctx.desk.interactive else how_to_allow(one)
            for body in self._end(one.step, one.resolved.shown(one.step), "denied", reason):
                yield body

    def _prepare(self, step: Step) -> Prepared | Unusable:
        prepared = self._gate.prepare(step, self._board.outputs, self._ctx.sources(), self._foreseen)
        return prepared if isinstance(prepared, Unusable) else self.consent.with_wishes(prepared)

    async def _news(self, until: "asyncio.Future[Any] | None" = None) -> list[EventBody]:
        """What calls under way have said, waited for; raises what broke one of them."""
        for told in self._untold:  # whatever was given the last time is in the log by now
            told.set()
        self._untold.clear()
        bodies: list[EventBody] = []
        for call, what in await self._running.news(until):
            match what:
                case Output():
                    self._board.outputs[call.id] = what
                    self._ctx.exposed.add(what.origins)
                case Fault():
                    self.faults[call.id] = what
                case StepFinished(status="failed") if call.id in self.faults:
                    bodies += self._failed(call, what, self.faults[call.id])
                case StepFinished():
                    bodies += self._record(call, what)
                case Nested(body=body, told=told):
                    bodies.append(body)
                    self._untold.append(told)
                case Corrected(step=step):
                    bodies += self._corrected(call, step)
                case LookedAgain(same=same):
                    self._board.put_back(call)
                    if same:
                        self._looked.add(call.id)
                    else:
                        self.consent.forget(call.id)  # asked for again, as things are now
                case Ended(error=error):
                    if error is not None and not isinstance(error, RunStopped):
                        raise error
                case _:
                    bodies.append(what)
        return bodies

    def _failed(self, call: Step, body: StepFinished, fault: Fault) -> Iterator[EventBody]:
        """The call failed; where other arguments may help, they are found while the rest goes on."""
        self.faults[call.id] = fault
        if fault.wish and self.consent.wish(call.id, fault.wish):
            self._board.retry(call)  # past the card that shows what the tool asks for
            return
        work = None if self._mender is None else self._mender.work_on(call, body, fault, self.so_far())
        if work is None:
            if fault.question and self._mender is not None:
                self._question = self._question or fault.question
            yield from self._record(call, body)
            return
        yield body
        self._ctx.outcome.note(body)
        self._board.set_aside(call)
        self._running.follow(call, work)

    def _corrected(self, call: Step, step: Step | None) -> Iterator[EventBody]:
        """The step is tried again, past card and gate like a new one; without other arguments it failed."""
        body = self._ctx.outcome.end_of(call.id)
        if step is None:
            self._board.end(call, body)
            return
        self.consent.forget(step.id)
        steps = tuple(step if one.id == step.id else one for one in self._plan.steps)
        self._plan = replace(self._plan, steps=steps)
        self._ctx.outcome.plan = self._plan
        self._board.again(step)
        again = "is tried again with other arguments" if step.tool == call.tool else f"becomes {step.tool}"
        yield plan_changed(self._plan, f"{step.id} {again}: {body.text}")

    def so_far(self) -> list[StepSoFar]:
        """What a model may know of the steps that are over."""
        return so_far(self._ctx, self._plan, self._board, self.faults)

    def _end(self, call: Step, args: Any, status: StepStatus, reason: str) -> Iterator[EventBody]:
        """A call that did not run."""
        return self._record(call, not_run(call, args, status, reason))

    def _record(self, call: Step, body: StepFinished) -> Iterator[EventBody]:
        if body.status == "failed" and (instead := stand_in(call)) is not None:
            self._board.outputs[call.id] = instead
        if body.tool == SUB_TASK and body.status == "denied" and not self._ctx.desk.interactive:
            self.consent.missing = True
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


def from_group(ctx: RunContext, group: Group) -> StepFinished:
    """The end of a step over a list that the stop of the run has cut off."""
    body = group.finished_early()
    ctx.outcome.note(body)
    return body


def not_run(call: Step, args: Any, status: StepStatus, reason: str) -> StepFinished:
    """The end of a call that did not run."""
    output = None if status == "omitted" else {"error": reason}
    return StepFinished(id=call.id, tool=call.tool, args=args, status=status, output=output, text=reason)
