"""What a run writes down while it goes on: events, turns, and for each effect an intent before it and its
outcome after it.

Much of it comes at the same moment, from steps that run side by side, so any number of entries is written at
once, with the same checks as one by one. After a crash the difference between intents and outcomes shows what
may have happened. Knows nothing of transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from .errors import AlreadySettled, NotFound
from .record_schema import call_writes
from .rows import pieces
from .schema import events, ledger
from .sessions import Role, add_turn

Outcome = Literal["done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Said:
    """An event for the log; ``ts`` is kept as it is given."""

    type: str
    body: Mapping[str, Any]
    ts: str | datetime


@dataclass(frozen=True, slots=True)
class Intended:
    """An effect is about to happen."""

    step: str
    tool: str
    args: Any
    key: str


@dataclass(frozen=True, slots=True)
class Settled:
    """How the latest attempt at a step ended."""

    step: str
    state: Outcome
    output: Any = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn of the run in its session."""

    session: str
    role: Role
    text: str


Entry = Said | Intended | Settled | Spoken


def write_entries(connection: Connection, run: str, entries: Sequence[Entry], now: datetime) -> list[int]:
    """All entries in their order; the numbers of the events among them.

    Raises AlreadySettled and NotFound for an intent or outcome that cannot be; then nothing of it may stay.
    """
    said = [entry for entry in entries if isinstance(entry, Said)]
    steps = [entry for entry in entries if isinstance(entry, Intended | Settled)]
    if steps:
        _write_steps(connection, run, steps, now)
    for entry in entries:
        if isinstance(entry, Spoken):
            add_turn(connection, entry.session, entry.role, entry.text, run, now)
    return _write_events(connection, run, said) if said else []


def _write_events(connection: Connection, run: str, said: Sequence[Said]) -> list[int]:
    last = select(func.coalesce(func.max(events.c.seq), 0)).where(events.c.run == run)
    first = connection.execute(last).scalar_one() + 1
    rows = [
        {"run": run, "seq": seq, "ts": _stamp(entry.ts), "type": entry.type, "body": entry.body}
        for seq, entry in enumerate(said, first)
    ]
    connection.execute(insert(events), rows)
    return [row["seq"] for row in rows]


@dataclass(slots=True)
class _Attempt:
    """The latest attempt at a step; ``number`` is None until its row is there."""

    state: str
    number: int | None = None


def _write_steps(
    connection: Connection, run: str, steps: Sequence[Intended | Settled], now: datetime
) -> None:
    latest = _latest_attempts(connection, run, list({entry.step for entry in steps}))
    intended: list[dict[str, Any]] = []
    settled: list[dict[str, Any]] = []
    for entry in steps:
        attempt = latest.get(entry.step)
        if isinstance(entry, Intended):
            if attempt is not None and attempt.state == "done":
                raise AlreadySettled(f"Step {entry.step} of run {run} is done; it must not run again.")
            row = {"step": entry.step, "tool": entry.tool, "args": entry.args, "key": entry.key}
            intended.append(row | {"run": run, "state": "intent", "intended": now})
            latest[entry.step] = _Attempt("intent")
            continue
        if attempt is None:
            raise NotFound(f"Step {entry.step} of run {run} has no intent; record it before the effect.")
        if attempt.state in ("done", "failed"):
            raise AlreadySettled(f"Step {entry.step} of run {run} already ended as {attempt.state}.")
        if attempt.number is None:  # intended in the same breath
            _flush(connection, intended, settled, now)
            attempt = latest[entry.step] = _latest_attempts(connection, run, [entry.step])[entry.step]
        settled.append({"row": attempt.number, "ended": entry.state, "result": entry.output})
        attempt.state = entry.state
    _flush(connection, intended, settled, now)


def _flush(
    connection: Connection, intended: list[dict[str, Any]], settled: list[dict[str, Any]], now: datetime
) -> None:
    if intended:
        connection.execute(insert(ledger), intended)
        intended.clear()
    if settled:
        ends = update(ledger).where(ledger.c.number == bindparam("row"))
        ends = ends.values(state=bindparam("ended"), output=bindparam("result"), settled=now)
        connection.execute(ends, settled)
        _drop_notes(connection, [entry["row"] for entry in settled if entry["ended"] != "unknown"])
        settled.clear()


def _drop_notes(connection: Connection, attempts: Sequence[int | None]) -> None:
    """Nobody undoes a call any more whose end is known."""
    for some in pieces(attempts):
        keys = select(ledger.c.key).where(ledger.c.number.in_(some))
        connection.execute(delete(call_writes).where(call_writes.c.call.in_(keys)))


def _latest_attempts(connection: Connection, run: str, steps: Sequence[str]) -> dict[str, _Attempt]:
    found: dict[str, _Attempt] = {}
    for some in pieces(steps):
        rows = select(ledger.c.step, ledger.c.state, ledger.c.number).where(
            ledger.c.run == run, ledger.c.step.in_(some)
        )
        for step, state, number in connection.execute(rows.order_by(ledger.c.number)):
            found[step] = _Attempt(state, number)
    return found


def _stamp(ts: str | datetime) -> str:
    return ts if isinstance(ts, str) else ts.isoformat()
