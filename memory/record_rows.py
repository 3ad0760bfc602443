"""What each kind of record looks like to callers, and in which table it lies.

Adding a kind: a table in `record_schema`, a class here, an entry in `KINDS`. Amounts are exact decimals, days
are calendar days, moments have a time zone. Knows nothing of transactions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Table
from sqlalchemy.engine import RowMapping

from .record_schema import (
    budgets,
    calendar_events,
    collections,
    contacts,
    expenses,
    firings,
    imports,
    notes,
    reminders,
    tasks,
)

Origins = tuple[Mapping[str, Any], ...] | None
"""Where the words of a record came from, as whoever added it said; kept, and not read here."""
ItemState = Literal["new", "changed", "removed", "kept"]


@dataclass(frozen=True, slots=True)
class Note:
    """A text to keep, with the tags it was given."""

    id: str
    text: str
    created: datetime
    origins: Origins = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, perhaps by a day; `repeats` is a rule of RFC 5545."""

    id: str
    title: str
    due: Date | None
    done: bool
    created: datetime
    origins: Origins = None
    priority: str | None = None
    project: str | None = None
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A text to show at a moment; ``at`` is in this computer's time zone, because a person reads it."""

    id: str
    text: str
    at: datetime
    fired: bool
    origins: Origins = None
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that a reminder came due. ``missed`` counts earlier times that nobody was there for."""

    id: str
    reminder: str
    text: str
    due: datetime
    missed: int
    shown: datetime | None
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Expense:
    """Money spent, in the user's own currency unless ``currency`` says another; negative when received."""

    id: str
    amount: Decimal
    category: str
    description: str | None
    date: Date
    origins: Origins = None
    currency: str | None = None
    account: str | None = None
    batch: str | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on a category in ``month`` (YYYY-MM), or in every month without one of its own."""

    id: str
    category: str
    month: str | None
    amount: Decimal
    currency: str | None
    created: datetime
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Import:
    """A file that was read in; its records name it as their batch."""

    id: str
    kind: str
    name: str
    count: int
    created: datetime
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A calendar entry as iCalendar text; ``last`` is None when it repeats for ever."""

    id: str
    uid: str
    collection: str
    summary: str
    content: str
    first: Date
    last: Date | None
    state: ItemState
    href: str | None
    etag: str | None
    batch: str | None
    created: datetime
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as vCard text; ``words`` is what is searched."""

    id: str
    uid: str
    collection: str
    name: str
    content: str
    words: str
    state: ItemState
    href: str | None
    etag: str | None
    batch: str | None
    created: datetime
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar or an address book on a server, as it was when it was last looked at."""

    id: str
    account: str
    kind: Literal["calendar", "contacts"]
    url: str
    name: str
    writable: bool
    token: str | None
    tag: str | None
    looked: datetime | None
    created: datetime
    origins: Origins = None


Row = Note | Task | Reminder | Firing | Expense | Budget | Import | CalendarEvent | Contact | Collection


@dataclass(frozen=True, slots=True)
class Kind:
    """How records of one kind are stored.

    ``since`` and ``until`` are the columns that a span of days is held against, ``order`` is that of lists,
    and ``read`` what a column holds for callers where that is more than its value.
    """

    name: str
    prefix: str
    table: Table
    row: Callable[..., Row]
    order: tuple[ColumnElement, ...] = ()
    since: str | None = None
    until: str | None = None
    read: Mapping[str, Callable[[RowMapping], Any]] = field(default_factory=dict)

    def to_row(self, stored: RowMapping) -> Row:
        """The typed row of what is in the table."""
        names = [name for name in self.row.__dataclass_fields__ if name != "origins"]  # type: ignore[attr-defined]
        values = {name: self.read[name](stored) if name in self.read else stored[name] for name in names}
        origins = stored["origins"]
        return self.row(**values, origins=None if origins is None else tuple(origins))


KINDS = {
    kind.name: kind
    for kind in (
        Kind("note", "n", notes, Note, read={"tags": lambda row: tuple(row["tags"] or ())}),
        Kind(
            "task",
            "k",
            tasks,
            Task,
            order=(tasks.c.due.is_(None), tasks.c.due),
            read={"done": lambda row: row["completed"] is not None},
        ),
        Kind(
            "reminder",
            "m",
            reminders,
            Reminder,
            order=(reminders.c.at,),
            read={"at": lambda row: row["at"].astimezone(), "fired": lambda row: row["fired"] is not None},
        ),
        Kind("firing", "g", firings, Firing, read={"due": lambda row: row["due"].astimezone()}),
        Kind("expense", "x", expenses, Expense, order=(expenses.c.date,), since="date", until="date"),
        Kind("budget", "b", budgets, Budget, order=(budgets.c.category,)),
        Kind("import", "i", imports, Import),
        Kind(
            "event",
            "e",
            calendar_events,
            CalendarEvent,
            order=(calendar_events.c.first,),
            since="last",
            until="first",
        ),
        Kind("contact", "c", contacts, Contact, order=(contacts.c.name,)),
        Kind(
            "collection",
            "v",
            collections,
            Collection,
            order=(collections.c.name,),
            read={"writable": lambda row: bool(row["writable"])},
        ),
    )
}
