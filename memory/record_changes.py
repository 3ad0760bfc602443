"""Changes and deletions of records that can be taken back: what a row was before, next to what it became.

A change is taken back only while the row is still what the change made of it, so nothing newer is lost. Rows
are kept as the database holds them, so what comes back is the same to the byte. Knows nothing of kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, Text, delete, insert, literal, null, select, type_coerce, update
from sqlalchemy.types import TypeDecorator

from .errors import NotFound
from .schema import record_changes
from .transactions import new_id

KEPT = timedelta(days=30)
Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Which record is again as it was."""

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


def take_back(connection: Connection, tables: Mapping[str, Table], id: str) -> TakenBack | None:
    """Puts a record back; None, with nothing changed, when it was changed since or the change is too old."""
    row = connection.execute(select(record_changes).where(record_changes.c.id == id)).mappings().first()
    if row is None:
        return None
    table = tables[row["kind"]]
    if _found(connection, table, row["record"]) != row["became"]:
        return None
    raw = {name: _as_stored(value) for name, value in row["was"].items()}
    if row["became"] is None:
        connection.execute(insert(table).values(raw))
    else:
        connection.execute(update(table).where(table.c.id == row["record"]).values(raw))
    connection.execute(delete(record_changes).where(record_changes.c.id == id))
    return TakenBack(row["kind"], row["record"])


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
    found = _found(connection, table, record)
    if found is None:
        raise NotFound(f"There is no record {record}; it may have been removed.")
    return found


def _found(connection: Connection, table: Table, record: str) -> Stored | None:
    """The row as the database holds it, without the types of its columns."""
    columns = [
        type_coerce(column, Text()).label(column.name) if isinstance(column.type, TypeDecorator) else column
        for column in table.c
    ]
    row = connection.execute(select(*columns).where(table.c.id == record)).mappings().first()
    return None if row is None else dict(row)
