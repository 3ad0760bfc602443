"""Makes what a run says durable: each event is numbered and stored before anybody sees it.

The prompt comes first of all, as the user's turn and the run's first event, so that no crash can lose it.
Events that come close together are stored together. Knows nothing of how a run proceeds.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...memory import Run, Said, Spoken, Store
from ..events import EXIT_CODES, Answered, Event, EventBody, RunFinished, RunStarted
from .commits import Commits

TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Given:
    """A request: what the user wrote, and what came through a pipe with it. One of them may be empty."""

    typed: str
    piped: str = ""

    @property
    def text(self) -> str:
        """All of it, as a model reads it."""
        return "\n\n".join(part for part in (self.typed, self.piped) if part)


@dataclass(frozen=True, slots=True)
class Written:
    """An event on its way to the disk."""

    run: str
    ts: datetime
    body: EventBody
    number: "asyncio.Future[int]"
    last: "asyncio.Future[object]"

    async def event(self) -> Event:
        """The event as it may be shown, once it and all that goes with it is stored."""
        await asyncio.shield(self.last)  # who stops waiting must not take back what is to be stored
        return Event(seq=await asyncio.shield(self.number), run=self.run, ts=self.ts, body=self.body)


class Journal:
    """The log of one run."""

    def __init__(
        self, store: Store, run: Run, session: str, user_turn: str, now: Callable[[], datetime]
    ) -> None:
        self.run = run.id
        self.session = session
        self.user_turn = user_turn
        self.commits = Commits(store, run.id)
        """Where everything else that the run writes has to go, too, so that the order is kept."""
        self._store = store
        self._now = now

    @classmethod
    async def begin(
        cls,
        store: Store,
        now: Callable[[], datetime],
        given: Given,
        session: str | None,
        seed: int | None,
        occurrence: str | None = None,
        *,
        id: str | None = None,
    ) -> "Journal":
        """Store the request as turns of ``session`` (a new one if None) and as a run.

        ``occurrence``: the moment of a schedule that the run is for; ``id``: one that is held already.
        """
        return await asyncio.to_thread(cls._begin, store, now, given, session, seed, occurrence, id)

    @classmethod
    def _begin(
        cls,
        store: Store,
        now: Callable[[], datetime],
        given: Given,
        session: str | None,
        seed: int | None,
        occurrence: str | None,
        id: str | None = None,
    ) -> "Journal":
        title = title_of(given.text)
        found = store.create_session(title) if session is None else store.get_session(session)
        if not found.title:
            store.rename_session(found.id, title)
        run = store.create_run(found.id, given.text, seed, occurrence, id=id)
        turns = [
            store.append_turn(found.id, "user", text, run.id, piped=piped)
            for text, piped in ((given.typed, False), (given.piped, True))
            if text
        ]
        return cls(store, run, found.id, turns[0].id, now)

    @classmethod
    def reopen(cls, store: Store, now: Callable[[], datetime], run: Run) -> tuple["Journal", Given]:
        """The journal of an interrupted run, and all that the user typed and piped for it. Blocks."""
        session = run.session or store.create_session(title_of(run.prompt)).id
        said = [turn for turn in store.turns(session) if turn.run == run.id and turn.role == "user"]
        said = said or [store.append_turn(session, "user", run.prompt, run.id)]
        typed = "\n".join(turn.text for turn in said if not turn.piped)
        piped = "\n".join(turn.text for turn in said if turn.piped)
        return cls(store, store.reopen_run(run.id), session, said[0].id, now), Given(typed, piped)

    def write(self, body: EventBody) -> Written:
        """Give an event to be stored, behind all that was given before; nothing is waited for."""
        ts, store = self._now(), self._store
        number = self.commits.put(Said(body.type, body.model_dump(mode="json", exclude={"type"}), ts))
        last: asyncio.Future[object] = number
        if isinstance(body, Answered) and self.session and not body.parent:
            last = self.commits.put(Spoken(self.session, "assistant", body.text))
        if isinstance(body, RunFinished):
            status, code = body.status, body.exit_code
            last = self.commits.alone(lambda: store.finish_run(self.run, status, code))
        return Written(self.run, ts, body, number, last)


def as_logged(store: Store, run: Run) -> Run:
    """The run as its log has it: a crash may have come between its last event and its own row. Blocks."""
    last = store.events(run.id)[-1:] if run.status == "running" else []
    if last and last[0].type == "run.finished":
        return store.finish_run(run.id, last[0].body["status"], last[0].body["exit_code"])
    return run


def started(given: Given, session: str, model: str, workflow: dict[str, Any] | None = None) -> RunStarted:
    """The first event; ``workflow`` is what a run of one starts with."""
    piped = len(given.piped)
    return RunStarted(prompt=given.text, session=session, model=model, piped=piped, workflow=workflow)


def finished(status: str) -> RunFinished:
    """The last event of a run, with the exit code that goes with its status."""
    return RunFinished(status=status, exit_code=EXIT_CODES[status])  # type: ignore[arg-type]


def title_of(prompt: str) -> str:
    """A session is named after its first prompt, on one line."""
    line = " ".join(prompt.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"
