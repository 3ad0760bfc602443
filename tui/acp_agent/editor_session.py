"""One session of an editor: a conversation whose news are told as updates, in their order.

A prompt of the editor lasts until its run has ended, or asks something: the next prompt is the answer then.
Knows nothing of other sessions.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from acp import RequestError, update_agent_message_text, update_user_message_text

from ...agent import events as ev
from .. import slash
from ..conversation import Conversation
from ..errors import TuiError
from ..launch import Launch
from ..run_view import RunView
from ..text_commands import answer_of
from .foreign_markdown import fenced, shown
from .permission import decision_of, question_of
from .prompt_blocks import given_in
from .refusals import failed, invalid
from .updates import Telling, Update

StopReason = Literal["end_turn", "max_turn_requests", "cancelled"]
Send = Callable[[str, Update], Coroutine[Any, Any, None]]
Ask = Callable[..., Coroutine[Any, Any, Any]]
NOT_HERE = {"new": "begin a new thread in the editor", "resume": "choose the session in the editor",
            "copy": "copy it in the editor", "quit": "close the thread in the editor"}  # fmt: skip


class EditorSession:
    """``open`` first, ``close`` at the end; ``send`` and ``ask`` lead to the editor."""

    def __init__(self, launch: Launch, model: str | None, folder: Path, send: Send, ask: Ask) -> None:
        self.id = ""
        self._conversation = Conversation(launch.host, model, self._changed, folder=folder)
        self._conversation.noticed = lambda text: self._note(f"Note: {text}")
        self._conversation.reminded = lambda text: self._note(f"Reminder: {text}")
        self._send, self._ask = send, ask
        self._folder = folder
        self._effects: dict[str, str] = {}
        self._tellings: dict[str, Telling] = {}
        self._asked = ("", "")
        """The run and the approval that the editor was asked for last."""
        self._news = asyncio.Event()
        self._busy = self._cancelled = False
        self._outgoing: asyncio.Queue[Update] = asyncio.Queue()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self, session: str | None) -> None:
        """Reach the host, and go on with a session or begin one. The model is loaded meanwhile.

        Raises ``TuiError``.
        """
        self._spawn(self._speak())
        connecting = self._spawn(self._conversation.connect())
        while self._conversation.state.host.engine == "starting" and not connecting.done():
            await self._next()
        if self._conversation.state.host.engine == "stopped":
            raise TuiError(self._conversation.state.host.message)
        host = self._conversation.host
        self.id = session or str((await host.item("sessions.begin"))["id"])
        await self._conversation.open(self.id)
        self._effects = {tool["name"]: tool["effect"] for tool in await host.items("tools.list")}

    async def tell_what_was_said(self) -> None:
        """All of the session so far, for an editor that shows it again."""
        for run in self._conversation.state.runs:
            self._tell(update_user_message_text(shown(run.prompt)))
            for update in Telling(self._effects, self._folder).again(run):
                self._tell(update)
        await self._outgoing.join()

    async def prompt(self, blocks: Sequence[Any]) -> StopReason:
        """Carry one message out; raises ``RequestError``."""
        given = given_in(blocks, self._folder)
        if self._busy:
            raise invalid("the message before is still being worked on")
        self._busy, self._cancelled = True, False
        try:
            typed = slash.read(given.words)
            if typed is not None and not await self._command(typed):
                return "end_turn"
            if typed is None:
                self._conversation.attached = given.attached
                self._conversation.submit(given.words)
            return await self._until_done()
        finally:
            self._busy = False
            self._conversation.attached = ""  # an answer to a question takes nothing along
            await self._outgoing.join()  # what was said is there before the turn ends

    def cancel(self) -> None:
        """Stop what goes on; a message that still waits for the model is taken back."""
        if not self._conversation.stop():
            self._take_back()
            self._cancelled = True
            self._news.set()

    async def close(self) -> None:
        await self._conversation.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _command(self, typed: slash.Typed) -> bool:
        """Whether the command began a run."""
        try:
            if typed.problem or typed.command in NOT_HERE:
                lines = [typed.problem or f"/{typed.command} is not for editors; {NOT_HERE[typed.command]}"]
            elif typed.command == "retry":
                await self._conversation.restart()
                lines = [self._conversation.state.host.message or "ready"]
            else:
                lines = await answer_of(self._conversation, typed.command, typed.argument) or []
        except TuiError as error:
            lines = [f"Problem: {error}"]
        if lines:
            self._tell(update_agent_message_text(fenced("\n".join(map(shown, lines)))))
        return not lines

    async def _until_done(self) -> StopReason:
        conversation = self._conversation
        while True:
            state = conversation.state
            newest = state.runs[-1] if state.runs else None
            if self._cancelled:
                return "cancelled"
            if state.host.engine in ("problem", "stopped") and state.current is None:
                self._take_back()
                raise failed(f"{state.host.message} /retry tries again.")
            if newest is not None and not state.queue:
                if newest.finished:
                    if newest.error and not newest.run:  # refused before there was a run
                        self._note(f"Problem: {newest.error}")
                    return _reason(newest)
                if newest.question is not None:
                    return "end_turn"
            await self._next()

    def _changed(self, events: tuple[ev.Event, ...]) -> None:
        run = self._conversation.state.runs[-1] if self._conversation.state.runs else None
        for event in events:
            if run is not None and run.run == event.run:
                for update in self._telling(event.run).updates(event, run):
                    self._tell(update)
        approval = run.approval if run is not None else None
        if run is not None and approval is not None and (run.run, approval.approval) != self._asked:
            self._asked = (run.run, approval.approval)
            self._spawn(self._ask_for(run.run, approval))
        self._news.set()

    def _telling(self, run: str) -> Telling:
        if run not in self._tellings:
            self._tellings = {run: Telling(self._effects, self._folder)}
        return self._tellings[run]

    async def _ask_for(self, run: str, approval: ev.ApprovalRequested) -> None:
        """Ask the person in front of the editor. Without an answer it is a no."""
        first = approval.steps[0]
        for update in self._telling(run).pending(run, first.id, first.tool, first.args):
            self._tell(update)
        await self._outgoing.join()
        asked, options = question_of(run, approval)
        allow, scope = False, "once"
        with suppress(RequestError, ConnectionError):
            answer = await self._ask(session_id=self.id, tool_call=asked, options=options)
            allow, scope = decision_of(answer.outcome, approval)
        current = self._conversation.state.current
        open_still = current.approval if current is not None and current.run == run else None
        stopping = current is not None and current.phase == "stopping"
        if open_still is not None and open_still.approval == approval.approval and not stopping:
            self._conversation.decide(open_still, allow, scope)

    def _take_back(self) -> None:
        self._conversation.attached = ""
        while self._conversation.unqueue() is not None:
            pass

    def _note(self, text: str) -> None:
        self._tell(update_agent_message_text(f"\n\n{shown(text)}\n"))

    def _tell(self, update: Update) -> None:
        self._outgoing.put_nowait(update)

    async def _speak(self) -> None:
        while True:
            update = await self._outgoing.get()
            try:
                await self._send(self.id, update)
            except (RequestError, ConnectionError):
                pass  # the editor is gone; the end of its input tells
            finally:
                self._outgoing.task_done()

    async def _next(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _reason(run: RunView) -> StopReason:
    if run.status == "cancelled":
        return "cancelled"
    return "max_turn_requests" if run.status == "budget" else "end_turn"
