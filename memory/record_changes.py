"""Changes and deletions of records that can be taken back: what a row was before, next to what it became.

A change is taken back only while the row is still what the change made of it, so nothing newer is lost. Rows
are kept as the database holds them, so what comes back is the same to the byte. Knows nothing of kinds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, Text, delete, insert, literal, null, select, type_coerce, update
from sqlalchemy.types import TypeDecorator

from .errors import NotFound
from .record_schema import record_changes
from .rows import pieces
from .transactions import new_id

KEPT = timedelta(days=30)
Stored = dict[str, Any]
"""A row as the database holds it, without the types of its columns."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """The record that was changed."""

    kind: str
    record: str


def change(
    connection: Connection, kind: str, table: Table, record: str, values: Mapping[str, Any], now: datetime
) -> str:
    """Writes ``values`` over the record and returns the id of the change. Raises NotFound."""
    before = _stored(connection, table, record)
    connection.execute(update(table).where(table.c.id == record).values(dict(values)))
    return _remember(connection, kind, record, before, _stored(connection, table, record), now)


def remove(connection: Connection, kind: str, table: Table, record: str, now: datetime) -> str:
    """Deletes the record and returns the id of the change. Raises NotFound."""
    before = _stored(connection, table, record)
    connection.execute(delete(table).where(table.c.id == record))
    return _remember(connection, kind, record, before, None, now)


def concerned(connection: Connection, id: str) -> Concerned | None:
    """What a change changed; None when it is too old to be known, or was taken back."""
    found = select(record_changes.c.kind, record_changes.c.record).where(record_changes.c.id == id)
    row = connection.execute(found).first()
    return None if row is None else Concerned(row.kind, row.record)


def take_back(connection: Connection, table: Table, id: str) -> bool:
    """Puts the record of a known change back; False, with nothing changed, when it was changed since."""
    row = connection.execute(select(record_changes).where(record_changes.c.id == id)).mappings().one()
    present = stored_rows(connection, table, [row["record"]]).get(row["record"])
    if present != row["became"]:
        return False
    restore(connection, table, row["record"], present, row["was"])
    connection.execute(delete(record_changes).where(record_changes.c.id == id))
    return True


def stored_rows(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, Stored]:
    """The rows with these ids that there are."""
    columns = [
        type_coerce(column, Text()).label(column.name) if isinstance(column.type, TypeDecorator) else column
        for column in table.c
    ]
    found: dict[str, Stored] = {}
    for some in pieces(ids):
        rows = connection.execute(select(*columns).where(table.c.id.in_(some))).mappings()
        found |= {row["id"]: dict(row) for row in rows}
    return found


def remove_rows(connection: Connection, table: Table, ids: Sequence[str]) -> None:
    for some in pieces(ids):
        connection.execute(delete(table).where(table.c.id.in_(some)))


def restore(connection: Connection, table: Table, record: str, present: Stored | None, was: Stored) -> None:
    """Make a row what it was; one that is gone comes last where its place was taken since."""
    raw = {name: _as_stored(value) for name, value in was.items()}
    if present is None:
        taken = select(table.c.id).where(table.c.number == was["number"])
        if connection.execute(taken).first() is not None:  # SQLite gives the highest number again
            del raw["number"]
        connection.execute(insert(table).values(raw))
    else:
        connection.execute(update(table).where(table.c.id == record).values(raw))


def _as_stored(value: str | int | None) -> Any:
    """A value that bypasses the type of its column, as it did when it was read."""
    return null() if value is None else literal(value, Text()) if isinstance(value, str) else value


def _remember(
    connection: Connection, kind: str, record: str, before: Stored, after: Stored | None, now: datetime
) -> str:
    connection.execute(delete(record_changes).where(record_changes.c.created < now - KEPT))
    id = new_id("h")
    row = {"id": id, "kind": kind, "record": record, "was": before, "became": after, "created": now}
    connection.execute(insert(record_changes).values(row))
    return id


def _stored(connection: Connection, table: Table, record: str) -> Stored:
    found = stored_rows(connection, table, [record])
    if record not in found:
        raise NotFound(f"There is no record {record}; it may have been removed.")
    return found[record]
