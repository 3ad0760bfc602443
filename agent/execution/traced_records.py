"""The user's records as one tool call sees them: what it adds gets the origins of the call, and what it reads
passes its own on to the result.

So a note that was made from a page is still text from a page when a search brings it back. What a tool with
untrusted results adds comes from that tool: it may have read it from a file or a server. Knows nothing of
which tool calls.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from ... import memory
from ...tools import records
from ...tools.records import ROWS, Changed, TaskStatus
from ..values import (
    UNKNOWN,
    MemoryOrigin,
    Origin,
    Origins,
    ToolOrigin,
    in_a_word,
    join,
    origins_from_wire,
    origins_to_wire,
)

_STRANGER = ToolOrigin("server", "", trusted=False)
FEW = 10
"""Up to so many records are named one by one as the origin of a result."""


class TracedRecords:
    """The `tools.Records` of one call."""

    def __init__(
        self,
        book: memory.RecordBook,
        origins: Origins = frozenset(),
        stranger: Origin = _STRANGER,
    ) -> None:
        """``stranger`` is the origin of what a call brings from outside beside its result."""
        self._book = book
        self._origins = origins
        self._stranger = stranger
        self._given = tuple(origins_to_wire(origins)) or None
        self._read: dict[Origin, dict[str, None]] = {}

    def origins(self) -> Origins:
        """Where the words of all records that were read came from."""
        return frozenset(
            MemoryOrigin(id, origin)
            for origin, ids in self._read.items()
            for id in (ids if len(ids) <= FEW else [f"of {len(ids)} records"])
        )

    def by_strangers(self) -> "TracedRecords":
        return TracedRecords(self._book, join(self._origins, {self._stranger}), self._stranger)

    def add(self, kind: str, /, **fields: Any) -> Any:
        return _row(kind, self._book.add(kind, self._given, **fields))

    def add_all(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        return [_row(kind, row) for row in self._book.add_all(kind, rows, self._given)]

    def rows(
        self, kind: str, since: dt.date | None = None, until: dt.date | None = None, /, **equal: Any
    ) -> list[Any]:
        return self._seen(kind, self._book.rows(kind, since, until, **equal))

    def change(self, kind: str, id: str, /, **fields: Any) -> Changed:
        """What is changed keeps the origins of what it was, beside those of the call."""
        present = self._book.find(kind, id)
        row, change = self._book.change(kind, id, self._joined(present), **fields)
        return Changed(self._seen(kind, [row])[0], change)

    def delete(self, kind: str, id: str) -> Changed:
        row, change = self._book.delete(kind, id)
        return Changed(self._seen(kind, [row])[0], change)

    def take_back(self, change: str) -> Any:
        row = self._book.take_back(change)
        return None if row is None else self._seen(_KIND_OF[type(row)], [row])[0]

    def find(self, kind: str, id: str) -> Any:
        row = self._book.find(kind, id)
        return None if row is None else self._seen(kind, [row])[0]

    def remove(self, kind: str, id: str) -> bool:
        return self._book.remove(kind, id)

    def remove_all(self, kind: str, /, **equal: Any) -> int:
        return self._book.remove_all(kind, **equal)

    def add_note(self, text: str) -> records.Note:
        return self.add("note", text=text)

    def search_notes(self, query: str, limit: int = 20) -> list[records.Note]:
        return self._seen("note", self._book.search_notes(query, limit))

    def add_task(self, title: str, due: dt.date | None = None) -> records.Task:
        return self.add("task", title=title, due=due)

    def list_tasks(self, status: TaskStatus = "open") -> list[records.Task]:
        return self._seen("task", self._book.list_tasks(status))

    def find_tasks(self, title: str) -> list[records.Task]:
        return self._seen("task", self._book.find_tasks(title))

    def complete_task(self, id: str) -> records.Task:
        return self._seen("task", [self._book.complete_task(id)])[0]

    def reopen_task(self, id: str) -> records.Task:
        return self._seen("task", [self._book.reopen_task(id)])[0]

    def add_reminder(self, text: str, at: dt.datetime) -> records.Reminder:
        return self.add("reminder", text=text, at=at)

    def list_reminders(self, pending_only: bool = True) -> list[records.Reminder]:
        return self._seen("reminder", self._book.list_reminders(pending_only))

    def add_expense(
        self, amount: Decimal, category: str, description: str | None = None, date: dt.date | None = None
    ) -> records.Expense:
        row = self._book.add_expense(amount, category, description, date, self._given)
        return _row("expense", row)

    def list_expenses(
        self, start: dt.date, end: dt.date, category: str | None = None
    ) -> list[records.Expense]:
        return self._seen("expense", self._book.list_expenses(start, end, category))

    def _joined(self, present: Any) -> Any:
        """Origins of a record that this call changes; None, as ever, for what nobody knows the origin of."""
        if present is None or present.origins is None:
            return None
        return tuple(origins_to_wire(join(_origins(present), self._origins))) or None

    def _seen(self, kind: str, rows: Iterable[Any]) -> list[Any]:
        found = []
        for row in rows:
            for origin in _origins(row):
                self._read.setdefault(origin, {})[row.id] = None
            found.append(_row(kind, row))
        return found


_KIND_OF: dict[type, str] = {
    memory.Note: "note",
    memory.Task: "task",
    memory.Reminder: "reminder",
    memory.Firing: "firing",
    memory.Expense: "expense",
    memory.Budget: "budget",
    memory.Import: "import",
    memory.CalendarEvent: "event",
    memory.Contact: "contact",
    memory.Collection: "collection",
}


def _origins(row: Any) -> Origins:
    """Records from before origins were kept may hold anybody's words."""
    return UNKNOWN if row.origins is None else origins_from_wire(map(dict, row.origins))


def _row(kind: str, row: Any) -> Any:
    """A record of the database as tools see it: its origins in a word."""
    names = [field.name for field in fields(ROWS[kind]) if field.name != "origin"]
    return ROWS[kind](**{name: getattr(row, name) for name in names}, origin=in_a_word(_origins(row)))
