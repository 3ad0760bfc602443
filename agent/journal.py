"""Makes what a run says durable: each event is numbered and stored before anybody sees it.

The prompt comes first of all, as the user's turn and the run's first event, so that no crash can lose it.
Knows nothing of how a run proceeds.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from ..memory import Run, Store
from .events import EXIT_CODES, Answered, Event, EventBody, RunFinished, RunStarted

TITLE_LENGTH = 80


class Journal:
    """The log of one run."""

    def __init__(
        self, store: Store, run: Run, session: str, user_turn: str, now: Callable[[], datetime]
    ) -> None:
        self.run = run.id
        self.session = session
        self.user_turn = user_turn
        self._store = store
        self._now = now

    @classmethod
    async def begin(
        cls, store: Store, now: Callable[[], datetime], prompt: str, session: str | None, seed: int | None
    ) -> "Journal":
        """Store the prompt as a turn of ``session`` (a new one if None) and as a run."""
        return await asyncio.to_thread(cls._begin, store, now, prompt, session, seed)

    @classmethod
    def _begin(
        cls, store: Store, now: Callable[[], datetime], prompt: str, session: str | None, seed: int | None
    ) -> "Journal":
        found = store.create_session(title_of(prompt)) if session is None else store.get_session(session)
        if not found.title:
            store.rename_session(found.id, title_of(prompt))
        run = store.create_run(found.id, prompt, seed)
        turn = store.append_turn(found.id, "user", prompt, run.id)
        return cls(store, run, found.id, turn.id, now)

    @classmethod
    def reopen(cls, store: Store, now: Callable[[], datetime], run: Run) -> tuple["Journal", str]:
        """The journal of an interrupted run, and all that the user typed for it. Blocks."""
        session = run.session or store.create_session(title_of(run.prompt)).id
        said = [turn for turn in store.turns(session) if turn.run == run.id and turn.role == "user"]
        first = said[0] if said else store.append_turn(session, "user", run.prompt, run.id)
        words = "\n".join(turn.text for turn in said) or run.prompt
        return cls(store, store.reopen_run(run.id), session, first.id, now), words

    async def write(self, body: EventBody) -> Event:
        """The event as it may be shown, once it is stored."""
        return await asyncio.to_thread(self._write, body)

    def _write(self, body: EventBody) -> Event:
        ts = self._now()
        wire = body.model_dump(mode="json", exclude={"type"})
        seq = self._store.append_event(self.run, body.type, wire, ts)
        if isinstance(body, Answered):
            self._store.append_turn(self.session, "assistant", body.text, self.run)
        if isinstance(body, RunFinished):
            self._store.finish_run(self.run, body.status, body.exit_code)
        return Event(seq=seq, run=self.run, ts=ts, body=body)


def as_logged(store: Store, run: Run) -> Run:
    """The run as its log has it: a crash may have come between its last event and its own row. Blocks."""
    last = store.events(run.id)[-1:] if run.status == "running" else []
    if last and last[0].type == "run.finished":
        return store.finish_run(run.id, last[0].body["status"], last[0].body["exit_code"])
    return run


def started(prompt: str, session: str, model: str) -> RunStarted:
    return RunStarted(prompt=prompt, session=session, model=model)


def finished(status: str) -> RunFinished:
    """The last event of a run, with the exit code that goes with its status."""
    return RunFinished(status=status, exit_code=EXIT_CODES[status])  # type: ignore[arg-type]


def title_of(prompt: str) -> str:
    """A session is named after its first prompt, on one line."""
    line = " ".join(prompt.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"
