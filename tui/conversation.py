"""One conversation with the host: holds the state, sends what is queued, and takes events in.

The full-screen program and the line mode are two faces of it; each gives a function that is called after
every change, with the events that made it. Knows nothing of how either shows them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..agent.events import ApprovalRequested, ApprovalScope, Event, RunFinished
from ..agent.requests import Prompt, RunAccepted
from . import state as st
from .client import Client, Outdated, Reminded, Stopped, Transport
from .errors import HostStopped, HostUnavailable, RequestFailed, TuiError, UsageProblem
from .past_runs import as_logged, from_turns
from .run_view import RunView
from .schedules import UNATTENDED
from .workflow_start import RUN, asked_for

RUNS_WITH_STEPS = 20
SCHEDULES = "add_schedule"
WORTH_REMEMBERING = 2
"""From so many steps on, a request may be worth remembering."""
Changed = Callable[[tuple[Event, ...]], None]
Start = Callable[[], Awaitable[Transport]]


class Conversation:
    """``connect`` first; then ``submit``, ``stop``, ``decide`` as the user wishes; ``close`` at the end."""

    def __init__(
        self,
        start: Start,
        model: str | None,
        changed: Changed,
        interactive: bool = True,
        transport: Transport | None = None,
        folder: Path | None = None,
    ) -> None:
        """``transport`` leads to a host that was started; ``start`` starts another when it is gone.

        Tools work in ``folder``, by default where the program was started.
        """
        self.state = st.State()
        self.client: Client | None = Client(transport) if transport is not None else None
        self._heard: Client | None = None
        self._start = start
        self._model = model
        self.changed = changed
        """Called after every change, with the events that made it."""
        self.noticed: Callable[[str], None] = lambda _: None
        self.reminded: Callable[[str], None] = lambda text: self.noticed(text)
        """Called with what the user may like to know and that belongs to no run."""
        self._interactive = interactive
        self.folder = folder or Path()
        self.attached = ""
        """What goes with the next request that is sent, and is not in the user's own words."""
        self._revived = False
        """Whether the host was started again since the last run ended; one that dies at once stays so."""
        self.begins_anew = False
        """Whether the user leaves to go on with the program as it is now."""
        self._holds = 0
        """What has to be told before another message is sent."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def launch(self) -> None:
        """Start the host process only: what a full-screen program does before it takes the terminal over."""
        self.client = Client(await self._start())

    async def connect(self, session: str | None = None) -> None:
        """Greet the host, open ``session`` and load the model; every failure becomes a state."""
        try:
            if self.client is None:
                await self.launch()
            status = await self.host.initialize(self._model, str(self.folder.absolute()), self._interactive)
            self._set(st.host_status(self.state, status, "loading"))
            if self._heard is not self.client:
                self._heard = self.client
                self._spawn(self._listen(self.host))
            troubles = await self._open_first(session) if session else []
            status = await self.host.warm()
            status.problems = [*status.problems, *troubles]
            self._set(st.host_status(self.state, status, "ready"))
            self._pump()
        except (HostStopped, HostUnavailable) as error:
            if self.client is None or self._heard is not self.client:  # otherwise the listener is told, too
                self._set(st.host_problem(self.state, str(error), stopped=True))
        except RequestFailed as error:
            self._set(st.host_problem(self.state, str(error)))

    async def restart(self) -> None:
        """Load the model again, with a new host when the old one is gone."""
        engine = self.state.host.engine
        if engine not in ("stopped", "problem"):
            return
        if engine == "stopped" and self.client is not None:
            await self.client.close()
            self.client = None
        self._set(
            replace(self.state, host=replace(self.state.host, engine="starting", message=""), paused=False)
        )
        await self.connect()

    def begin_anew(self) -> None:
        """Let the program end and be begun as it is now. ``UsageProblem`` while something goes on."""
        if self.state.current is not None:
            raise UsageProblem("something is still running; stop it first, or wait for its end")
        if self.state.queue:
            raise UsageProblem("something waits to be sent; ↑ takes it back")
        self.begins_anew = True

    async def open(self, session: str | None) -> None:
        """Go on with another session; None begins a new one. ``RequestFailed`` when it is not there.

        What is submitted meanwhile is sent in it.
        """
        with self._held_back():
            runs = await self._runs_of(session) if session is not None else ()
            self._set(st.opened(self.state, session, runs))
        if (
            session is None and self.state.host.engine == "ready"
        ):  # the first screen is seen again: count anew
            self._set(st.host_status(self.state, await self.host.warm(), "ready"))

    async def _open_first(self, session: str) -> list[str]:
        """The session that the program was started with; one that is not there is only told."""
        try:
            await self.open(session)
        except RequestFailed as error:
            return [str(error)]
        return []

    async def _runs_of(self, session: str) -> tuple[RunView, ...]:
        item = await self.host.item("sessions.show", id=session)
        return await self._with_steps(from_turns(item.get("turns", [])))

    async def _with_steps(self, runs: tuple[RunView, ...]) -> tuple[RunView, ...]:
        """The newest runs as their logs tell them; one without a log stays as it was stored."""

        async def told(run: RunView) -> RunView:
            try:
                return as_logged(run, await self.host.item("runs.show", id=run.run))
            except RequestFailed:
                return run

        old, newest = runs[:-RUNS_WITH_STEPS], runs[-RUNS_WITH_STEPS:]
        return (*old, *await asyncio.gather(*map(told, newest)))

    async def take_up(self, session: str | None, run: str | None, prompt: str, occurrence: str = "") -> None:
        """Open ``session`` and let its ``run`` go on that waits for the user, or begin ``occurrence``.

        Raises ``RequestFailed`` when it cannot be.
        """
        with self._held_back():
            await self.open(session)
            going = self.host.fire(occurrence) if occurrence else self.host.resume(run or "")
            self._set(st.taken_up(self.state, run or "", prompt))
            try:
                taken = await going
            except RequestFailed as error:
                self._set(st.refused(self.state, str(error)))
                raise
            self._set(st.accepted(self.state, taken.run, taken.session))

    def submit(self, text: str, answers: bool = True) -> None:
        """A message: sent now if that is possible, otherwise queued. An open question is answered by it, when
        it is one that ``answers`` and starts no workflow.
        """
        current = self.state.current
        is_answer = answers and not text.startswith(f"{RUN} ")
        if current is not None and current.question is not None and is_answer:
            question = current.question.question
            self._set(st.answered(self.state, text))
            self._spawn(self._ask(current.run, lambda host: host.reply(current.run, question, text)))
            return
        self._set(st.submit(self.state, text))
        self._pump()

    def go_on(self) -> None:
        """Let a paused queue continue, or the newest run when it was cut off."""
        newest = self.state.runs[-1] if self.state.runs else None
        cut_off = newest is not None and newest.rests == "cut off"
        if newest is not None and cut_off and self.state.can_send and not (self.state.queue or self._holds):
            self._set(st.taken_up(self.state, newest.run, newest.prompt))
            self._spawn(self._resume(newest.run))
            return
        self._set(st.continued(self.state))
        self._pump()

    async def _resume(self, run: str) -> None:
        try:
            await self.host.resume(run)
        except RequestFailed as error:
            self._set(st.refused(self.state, str(error)))
        except HostStopped:
            return  # the listener says so

    def unqueue(self) -> str | None:
        """Take the newest queued message back."""
        if not self.state.queue:
            return None
        state, text = st.unqueue(self.state)
        self._set(state)
        return text

    def stop(self) -> bool:
        """Stop the running request, keeping what it said; False when nothing runs."""
        current = self.state.current
        if current is None or current.phase == "stopping":
            return current is not None
        self._set(st.stopping(self.state))
        if current.run and self.state.host.engine == "ready":  # otherwise another host is told when it is
            self._spawn(self._ask(current.run, lambda host: host.cancel(current.run)))
        return True

    async def undo(self) -> str:
        """Take back what this session kept last; says what that was. ``RequestFailed`` when it cannot be."""
        if self.state.session is None:
            raise UsageProblem("nothing was kept in this session yet")
        return str((await self.host.item("undo", session=self.state.session))["text"])

    async def save(self, name: str) -> str:
        """Keep what the last run did as a workflow; says where. ``RequestFailed`` when it cannot be."""
        if self.state.current is not None:
            raise UsageProblem("the run has not ended yet; keep it when it has")
        done = [run.run for run in self.state.runs if run.finished and run.run]
        if not done:
            raise UsageProblem("nothing was run in this session yet")
        item = await self.host.item("workflows.save", run=done[-1], name=name or None)
        return f"kept as {item['name']}; to run it: /run {item['name']}"

    def decide(self, shown: ApprovalRequested, allow: bool, scope: ApprovalScope = "once") -> None:
        """Answer the approval that was ``shown``, if it is still open; a yes holds as long as ``scope``
        says.
        """
        current = self.state.current
        if current is None or current.approval != shown:
            return
        answer = shown.approval, allow, scope
        self._set(st.decided(self.state))
        self._spawn(self._ask(current.run, lambda host: host.approve(current.run, *answer)))

    async def close(self, cut_off: bool = False) -> None:
        """Take leave, which ends what runs; ``cut_off`` lets it rest, to be resumed."""
        for task in self._tasks:
            task.cancel()
        if self.client is not None:
            await self.client.close(cut_off)

    @property
    def host(self) -> Client:
        if self.client is None:
            raise HostStopped("the engine process is not running; /retry starts it")
        return self.client

    def _set(self, state: st.State, *events: Event) -> None:
        self.state = state
        self.changed(events)

    @contextmanager
    def _held_back(self) -> Iterator[None]:
        """What is queued waits meanwhile, and longer when it comes to nothing: it was meant for what did."""
        self._holds += 1
        try:
            yield
        except RequestFailed:
            self._set(replace(self.state, paused=bool(self.state.queue)))
            raise
        finally:
            self._holds -= 1
        self._pump()

    def _pump(self) -> None:
        if self._holds:
            return
        state, prompt = st.begin(self.state)
        if prompt is not None:
            self._set(state)
            self._spawn(self._send(prompt))

    async def _send(self, prompt: str) -> None:
        with self._held_back():  # a run may have come to its end before it is told that it was taken
            try:
                taken = await self._begin(prompt)
            except (RequestFailed, UsageProblem) as error:
                self._set(st.refused(self.state, str(error)))
                return
            except HostStopped:
                return  # the listener says so
            self._set(st.accepted(self.state, taken.run, taken.session))
        current = self.state.current
        if current is not None and current.run == taken.run and current.phase == "stopping":
            await self._ask(taken.run, lambda host: host.cancel(taken.run))

    async def _begin(self, prompt: str) -> RunAccepted:
        attached, self.attached = self.attached, ""
        workflow = await asked_for(self.host, prompt, self.state.session, self.folder)
        if workflow is not None:
            return await self.host.run_workflow(workflow)
        return await self.host.prompt(Prompt(text=prompt, piped=attached or None, session=self.state.session))

    async def _listen(self, client: Client) -> None:
        while True:
            notices = [await client.inbox.get()]
            while not client.inbox.empty():
                notices.append(client.inbox.get_nowait())
            state = self.state
            events = [notice for notice in notices if isinstance(notice, Event)]
            for event in events:
                state = st.on_event(state, event)
            self._set(state, *events)
            for event in events:
                if isinstance(event.body, RunFinished):
                    self._revived = False
                    if event.body.status == "done":
                        self._spawn(self._offer(event.run))
                        self._spawn(self._look_for_a_scheduler(event.run))
            for notice in notices:
                if isinstance(notice, Reminded):
                    self.reminded(str(notice))
                if isinstance(notice, Outdated) and not self.state.outdated:
                    self._set(replace(self.state, outdated=True))
                if isinstance(notice, Stopped):
                    await self._revive(notice.reason)
                    return
            self._pump()

    async def _revive(self, reason: str) -> None:
        """The host is gone: start another one, which goes on with the current run. Once; then the user is
        asked.
        """
        if self._revived or self.state.host.engine not in ("ready", "loading"):
            self._set(st.host_problem(self.state, reason, stopped=True))
            return
        self._revived = True
        self._set(st.host_lost(self.state, reason))
        lost = self.state.current
        if self.client is not None:
            await self.client.close()
            self.client = None
        await self.connect()
        if lost is None:
            return  # what began since then goes on by itself
        if self.state.host.engine == "ready":
            await self._ask(lost.run, lambda host: self._go_on(host, lost.run, reason))
        else:
            self._set(st.left(self.state))
        self._pump()

    async def _go_on(self, host: Client, run: str, note: str) -> None:
        """Unless the user wanted it to stop before it could be told to."""
        item = await host.item("runs.show", id=run)
        self._set(st.revived(self.state, (Event.from_wire(wire).body for wire in item["events"]), note))
        if self.state.current is None:
            return
        if self.state.current.phase != "stopping":
            await host.resume(run)
            return
        await host.query("runs.cancel", id=run)
        self._set(st.stopped(self.state))

    async def _offer(self, run: str) -> None:
        """Tell, once, that the same was done before and can be remembered."""
        last = self.state.runs[-1] if self.state.runs else None
        if last is None or last.run != run or len(last.planned) < WORTH_REMEMBERING:
            return
        with suppress(TuiError):
            for row in await self.host.items("procedures.offer", run=run):
                self.noticed(f"you have done this before; shall I remember how? /procedures ({row['id']})")

    async def _look_for_a_scheduler(self, run: str) -> None:
        """What was scheduled here is not carried out by the chat."""
        last = self.state.runs[-1] if self.state.runs else None
        if last is None or last.run != run or not any(step.tool == SCHEDULES for step in last.planned):
            return
        with suppress(TuiError):
            if not (await self.host.query("schedules.list")).get("attended", True):
                self.noticed(UNATTENDED)

    async def _ask(self, run: str, request: Callable[[Client], Awaitable[Any]]) -> None:
        """A request whose answer comes as events of ``run``; that it came too late is no news to the user."""
        try:
            await request(self.host)
        except TuiError as error:
            current = self.state.current
            if current is not None and current.run == run:
                warned = replace(current, warnings=(*current.warnings, str(error)))
                self._set(replace(self.state, runs=(*self.state.runs[:-1], warned)))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
