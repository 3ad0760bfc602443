"""Notes, tasks, reminders and expenses: what a person keeps with Homewit, each removable again.

`RecordBook` is what the personal tools work on, through the agent, which adds where the words came from; it
imports nothing of them. Amounts are exact decimals, days are calendar days, moments have a time zone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Any, Literal

from sqlalchemy import Connection, Select, Table, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from . import recall, words
from .errors import InvalidRecord, NotFound
from .schema import expenses, notes, reminders, tasks
from .transactions import Transactions, new_id

TaskStatus = Literal["open", "done", "all"]
CLOSE_ENOUGH = 0.8
_KINDS = {"note": notes, "task": tasks, "reminder": reminders, "expense": expenses}
_SAYS_TASK = frozenset(words.fold(word) for word in ("task", "todo", "item"))


Origins = tuple[Mapping[str, Any], ...] | None
"""Where the words of a record came from, as whoever added it said; kept, and not read here."""


@dataclass(frozen=True, slots=True)
class Note:
    """A text to keep."""

    id: str
    text: str
    created: datetime
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, perhaps by a day."""

    id: str
    title: str
    due: Date | None
    done: bool
    created: datetime
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A text to show at a moment; ``at`` is in this computer's time zone, because a person reads it."""

    id: str
    text: str
    at: datetime
    fired: bool
    origins: Origins = None


@dataclass(frozen=True, slots=True)
class Expense:
    """Money spent, in the user's own currency."""

    id: str
    amount: Decimal
    category: str
    description: str | None
    date: Date
    origins: Origins = None


class RecordBook:
    """Reads and writes records through a store's transactions. May be called from any thread."""

    def __init__(self, store: Transactions) -> None:
        self._store = store

    def add_note(self, text: str, origins: Origins = None) -> Note:
        return _note(self._add("n", notes, {"text": _filled(text, "note")}, origins))

    def search_notes(self, query: str, limit: int = 20) -> list[Note]:
        """Notes that hold the words of ``query``, best first; the newest ones when it has no words."""
        with self._store.read() as connection:
            if not query.strip():
                newest = select(notes).order_by(notes.c.number.desc()).limit(limit)
                return [_note(row) for row in connection.execute(newest).mappings()]
            return [_note(row) for row in recall.notes(connection, query, limit)]

    def add_task(self, title: str, due: Date | None = None, origins: Origins = None) -> Task:
        return _task(self._add("k", tasks, {"title": _filled(title, "task"), "due": due}, origins))

    def list_tasks(self, status: TaskStatus = "open") -> list[Task]:
        """Tasks with a day first, the earliest on top, then the others as they were added."""
        wanted = select(tasks).order_by(tasks.c.due.is_(None), tasks.c.due, tasks.c.number)
        if status != "all":
            wanted = wanted.where(tasks.c.completed.is_(None) == (status == "open"))
        return [_task(row) for row in self._rows(wanted)]

    def find_tasks(self, title: str) -> list[Task]:
        """Open tasks that ``title`` may mean: the same words, else part of them, else a similar spelling."""
        return _meant(title, self.list_tasks("open"))

    def complete_task(self, id: str) -> Task:
        """Raises NotFound; completing twice is harmless."""
        return self._set_completed(id, self._store.now())

    def reopen_task(self, id: str) -> Task:
        """The undo of `complete_task`. Raises NotFound."""
        return self._set_completed(id, None)

    def add_reminder(self, text: str, at: datetime, origins: Origins = None) -> Reminder:
        """``at`` without a time zone is local time."""
        return _reminder(self._add("m", reminders, {"text": _filled(text, "reminder"), "at": at}, origins))

    def list_reminders(self, pending_only: bool = True) -> list[Reminder]:
        """The earliest first."""
        wanted = select(reminders).order_by(reminders.c.at, reminders.c.number)
        if pending_only:
            wanted = wanted.where(reminders.c.fired.is_(None))
        return [_reminder(row) for row in self._rows(wanted)]

    def mark_fired(self, id: str) -> Reminder:
        """Notes that a reminder was shown. Raises NotFound."""
        with self._store.write() as connection:
            change = update(reminders).where(reminders.c.id == id).values(fired=self._store.now())
            connection.execute(change)
            return _reminder(_row(connection, reminders, id))

    def add_expense(
        self,
        amount: Decimal,
        category: str,
        description: str | None = None,
        date: Date | None = None,
        origins: Origins = None,
    ) -> Expense:
        """``date`` is today by default; the amount is stored digit by digit. Raises InvalidRecord."""
        values = {
            "amount": _exact(amount),
            "category": _filled(category, "category").lower(),
            "description": (description or "").strip() or None,
            "date": date or self._store.now().astimezone().date(),
        }
        return _expense(self._add("x", expenses, values, origins))

    def list_expenses(self, start: Date, end: Date, category: str | None = None) -> list[Expense]:
        """Expenses from ``start`` to ``end``, both days included, in the order of their days."""
        wanted = select(expenses).where(expenses.c.date >= start, expenses.c.date <= end)
        if category is not None:
            wanted = wanted.where(expenses.c.category == category.strip().lower())
        return [_expense(row) for row in self._rows(wanted.order_by(expenses.c.date, expenses.c.number))]

    def find(self, kind: str, id: str) -> Note | Task | Reminder | Expense | None:
        """The record of a kind with this id as it is now; None when there is none. Raises InvalidRecord."""
        table = _table(kind)
        with self._store.read() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
        return None if row is None else _READERS[kind](row)

    def remove(self, kind: str, id: str) -> bool:
        """Undoes the add of a ``note``, ``task``, ``reminder`` or ``expense``; False if it was gone."""
        table = _table(kind)
        with self._store.write() as connection:
            return connection.execute(delete(table).where(table.c.id == id)).rowcount > 0

    def _add(self, kind: str, table: Table, values: dict[str, Any], origins: Origins) -> RowMapping:
        record = new_id(kind)
        more = {"id": record, "created": self._store.now(), "origins": origins}
        with self._store.write() as connection:
            connection.execute(insert(table).values(values | more))
            return _row(connection, table, record)

    def _rows(self, wanted: Select) -> Sequence[RowMapping]:
        with self._store.read() as connection:
            return connection.execute(wanted).mappings().all()

    def _set_completed(self, task: str, moment: datetime | None) -> Task:
        with self._store.write() as connection:
            connection.execute(update(tasks).where(tasks.c.id == task).values(completed=moment))
            return _task(_row(connection, tasks, task))


def _table(kind: str) -> Table:
    if kind not in _KINDS:
        raise InvalidRecord(f"There are no records of kind {kind!r}; use one of {', '.join(_KINDS)}.")
    return _KINDS[kind]


def _row(connection: Connection, table: Table, record: str) -> RowMapping:
    row = connection.execute(select(table).where(table.c.id == record)).mappings().first()
    if row is None:
        raise NotFound(f"There is no {table.name.removesuffix('s')} {record}; it may have been removed.")
    return row


def _note(row: RowMapping) -> Note:
    return Note(row["id"], row["text"], row["created"], _origins(row))


def _task(row: RowMapping) -> Task:
    done = row["completed"] is not None
    return Task(row["id"], row["title"], row["due"], done, row["created"], _origins(row))


def _reminder(row: RowMapping) -> Reminder:
    return Reminder(row["id"], row["text"], row["at"].astimezone(), row["fired"] is not None, _origins(row))


def _expense(row: RowMapping) -> Expense:
    plain = (row[name] for name in ("id", "amount", "category", "description", "date"))
    return Expense(*plain, origins=_origins(row))


def _origins(row: RowMapping) -> Origins:
    stored = row["origins"]
    return None if stored is None else tuple(stored)


_READERS: dict[str, Callable[[RowMapping], Note | Task | Reminder | Expense]] = {
    "note": _note,
    "task": _task,
    "reminder": _reminder,
    "expense": _expense,
}


def _filled(text: str, what: str) -> str:
    if not text.strip():
        raise InvalidRecord(f"A {what} needs some text; this one is empty.")
    return text.strip()


def _exact(amount: Decimal | float | str) -> Decimal:
    """The amount as written; a float means its shortest decimal form."""
    try:
        exact = Decimal(str(amount))
    except InvalidOperation as error:
        raise InvalidRecord(f"{amount!r} is not an amount of money; write it like 12.50.") from error
    if not exact.is_finite():
        raise InvalidRecord(f"{amount!r} is not an amount of money; write it like 12.50.")
    return exact


def _meant(title: str, among: list[Task]) -> list[Task]:
    asked = _title_words(title)
    if not asked:
        return []
    titles = [(task, _title_words(task.title)) for task in among]
    for fits in (
        lambda words_of: words_of == asked,
        lambda words_of: asked <= words_of,
        lambda words_of: bool(words_of) and words_of <= asked,
        lambda words_of: _similarity(asked, words_of) >= CLOSE_ENOUGH,
    ):
        if found := [task for task, words_of in titles if fits(words_of)]:
            return found
    return []


def _title_words(title: str) -> frozenset[str]:
    """Folded content words, without the word "task" itself unless there is nothing else."""
    terms = frozenset(words.content_terms(title)) or frozenset(map(words.fold, words.typed_words(title)))
    return terms - _SAYS_TASK or terms


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    return SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(other))).ratio()
