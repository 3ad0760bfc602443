"""What the personal tools need from a database, as a protocol and one row type for each kind of record.

The agent implements it over its database; `tools.testing.MemoryRecords` is the double for plugin authors.
Each row has an `origin`, in a word or two: "user", "pipe", "program", "model", the name of a tool, or
"unknown". Methods are synchronous and may be called from any thread. Nothing here knows of SQL.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

TaskStatus = Literal["open", "done", "all"]
Kind = Literal[
    "note", "task", "reminder", "firing", "expense", "budget", "import", "event", "contact", "collection"
]


@dataclass(frozen=True, slots=True)
class Note:
    """A remembered text, with the tags it was given."""

    id: str
    text: str
    created: dt.datetime
    origin: str = "unknown"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, with an optional day on which it is due; `repeats` is a rule of RFC 5545."""

    id: str
    title: str
    due: dt.date | None
    done: bool
    created: dt.datetime
    origin: str = "unknown"
    priority: str | None = None
    project: str | None = None
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A text to show at a moment, or again and again by a rule of RFC 5545."""

    id: str
    text: str
    at: dt.datetime
    fired: bool
    origin: str = "unknown"
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that a reminder came due; `missed` counts earlier times that nobody was there for."""

    id: str
    reminder: str
    text: str
    due: dt.datetime
    missed: int
    shown: dt.datetime | None
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Expense:
    """Money spent, to the cent; negative when received. Without `currency` it is the user's own."""

    id: str
    amount: Decimal
    category: str
    description: str | None
    date: dt.date
    origin: str = "unknown"
    currency: str | None = None
    account: str | None = None
    batch: str | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on a category in `month` (YYYY-MM), or in every month without one of its own."""

    id: str
    category: str
    month: str | None
    amount: Decimal
    currency: str | None
    created: dt.datetime
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Import:
    """A file that was read in; its records name it as their batch."""

    id: str
    kind: str
    name: str
    count: int
    created: dt.datetime
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A calendar entry as iCalendar text; `first` to `last` are the days on which it may happen.

    `state` says what its server has still to learn: new, changed, removed, or kept when nothing.
    """

    id: str
    uid: str
    collection: str
    summary: str
    content: str
    first: dt.date
    last: dt.date | None
    state: str
    href: str | None
    etag: str | None
    batch: str | None
    created: dt.datetime
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as vCard text; `words` is what is searched, `state` as for calendar entries."""

    id: str
    uid: str
    collection: str
    name: str
    content: str
    words: str
    state: str
    href: str | None
    etag: str | None
    batch: str | None
    created: dt.datetime
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar or address book on a server; `token` and `tag` are those of the last look at it."""

    id: str
    account: str
    kind: Literal["calendar", "contacts"]
    url: str
    name: str
    writable: bool
    token: str | None
    tag: str | None
    looked: dt.datetime | None
    created: dt.datetime
    origin: str = "unknown"


ROWS: dict[str, type] = {
    "note": Note,
    "task": Task,
    "reminder": Reminder,
    "firing": Firing,
    "expense": Expense,
    "budget": Budget,
    "import": Import,
    "event": CalendarEvent,
    "contact": Contact,
    "collection": Collection,
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A record after a change, or before its deletion; `change` is what `take_back` asks for."""

    row: Any
    change: str


class Records(Protocol):
    """What one person keeps. Every kind can be added, listed, changed, deleted and taken back alike.

    `by_strangers` are the same records for what others wrote: what is added or changed through it counts as
    such, and what is read through it does not count as part of the result.
    """

    def by_strangers(self) -> "Records": ...

    def add(self, kind: str, /, **fields: Any) -> Any: ...
    def add_all(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]: ...
    def rows(
        self, kind: str, since: dt.date | None = None, until: dt.date | None = None, /, **equal: Any
    ) -> Sequence[Any]: ...
    def change(self, kind: str, id: str, /, **fields: Any) -> Changed: ...
    def delete(self, kind: str, id: str) -> Changed: ...
    def take_back(self, change: str) -> Any: ...
    def find(self, kind: str, id: str) -> Any: ...
    def remove(self, kind: str, id: str) -> bool: ...
    def remove_all(self, kind: str, /, **equal: Any) -> int: ...

    def add_note(self, text: str) -> Note: ...
    def search_notes(self, query: str, limit: int = 20) -> Sequence[Note]: ...
    def add_task(self, title: str, due: dt.date | None = None) -> Task: ...
    def list_tasks(self, status: TaskStatus = "open") -> Sequence[Task]: ...
    def find_tasks(self, title: str) -> Sequence[Task]: ...
    def complete_task(self, id: str) -> Task: ...
    def reopen_task(self, id: str) -> Task: ...
    def add_reminder(self, text: str, at: dt.datetime) -> Reminder: ...
    def list_reminders(self, pending_only: bool = True) -> Sequence[Reminder]: ...
    def add_expense(
        self, amount: Decimal, category: str, description: str | None = None, date: dt.date | None = None
    ) -> Expense: ...
    def list_expenses(
        self, start: dt.date, end: dt.date, category: str | None = None
    ) -> Sequence[Expense]: ...
