"""What the personal tools need from a database, as a protocol and four row types.

The agent implements it over its database; `tools.testing.MemoryRecords` is the double for plugin authors.
Each row has an `origin`, in a word or two: "user", "pipe", "model", the name of a tool, or "unknown". Methods
are synchronous and may be called from any thread. Nothing here knows of SQL.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

TaskStatus = Literal["open", "done", "all"]


@dataclass(frozen=True, slots=True)
class Note:
    """A remembered text."""

    id: str
    text: str
    created: dt.datetime
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, with an optional day on which it is due."""

    id: str
    title: str
    due: dt.date | None
    done: bool
    created: dt.datetime
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A text to show at a moment."""

    id: str
    text: str
    at: dt.datetime
    fired: bool
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Expense:
    """Money spent: amount in the user's own currency, to the cent."""

    id: str
    amount: Decimal
    category: str
    description: str | None
    date: dt.date
    origin: str = "unknown"


class NoteRow(Protocol):
    """The fields of a note that tools read."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def created(self) -> dt.datetime: ...
    @property
    def origin(self) -> str: ...


class TaskRow(Protocol):
    """The fields of a task that tools read."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def due(self) -> dt.date | None: ...
    @property
    def done(self) -> bool: ...
    @property
    def created(self) -> dt.datetime: ...
    @property
    def origin(self) -> str: ...


class ReminderRow(Protocol):
    """The fields of a reminder that tools read."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> dt.datetime: ...
    @property
    def fired(self) -> bool: ...
    @property
    def origin(self) -> str: ...


class ExpenseRow(Protocol):
    """The fields of an expense that tools read."""

    @property
    def id(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def category(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def date(self) -> dt.date: ...
    @property
    def origin(self) -> str: ...


class Records(Protocol):
    """Notes, tasks, reminders and expenses of one person."""

    def add_note(self, text: str) -> NoteRow: ...
    def search_notes(self, query: str, limit: int = 20) -> Sequence[NoteRow]: ...
    def add_task(self, title: str, due: dt.date | None = None) -> TaskRow: ...
    def list_tasks(self, status: TaskStatus = "open") -> Sequence[TaskRow]: ...
    def find_tasks(self, title: str) -> Sequence[TaskRow]: ...
    def complete_task(self, id: str) -> TaskRow: ...
    def reopen_task(self, id: str) -> TaskRow: ...
    def add_reminder(self, text: str, at: dt.datetime) -> ReminderRow: ...
    def list_reminders(self, pending_only: bool = True) -> Sequence[ReminderRow]: ...
    def add_expense(
        self, amount: Decimal, category: str, description: str | None = None, date: dt.date | None = None
    ) -> ExpenseRow: ...
    def list_expenses(
        self, start: dt.date, end: dt.date, category: str | None = None
    ) -> Sequence[ExpenseRow]: ...
    def find(self, kind: str, id: str) -> Any: ...
    def remove(self, kind: str, id: str) -> bool: ...
