"""What a tool call has done to the records so far, so that one which is cut off can leave nothing behind.

Each change is noted in the transaction that makes it; the notes of a call go when its outcome is written. A
call is undone as a whole, and only while all that it touched is still what it made of it. Knows nothing of
what the records mean, nor of the tools that change them.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.engine import RowMapping

from .errors import CallOver
from .record_changes import Stored, remove_rows, restore, stored_rows
from .record_rows import KINDS, Kind
from .record_schema import call_writes
from .transactions import Transactions


@dataclass(slots=True)
class OpenCall:
    """A call by its key in the ledger; ``over`` when it may write no longer."""

    key: str
    wrote: bool = False
    over: bool = False


class CallWrites:
    """The part of a `RecordBook` that knows which call of a tool it serves, if it serves one."""

    _store: Transactions
    _call: OpenCall | None

    @property
    def has_written(self) -> bool:
        """Whether the call has changed something since it was opened here."""
        return self._call is not None and self._call.wrote

    def undo_call(self) -> int | None:
        """End the call and undo what it did, here or before a crash; how many changes that were.

        None, with nothing changed, when one of its records was changed since.
        """
        if self._call is None:
            raise ValueError("These records belong to no call.")
        try:
            with self._store.write() as connection:
                self._call.over = True  # inside, so that no write of another thread comes after it
                return _undo(connection, self._call.key)
        except _ChangedSince:
            return None

    def end_call(self) -> None:
        """From now on the call changes nothing, such as from a thread that it left behind."""
        if self._call is not None:
            self._call.over = True

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction. Raises CallOver."""
        with self._store.write() as connection:
            if self._call is not None and self._call.over:
                raise CallOver("The call is over, so it changes nothing more.")
            yield connection

    @contextmanager
    def _noted(self, connection: Connection, what: Kind, ids: Sequence[str]) -> Iterator[None]:
        """Note what the block does to these records, which may be there before it, after it, or both."""
        if self._call is None:
            yield
            return
        before = stored_rows(connection, what.table, ids)
        yield
        after = stored_rows(connection, what.table, ids)
        common = {"call": self._call.key, "kind": what.name}
        rows = [
            common | {"record": id, "was": before.get(id), "became": _digest(after.get(id))}
            for id in ids
            if before.get(id) != after.get(id)
        ]
        if rows:
            connection.execute(insert(call_writes), rows)
            self._call.wrote = True


class _ChangedSince(Exception):
    """Ends the transaction without a trace."""


def _undo(connection: Connection, key: str) -> int:
    """Make every record of the call what it was before it. Raises _ChangedSince."""
    notes = select(call_writes).where(call_writes.c.call == key).order_by(call_writes.c.number)
    rows = connection.execute(notes).mappings().all()
    of_kinds: dict[str, dict[str, list[RowMapping]]] = {}
    for row in rows:
        of_kinds.setdefault(row["kind"], {}).setdefault(row["record"], []).append(row)
    for kind, records in of_kinds.items():
        table = KINDS[kind].table
        present = stored_rows(connection, table, list(records))
        for record, changes in records.items():
            follows = [*(change["was"] for change in changes[1:]), present.get(record)]
            if [change["became"] for change in changes] != [_digest(state) for state in follows]:
                raise _ChangedSince  # somebody else changed it, in between or afterwards
        remove_rows(connection, table, [id for id in records if records[id][0]["was"] is None])
        for record, (first, *_) in records.items():
            if first["was"] is not None:
                restore(connection, table, record, present.get(record), first["was"])
    connection.execute(delete(call_writes).where(call_writes.c.call == key))
    return len(rows)


def _digest(row: Stored | None) -> str | None:
    """Enough to see that a record is still the same, without a copy of its words."""
    if row is None:
        return None
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
