"""The user's records as one tool call sees them: what it adds gets the origins of the call, and what it reads
passes its own on to the result.

So a note that was made from a page is still text from a page when a search brings it back. Knows nothing of
which tool calls.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from .. import memory
from ..tools import records
from ..tools.records import TaskStatus
from .values import (
    UNKNOWN,
    MemoryOrigin,
    Origin,
    Origins,
    in_a_word,
    origins_from_wire,
    origins_to_wire,
)

Stored = memory.Note | memory.Task | memory.Reminder | memory.Expense
FEW = 10
"""Up to so many records are named one by one as the origin of a result."""


class TracedRecords:
    """The `tools.Records` of one call."""

    def __init__(self, book: memory.RecordBook, origins: Origins = frozenset()) -> None:
        self._book = book
        self._given = tuple(origins_to_wire(origins)) or None
        self._read: dict[Origin, dict[str, None]] = {}

    def origins(self) -> Origins:
        """Where the words of all records that were read came from."""
        return frozenset(
            MemoryOrigin(id, origin)
            for origin, ids in self._read.items()
            for id in (ids if len(ids) <= FEW else [f"of {len(ids)} records"])
        )

    def add_note(self, text: str) -> records.Note:
        return _note(self._book.add_note(text, self._given))

    def search_notes(self, query: str, limit: int = 20) -> list[records.Note]:
        return [_note(row) for row in self._seen(self._book.search_notes(query, limit))]

    def add_task(self, title: str, due: dt.date | None = None) -> records.Task:
        return _task(self._book.add_task(title, due, self._given))

    def list_tasks(self, status: TaskStatus = "open") -> list[records.Task]:
        return [_task(row) for row in self._seen(self._book.list_tasks(status))]

    def find_tasks(self, title: str) -> list[records.Task]:
        return [_task(row) for row in self._seen(self._book.find_tasks(title))]

    def complete_task(self, id: str) -> records.Task:
        return _task(*self._seen([self._book.complete_task(id)]))

    def reopen_task(self, id: str) -> records.Task:
        return _task(*self._seen([self._book.reopen_task(id)]))

    def add_reminder(self, text: str, at: dt.datetime) -> records.Reminder:
        return _reminder(self._book.add_reminder(text, at, self._given))

    def list_reminders(self, pending_only: bool = True) -> list[records.Reminder]:
        return [_reminder(row) for row in self._seen(self._book.list_reminders(pending_only))]

    def add_expense(
        self, amount: Decimal, category: str, description: str | None = None, date: dt.date | None = None
    ) -> records.Expense:
        return _expense(self._book.add_expense(amount, category, description, date, self._given))

    def list_expenses(
        self, start: dt.date, end: dt.date, category: str | None = None
    ) -> list[records.Expense]:
        return [_expense(row) for row in self._seen(self._book.list_expenses(start, end, category))]

    def find(self, kind: str, id: str) -> Any:
        row = self._book.find(kind, id)
        return None if row is None else _READERS[kind](*self._seen([row]))

    def remove(self, kind: str, id: str) -> bool:
        return self._book.remove(kind, id)

    def _seen(self, rows: Iterable[Any]) -> list[Any]:
        rows = list(rows)
        for row in rows:
            for origin in _origins(row):
                self._read.setdefault(origin, {})[row.id] = None
        return rows


def _origins(row: Stored) -> Origins:
    """Records from before origins were kept may hold anybody's words."""
    return UNKNOWN if row.origins is None else origins_from_wire(map(dict, row.origins))


def _note(row: memory.Note) -> records.Note:
    return records.Note(row.id, row.text, row.created, in_a_word(_origins(row)))


def _task(row: memory.Task) -> records.Task:
    return records.Task(row.id, row.title, row.due, row.done, row.created, in_a_word(_origins(row)))


def _reminder(row: memory.Reminder) -> records.Reminder:
    return records.Reminder(row.id, row.text, row.at, row.fired, in_a_word(_origins(row)))


def _expense(row: memory.Expense) -> records.Expense:
    return records.Expense(
        row.id, row.amount, row.category, row.description, row.date, in_a_word(_origins(row))
    )


_READERS: dict[str, Any] = {"note": _note, "task": _task, "reminder": _reminder, "expense": _expense}
