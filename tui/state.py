"""What the screen shows, as plain values: runs (``run_view``), those that wait to be sent, and the host.

A pure reducer: each function is one thing that the user, the host or an event has done. Knows nothing of
widgets, and does no input or output.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ..agent import events as ev
from ..agent.requests import HostStatus, StatusLine
from . import run_view
from .run_view import RunView, at_rest, finished, fold, going_on, replay, withdrawn

EngineState = Literal["starting", "loading", "ready", "problem", "stopped"]


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
        state = _with_current(state, replace(finished(current, "cancelled"), error=message))
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
        return _with_current(state, withdrawn(current))
    return _with_current(state, replace(finished(current, "cancelled"), error=message))


def revived(state: State, bodies: Iterable[ev.EventBody], note: str) -> State:
    """Another host goes on with the current run: as its log has it, without what was open when it was cut
    off. An answer that was begun is written anew.
    """
    current = state.current
    if current is None:
        return state
    told = withdrawn(replay(bodies, current.prompt))
    told = replace(told, answer=told.answer if told.answered else "")
    kept = replace(told, run=current.run, replies=current.replies, warnings=(*told.warnings, note))
    if current.phase == "stopping" and not kept.finished:
        kept = replace(kept, phase="stopping", answer=current.answer)
    return _with_current(state, kept)


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
    return replace(state, runs=(*(one for one in state.runs if one is not known), going_on(known)))


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
    return _with_current(state, replace(finished(current, "failed"), error=message))


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
    return _with_current(state, run_view.decided(current))


def stopping(state: State) -> State:
    """The user asked to stop; what is queued waits."""
    current = state.current
    if current is None:
        return state
    return _with_current(replace(state, paused=bool(state.queue)), replace(current, phase="stopping"))


def stopped(state: State) -> State:
    """The current run was stopped where it rested."""
    current = state.current
    return _with_current(state, finished(current, "cancelled")) if current is not None else state


def left(state: State) -> State:
    """Nobody can go on with the current run now; the user may let it go on later."""
    current = state.current
    if current is None:
        return state
    if current.phase == "stopping":
        return stopped(state)
    return _with_current(state, at_rest(current, "interrupted"))


def continued(state: State) -> State:
    """The user lets the queue go on."""
    return replace(state, paused=False)


def opened(state: State, session: str | None, runs: tuple[RunView, ...]) -> State:
    """Another session, or a new one. What is queued was meant for it, or waits for the user."""
    return replace(state, session=session, runs=runs)


def _with_current(state: State, run: RunView) -> State:
    return replace(state, runs=(*state.runs[:-1], run))
