"""What the screen shows, as plain values: a pure reducer from events to state.

``fold`` takes one event into one run and is shared by the full-screen program, the line mode and replay;
the other functions are the client's own transitions. Knows nothing of widgets, and does no input or output.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..agent import events as ev
from ..agent.requests import HostStatus, StatusLine

StepState = Literal["todo", "running", "waiting", "done", "failed", "unknown", "denied", "skipped", "omitted"]
Phase = Literal["sent", "running", "stopping", "finished"]
EngineState = Literal["starting", "loading", "ready", "problem", "stopped"]


@dataclass(frozen=True, slots=True)
class StepView:
    id: str
    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    state: StepState = "todo"
    live: str = ""
    """Output while the step runs."""
    result: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunView:
    """One request with everything that came of it."""

    prompt: str
    run: str = ""
    phase: Phase = "sent"
    status: ev.RunStatus | None = None
    route: str = ""
    recalled: tuple[ev.RecalledItem, ...] = ()
    steps: tuple[StepView, ...] = ()
    plan_note: str = ""
    thinking: str = ""
    answer: str = ""
    answered: bool = False
    citations: tuple[str, ...] = ()
    memory: tuple[ev.MemoryWritten, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str = ""
    approval: ev.ApprovalRequested | None = None
    question: ev.Question | None = None
    replies: tuple[tuple[str, str], ...] = ()
    """Questions of this run with the user's answers."""
    usage: ev.UsageReported | None = None
    rests: Literal["", "cut off", "elsewhere"] = ""
    """Of one that was loaded and has no end: nobody carries it out, or another program does."""

    @property
    def finished(self) -> bool:
        return self.phase == "finished"

    @property
    def planned(self) -> tuple[StepView, ...]:
        """The steps of the plan, without the single items of those that run over a list and without those of
        sub-tasks.
        """
        return tuple(step for step in self.steps if not _is_part(step.id))

    @property
    def steps_done(self) -> int:
        return sum(step.state not in ("todo", "running", "waiting") for step in self.planned)


@dataclass(frozen=True, slots=True)
class HostView:
    engine: EngineState = "starting"
    model: str = ""
    context: int = 0
    home: str = ""
    lines: tuple[StatusLine, ...] = ()
    problems: tuple[str, ...] = ()
    message: str = ""
    """Why the engine is not usable, or is started again."""


@dataclass(frozen=True, slots=True)
class State:
    host: HostView = HostView()
    session: str | None = None
    runs: tuple[RunView, ...] = ()
    queue: tuple[str, ...] = ()
    paused: bool = False
    """The queue waits for the user, after a stop or while the engine is not usable."""
    outdated: bool = False
    """Whether this program was updated since it was started."""

    @property
    def current(self) -> RunView | None:
        """The run that is going on, if any."""
        return self.runs[-1] if self.runs and not self.runs[-1].finished else None

    @property
    def can_send(self) -> bool:
        return self.host.engine == "ready" and self.current is None


def on_event(state: State, event: ev.Event) -> State:
    """Take an event of the current run in; events of other runs change nothing."""
    current = state.current
    if current is None or (current.run and current.run != event.run):
        return state
    return _with_current(state, fold(replace(current, run=event.run), event.body))


def fold(run: RunView, body: ev.EventBody) -> RunView:
    """``run`` after one more event."""
    match body:
        case ev.RunStarted():
            return replace(run, prompt=body.prompt, phase=_forward(run))
        case ev.RouteChosen():
            return replace(run, route=body.route)
        case ev.Recalled():
            return replace(run, recalled=body.items)
        case ev.Planned() | ev.PlanChanged() if body.parent:
            return _with_sub_task(run, body.steps)
        case ev.RouteChosen() | ev.Answered() | ev.Errored() if body.parent:
            return run
        case ev.Planned():
            return replace(run, steps=_planned(run.steps, body.steps))
        case ev.PlanChanged():
            return replace(run, steps=_planned(run.steps, body.steps), plan_note=body.reason)
        case ev.StepStarted():
            return _step(run, StepView(body.id, body.tool, body.args, "running"))
        case ev.StepOutput():
            return replace(
                run, steps=tuple(_live(step, body) if step.id == body.id else step for step in run.steps)
            )
        case ev.StepFinished():
            result = body.text or _error_of(body.output)
            return _step(run, StepView(body.id, body.tool, body.args, body.status, "", result, body.seconds))
        case ev.ApprovalRequested():
            return _waiting(replace(run, approval=body), {step.id for step in body.steps}, "waiting")
        case ev.ApprovalResolved():
            waiting = {step.id for step in run.steps if step.state == "waiting"}
            return _waiting(replace(run, approval=None), waiting, "todo")
        case ev.Question():
            return replace(run, question=body)
        case ev.TextDelta():
            return replace(run, answer=run.answer + body.text)
        case ev.ThinkingDelta():
            return replace(run, thinking=run.thinking + body.text)
        case ev.Answered():
            return replace(run, answer=body.text, answered=True, citations=body.citations)
        case ev.MemoryWritten():
            return replace(run, memory=(*run.memory, body))
        case ev.UsageReported():
            return replace(run, usage=body)
        case ev.Warned():
            return replace(run, warnings=(*run.warnings, body.message))
        case ev.Errored(code=code):
            return run if code in ev.TOLD_BY_THE_ANSWER else replace(run, error=body.message)
        case ev.RunFinished():
            return _finished(run, body.status)


def replay(bodies: Iterable[ev.EventBody], prompt: str = "") -> RunView:
    """A run as its log tells it."""
    run = RunView(prompt)
    for body in bodies:
        run = fold(run, body)
    return run


def host_status(state: State, status: HostStatus, engine: EngineState) -> State:
    """The host answered ``initialize`` or ``warm``."""
    host = HostView(
        engine=engine,
        model=status.model,
        context=status.context,
        home=status.home,
        lines=tuple(status.lines),
        problems=tuple(status.problems),
        message=state.host.message if engine == "loading" else "",
    )
    return replace(state, host=host)


def host_problem(state: State, message: str, stopped: bool = False) -> State:
    """The model cannot be used, or the whole host is gone: an ordinary state, in which nothing written is
    lost.
    """
    host = replace(state.host, engine="stopped" if stopped else "problem", message=message)
    state = replace(state, host=host, paused=bool(state.queue))
    current = state.current
    if stopped and current is not None:
        state = _with_current(state, replace(_finished(current, "cancelled"), error=message))
    return state


def host_lost(state: State, message: str) -> State:
    """The host is gone and another one is being started. What it had not taken yet has to be sent again, and
    what it asked cannot be answered: it is asked once more when the run goes on.
    """
    state = replace(state, host=replace(state.host, engine="starting", message=message))
    current = state.current
    if current is None:
        return state
    if current.run:
        return _with_current(state, _withdrawn(current))
    return _with_current(state, replace(_finished(current, "cancelled"), error=message))


def _withdrawn(run: RunView) -> RunView:
    """Without the card and the question that were open."""
    waiting = {step.id for step in run.steps if step.state == "waiting"}
    return _waiting(replace(run, approval=None, question=None), waiting, "todo")


def revived(state: State, bodies: Iterable[ev.EventBody], note: str) -> State:
    """Another host goes on with the current run: as its log has it, without what was open when it was cut
    off. An answer that was begun is written anew.
    """
    current = state.current
    if current is None:
        return state
    told = _withdrawn(replay(bodies, current.prompt))
    told = replace(told, answer=told.answer if told.answered else "")
    kept = replace(told, run=current.run, replies=current.replies, warnings=(*told.warnings, note))
    return _with_current(state, kept)


def at_rest(run: RunView, status: str) -> RunView:
    """A loaded run without an end, by its ``status``: what it asked can only be answered where it goes on."""
    rests = "cut off" if status == "interrupted" else "elsewhere"
    return replace(_withdrawn(run), phase="finished", rests=rests)


def submit(state: State, text: str) -> State:
    """The user pressed enter: the text waits its turn, which may be now."""
    return replace(state, queue=(*state.queue, text), paused=state.paused and bool(state.queue))


def unqueue(state: State) -> tuple[State, str]:
    """Take the newest waiting message back for editing; there must be one."""
    *rest, newest = state.queue
    return replace(state, queue=tuple(rest), paused=state.paused and bool(rest)), newest


def begin(state: State) -> tuple[State, str | None]:
    """The next message to send, when it can be sent now."""
    if not state.queue or state.paused or not state.can_send:
        return state, None
    prompt, *rest = state.queue
    return replace(state, queue=tuple(rest), runs=(*state.runs, RunView(prompt))), prompt


def taken_up(state: State, run: str, prompt: str) -> State:
    """A run goes on that waited for the user, or one begins that nobody typed: it is the current one."""
    known = next((one for one in state.runs if one.run == run and run), RunView(prompt))
    again = replace(
        known, phase="running", status=None, answered=False, answer="", error="", question=None, rests=""
    )
    steps: dict[StepState, StepState] = {"denied": "todo", "skipped": "todo"}
    again = replace(
        again, steps=tuple(replace(step, state=steps.get(step.state, step.state)) for step in again.steps)
    )
    return replace(state, runs=(*(one for one in state.runs if one is not known), again))


def accepted(state: State, run: str, session: str) -> State:
    """The host took the prompt."""
    current = state.current
    state = replace(state, session=session)
    return _with_current(state, replace(current, run=run)) if current is not None else state


def refused(state: State, message: str) -> State:
    """The host did not take the prompt."""
    current = state.current
    if current is None:
        return state
    return _with_current(state, replace(_finished(current, "failed"), error=message))


def answered(state: State, text: str) -> State:
    """The user answered the question of the current run; what was asked and answered stays in view."""
    current = state.current
    if current is None or current.question is None:
        return state
    exchange = (current.question.text, text)
    return _with_current(state, replace(current, question=None, replies=(*current.replies, exchange)))


def decided(state: State) -> State:
    """The user answered the approval of the current run: it is asked once."""
    current = state.current
    if current is None or current.approval is None:
        return state
    steps = {step.id for step in current.approval.steps}
    return _with_current(state, _waiting(replace(current, approval=None), steps, "todo"))


def stopping(state: State) -> State:
    """The user asked to stop; what is queued waits."""
    current = state.current
    if current is None:
        return state
    return _with_current(replace(state, paused=bool(state.queue)), replace(current, phase="stopping"))


def continued(state: State) -> State:
    """The user lets the queue go on."""
    return replace(state, paused=False)


def opened(state: State, session: str | None, runs: tuple[RunView, ...]) -> State:
    """Another session, or a new one."""
    return State(host=state.host, session=session, runs=runs)


def _with_current(state: State, run: RunView) -> State:
    return replace(state, runs=(*state.runs[:-1], run))


def _forward(run: RunView) -> Phase:
    return "running" if run.phase == "sent" else run.phase


def _planned(known: tuple[StepView, ...], planned: tuple[ev.PlannedStep, ...]) -> tuple[StepView, ...]:
    """Steps that already ran keep what they are; the rest is replaced."""
    ran = {step.id: step for step in known if step.state != "todo"}
    return tuple(ran.get(step.id) or StepView(step.id, step.tool, step.args) for step in planned)


def _with_sub_task(run: RunView, planned: tuple[ev.PlannedStep, ...]) -> RunView:
    """The steps of a sub-task stand behind the step that it is."""
    known = {step.id for step in run.steps}
    for step in planned:
        if step.id not in known:
            run = _step(run, StepView(step.id, step.tool, step.args))
    return run


def _is_part(step: str) -> bool:
    """Whether it is an item of a step over a list, ``s2[0]``, or a step of a sub-task, ``s2/s1``."""
    return "[" in step or "/" in step


def _owner(step: str) -> str:
    return re.split(r"[\[/]", step, maxsplit=1)[0]


def _step(run: RunView, new: StepView) -> RunView:
    """A part of a step stands behind those before it, as ``s2[0]`` behind ``s2``."""
    if any(step.id == new.id for step in run.steps):
        return replace(run, steps=tuple(new if step.id == new.id else step for step in run.steps))
    owner = _owner(new.id)
    places = (place for place, step in enumerate(run.steps, 1) if _owner(step.id) == owner)
    place = max(places, default=len(run.steps))
    return replace(run, steps=(*run.steps[:place], new, *run.steps[place:]))


def _live(step: StepView, body: ev.StepOutput) -> StepView:
    """Progress has lines of its own; pieces of output are put together."""
    text = f"{body.text}\n" if body.kind == "progress" else body.text
    return replace(step, live=(step.live + text)[-4000:])


def _waiting(run: RunView, ids: set[str], state: StepState) -> RunView:
    return replace(
        run, steps=tuple(replace(step, state=state) if step.id in ids else step for step in run.steps)
    )


def _error_of(output: Any) -> str:
    return str(output["error"]) if isinstance(output, dict) and "error" in output else ""


def _finished(run: RunView, status: ev.RunStatus) -> RunView:
    """A finished run waits for nothing; what did not run is skipped, what was running is of unknown
    outcome.
    """
    ends: dict[StepState, StepState] = {"todo": "skipped", "waiting": "skipped", "running": "unknown"}
    return replace(
        run,
        phase="finished",
        status=status,
        approval=None,
        question=run.question if status == "input_needed" else None,
        steps=tuple(replace(step, state=ends.get(step.state, step.state)) for step in run.steps),
    )
