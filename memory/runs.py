"""Runs, their event logs and the ledger of their effects.

Events are append-only and numbered per run without gaps; what a run writes is in `entries`. Bodies, arguments
and outputs are JSON; what they mean is the agent's business.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping

from .entries import Entry, write_entries
from .errors import NotFound
from .rows import as_type, read_all, the_row
from .schedules import attach_run
from .schema import events, ledger, runs
from .transactions import Transactions, new_id

LedgerState = Literal["intent", "done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Run:
    """One prompt and what became of it; ``status`` is ``running`` until it is finished."""

    id: str
    session: str | None
    prompt: str
    status: str
    exit_code: int | None
    created: datetime
    finished: datetime | None
    seed: int | None = None


class LoggedEvent(NamedTuple):
    """One line of a run's log; ``ts`` is the text its writer gave."""

    seq: int
    ts: str
    type: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One attempt at a step."""

    run: str
    step: str
    tool: str
    args: Any
    key: str
    state: LedgerState
    output: Any
    intended: datetime
    settled: datetime | None
    undone: datetime | None = None


def new_run_id() -> str:
    """The id of a run that is not stored yet."""
    return new_id("r")


class RunLog(Transactions):
    """The part of the store that keeps what runs did."""

    def create_run(
        self,
        session: str | None,
        prompt: str,
        seed: int | None = None,
        occurrence: str | None = None,
        *,
        id: str | None = None,
    ) -> Run:
        """``occurrence``: the moment of a schedule whose one run this is; ``id``: one of ``new_run_id``.

        Raises NotFound when there is no such session, AlreadyStarted when the occurrence has its run.
        """
        with self.write() as connection:
            values = {"id": id or new_run_id(), "session": session, "prompt": prompt, "seed": seed}
            connection.execute(insert(runs).values(**values, status="running", created=self.now()))
            if occurrence is not None:
                attach_run(connection, occurrence, values["id"], session)
            return _get_run(connection, values["id"])

    def finish_run(self, run: str, status: str, exit_code: int) -> Run:
        """Records how a run ended. Raises NotFound."""
        ended = {"status": status, "exit_code": exit_code, "finished": self.now()}
        with self.write() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(ended))
            return _get_run(connection, run)

    def reopen_run(self, run: str) -> Run:
        """Marks a run as running again, to resume it. Raises NotFound."""
        running = {"status": "running", "exit_code": None, "finished": None}
        with self.write() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(running))
            return _get_run(connection, run)

    def list_runs(
        self, limit: int = 50, session: str | None = None, outside_sessions: bool = True
    ) -> list[Run]:
        """The newest runs first, of one session or of all; those of no session are calls by hand."""
        newest = select(runs).order_by(runs.c.number.desc()).limit(limit)
        if not outside_sessions:
            newest = newest.where(runs.c.session.is_not(None))
        if session is not None:
            newest = newest.where(runs.c.session == session)
        with self.read() as connection:
            return read_all(connection, Run, newest)

    def get_run(self, run: str) -> Run:
        """Raises NotFound."""
        with self.read() as connection:
            return _get_run(connection, run)

    def write_down(self, run: str, entries: Sequence[Entry]) -> list[int]:
        """Writes what a run says, intends and settles in one transaction, all or none, in this order.

        Returns the numbers of its events, 1 for the first of the run. Raises NotFound for an unknown run and
        for an outcome without an intent, AlreadySettled for a step that is done; only ``unknown`` may be
        resolved later.
        """
        with self.write() as connection:
            _get_run(connection, run)
            return write_entries(connection, run, entries, self.now())

    def events(self, run: str, after: int = 0) -> list[LoggedEvent]:
        """The log of a run in order, from the event that follows number ``after``."""
        log = (
            select(events.c.seq, events.c.ts, events.c.type, events.c.body)
            .where(events.c.run == run, events.c.seq > after)
            .order_by(events.c.seq)
        )
        with self.read() as connection:
            return [LoggedEvent(*row) for row in connection.execute(log)]

    def ledger(self, run: str) -> list[LedgerRow]:
        """Every attempt of a run at a step, in the order of their intents."""
        attempts = select(ledger).where(ledger.c.run == run).order_by(ledger.c.number)
        with self.read() as connection:
            return read_all(connection, LedgerRow, attempts)

    def last_done(self, tools: Iterable[str], session: str | None = None) -> LedgerRow | None:
        """The newest step of one of ``tools`` that was done and not undone, of one session or of all."""
        wanted = select(ledger).where(
            ledger.c.tool.in_(list(tools)), ledger.c.state == "done", ledger.c.undone.is_(None)
        )
        if session is not None:
            wanted = wanted.join(runs, runs.c.id == ledger.c.run).where(runs.c.session == session)
        with self.read() as connection:
            found = connection.execute(wanted.order_by(ledger.c.number.desc()).limit(1)).mappings().first()
        return None if found is None else as_type(LedgerRow, found)

    def mark_undone(self, run: str, step: str) -> None:
        """Notes that the effect of a step was taken back. Raises NotFound when the step is not done."""
        with self.write() as connection:
            latest = _latest_attempt(connection, run, step)
            if latest is None or latest["state"] != "done":
                raise NotFound(f"Step {step} of run {run} is not done, so there is nothing to undo.")
            undone = update(ledger).where(ledger.c.number == latest["number"])
            connection.execute(undone.values(undone=self.now()))


def _get_run(connection: Connection, run: str) -> Run:
    none = f"There is no run {run}. `homewit runs list` shows those that exist."
    return as_type(Run, the_row(connection, runs, run, none))


def _latest_attempt(connection: Connection, run: str, step: str) -> RowMapping | None:
    attempts = select(ledger).where(ledger.c.run == run, ledger.c.step == step)
    return connection.execute(attempts.order_by(ledger.c.number.desc()).limit(1)).mappings().first()
