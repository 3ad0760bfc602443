"""A run in progress: its task, the events it has made so far, and the way to talk to it.

The run goes on whether or not somebody reads; whoever stops reading early cancels it. Knows nothing of what
happens inside.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import date
from typing import Literal

from ...memory import StoreError
from ..errors import RunCancelled
from ..events import ApprovalScope, Errored, Event, EventBody
from ..log.journal import Journal, Written, finished
from ..permission.approval import Answer
from .context import RunContext

log = logging.getLogger(__name__)
READ_AHEAD = 4096
"""Most events that may wait to be stored before a run has to wait for the disk."""


class ActiveRun:
    """Starts at once; ``events`` has one reader."""

    def __init__(
        self,
        ctx: RunContext,
        journal: Journal,
        bodies: AsyncGenerator[EventBody, None],
        on_end: Callable[[str], None],
    ) -> None:
        self.id = journal.run
        self.session = journal.session
        self._ctx = ctx
        self._journal = journal
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._last = 0
        self._parked = False
        self._on_end = on_end
        self._task = asyncio.create_task(self._pump(bodies))
        self._task.add_done_callback(self._is_over)  # it may be cancelled before it begins

    async def events(self) -> AsyncGenerator[Event, None]:
        """Every event from the first to ``run.finished``; closing this early cancels the run."""
        try:
            while (event := await self._events.get()) is not None:
                yield event
        finally:
            await self.close()

    def cancel(self) -> None:
        self._ctx.stop.request(RunCancelled("the run was cancelled"))

    def approve(
        self,
        approval: str,
        decision: Literal["allow", "deny"],
        scope: ApprovalScope = "once",
        until: date | None = None,
    ) -> bool:
        """Answer a card; False when it is not open. A scope that the card does not offer counts as once."""
        answer = Answer(decision, scope, until)
        return approval.startswith("a") and self._ctx.desk.answer(approval, answer)

    def reply(self, question: str, text: str) -> bool:
        """Answer a question; False when it is not open."""
        return question.startswith("q") and self._ctx.desk.answer(question, text)

    @property
    def open_question(self) -> str | None:
        return self._ctx.desk.open_question

    @property
    def state(self) -> Literal["running", "waiting"]:
        """Whether it works, or waits for the user."""
        return "waiting" if self._ctx.desk.is_waiting else "running"

    @property
    def ended(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        """End the run if it has not ended, and wait for its last event to be stored."""
        if not self._task.done():
            self.cancel()
        await asyncio.wait({self._task})

    async def ends_within(self, timeout_s: float) -> bool:
        """Whether the run has ended by then."""
        await asyncio.wait({self._task}, timeout=timeout_s)
        return self._task.done()

    async def park(self) -> None:
        """Let go of the run as a crash would: nothing more of it is done or told, and it can be resumed, once
        what it had given to be stored is stored.
        """
        self._parked = True
        self._ctx.stop.event.set()  # a model that is being asked ends at its next token
        self._task.cancel()
        await asyncio.wait({self._task})
        await self._journal.commits.settled()
        self._let_go()

    def _is_over(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("run %s broke off", self.id, exc_info=error)
        if not self._parked:
            self._let_go()

    def _let_go(self) -> None:
        """Somebody else may have the run from now on, and nothing more comes of it here."""
        self._on_end(self.id)
        self._events.put_nowait(None)

    async def _pump(self, bodies: AsyncGenerator[EventBody, None]) -> None:
        """Give every event to be stored, and show each as soon as it is."""
        written: asyncio.Queue[Written | None] = asyncio.Queue(READ_AHEAD)
        showing = asyncio.create_task(self._show_stored(written))
        try:
            async with aclosing(bodies):
                async for body in bodies:
                    if self._parked:  # what ends at the same moment may outlive a cancellation
                        break
                    await _put(written, self._journal.write(body), showing)
                    if showing.done():
                        break
            await _put(written, None, showing)
            await showing
        except StoreError as error:
            log.error("run %s can no longer be logged: %s", self.id, error)
            # Nothing more can be stored, but a client must still learn how it ended.
            self._ctx.outcome.end("failed")
            for body in (Errored(code="store", message=str(error)), finished(self._ctx.outcome.status)):
                self._show(Event(seq=self._last + 1, run=self.id, ts=self._ctx.now(), body=body))
        finally:
            showing.cancel()

    async def _show_stored(self, written: "asyncio.Queue[Written | None]") -> None:
        while (one := await written.get()) is not None:
            try:
                self._show(await one.event())
            except StoreError:
                self._ctx.stop.request(RunCancelled("the run can no longer be logged"))
                raise

    def _show(self, event: Event) -> None:
        self._last = event.seq
        self._events.put_nowait(event)


async def _put(
    written: "asyncio.Queue[Written | None]", one: Written | None, showing: "asyncio.Task[None]"
) -> None:
    """Queue an event to be shown; does not wait for room once nobody shows any more."""
    if written.full():
        put = asyncio.ensure_future(written.put(one))
        await asyncio.wait({put, showing}, return_when=asyncio.FIRST_COMPLETED)
        put.cancel()
    else:
        written.put_nowait(one)
