"""What a person keeps with Homewit: notes, tasks, reminders, expenses, budgets, calendar events and contacts.

`RecordBook` is what the personal tools work on, through the agent, which adds where the words came from; it
imports nothing of them. Every kind can be added, listed, changed and deleted in the same way; what needs more
than that has a method of its own. Changes and deletions can be taken back; all that one tool call did can be
undone.
"""

from collections.abc import Mapping, Sequence
from datetime import date as Date
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Literal, cast

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from . import recall, record_changes
from .call_writes import CallWrites, OpenCall
from .errors import InvalidRecord
from .record_rows import KINDS, Expense, Kind, Note, Origins, Reminder, Row, Task
from .record_schema import notes, tasks
from .reminding import ReminderBook
from .rows import pieces, the_row
from .task_titles import meant
from .transactions import Transactions, new_id

TaskStatus = Literal["open", "done", "all"]
_FILLED = {"note": "text", "task": "title", "reminder": "text", "expense": "category"}


class RecordBook(CallWrites, ReminderBook):
    """Reads and writes records through a store's transactions. May be called from any thread."""

    def __init__(self, store: Transactions, call: OpenCall | None = None) -> None:
        self._store = store
        self._call = call

    def in_call(self, key: str) -> "RecordBook":
        """The same records for one tool call, which the ledger knows by ``key``."""
        return RecordBook(self._store, OpenCall(key))

    # -- any kind ----------------------------------------------------------------------------------------

    def add(self, kind: str, origins: Origins = None, /, **fields: Any) -> Row:
        """Keeps one record. Raises InvalidRecord."""
        return self.add_all(kind, [fields], origins)[0]

    def add_all(self, kind: str, rows: Sequence[Mapping[str, Any]], origins: Origins = None) -> list[Row]:
        """Keeps all or none, in one transaction. Raises InvalidRecord."""
        what = _kind(kind)
        values = [_checked(what, row) | {"id": new_id(what.prefix), "origins": origins} for row in rows]
        with self._write() as connection, self._noted(connection, what, [row["id"] for row in values]):
            return _inserted(connection, what, values, self._store.now())

    def rows(
        self, kind: str, since: Date | None = None, until: Date | None = None, /, **equal: Any
    ) -> list[Row]:
        """Records whose fields are ``equal``, in a span of days where they have one, in order."""
        what = _kind(kind)
        wanted = select(what.table).order_by(*what.order, what.table.c.number)
        for name, value in equal.items():
            column = _column(what, name)
            wanted = wanted.where(column.is_(None) if value is None else column == value)
        if since is not None and what.since:
            column = _column(what, what.since)
            wanted = wanted.where(or_(column >= since, column.is_(None)))
        if until is not None and what.until:
            wanted = wanted.where(_column(what, what.until) <= until)
        with self._store.read() as connection:
            return [what.to_row(row) for row in connection.execute(wanted).mappings()]

    def find(self, kind: str, id: str) -> Any:
        """The record of a kind with this id as it is now; None when there is none. Raises InvalidRecord."""
        what = _kind(kind)
        with self._store.read() as connection:
            row = connection.execute(select(what.table).where(what.table.c.id == id)).mappings().first()
        return None if row is None else what.to_row(row)

    def change(self, kind: str, id: str, origins: Origins = None, /, **fields: Any) -> tuple[Row, str]:
        """The record with new ``fields`` and origins, and the id under which `take_back` knows the change.

        Raises NotFound and InvalidRecord.
        """
        what = _kind(kind)
        values = _checked(what, fields) | {"origins": origins}
        with self._write() as connection, self._noted(connection, what, [id]):
            change = record_changes.change(connection, kind, what.table, id, values, self._store.now())
            return _row(connection, what, id), change

    def delete(self, kind: str, id: str) -> tuple[Row, str]:
        """The record that is gone now, and the id under which `take_back` brings it back. Raises NotFound."""
        what = _kind(kind)
        with self._write() as connection, self._noted(connection, what, [id]):
            row = _row(connection, what, id)
            return row, record_changes.remove(connection, kind, what.table, id, self._store.now())

    def take_back(self, change: str) -> Row | None:
        """The record as it was before a change or deletion; None when it was changed again since."""
        with self._write() as connection:
            changed = record_changes.concerned(connection, change)
            if changed is None:
                return None
            what = KINDS[changed.kind]
            with self._noted(connection, what, [changed.record]):
                back = record_changes.take_back(connection, what.table, change)
            return _row(connection, what, changed.record) if back else None

    def remove(self, kind: str, id: str) -> bool:
        """Undoes an add, for good; False if it was gone."""
        return self.remove_all(kind, id=id) > 0

    def remove_all(self, kind: str, /, **equal: Any) -> int:
        """Undoes the adds of records whose fields are ``equal``, such as those of one import; how many."""
        what = _kind(kind)
        if not equal:
            raise InvalidRecord("Say which records to remove; all of them is not meant.")
        matching = and_(*(_column(what, name) == value for name, value in equal.items()))
        with self._write() as connection:
            ids = connection.execute(select(what.table.c.id).where(matching)).scalars().all()
            with self._noted(connection, what, ids):
                return connection.execute(delete(what.table).where(matching)).rowcount

    # -- notes and tasks ---------------------------------------------------------------------------------

    def add_note(self, text: str, origins: Origins = None) -> Note:
        return cast(Note, self.add("note", origins, text=text))

    def search_notes(self, query: str, limit: int = 20) -> list[Note]:
        """Notes that hold the words of ``query``, best first; the newest ones when it has no words."""
        read = KINDS["note"].to_row
        with self._store.read() as connection:
            if not query.strip():
                newest = select(notes).order_by(notes.c.number.desc()).limit(limit)
                return [cast(Note, read(row)) for row in connection.execute(newest).mappings()]
            return [cast(Note, read(row)) for row in recall.notes(connection, query, limit)]

    def add_task(self, title: str, due: Date | None = None, origins: Origins = None) -> Task:
        return cast(Task, self.add("task", origins, title=title, due=due))

    def list_tasks(self, status: TaskStatus = "open") -> list[Task]:
        """Tasks with a day first, the earliest on top, then the others as they were added."""
        found = cast(list[Task], self.rows("task"))
        return found if status == "all" else [task for task in found if task.done == (status == "done")]

    def find_tasks(self, title: str) -> list[Task]:
        """Open tasks that ``title`` may mean: the same words, else part of them, else a similar spelling."""
        return meant(title, self.list_tasks("open"))

    def complete_task(self, id: str) -> Task:
        """Raises NotFound; completing twice is harmless."""
        return self._set_completed(id, self._store.now())

    def reopen_task(self, id: str) -> Task:
        """The undo of `complete_task`. Raises NotFound."""
        return self._set_completed(id, None)

    # -- reminders and expenses --------------------------------------------------------------------------

    def add_reminder(self, text: str, at: datetime, origins: Origins = None) -> Reminder:
        """``at`` without a time zone is local time."""
        return cast(Reminder, self.add("reminder", origins, text=text, at=at))

    def list_reminders(self, pending_only: bool = True) -> list[Reminder]:
        """The earliest first."""
        found = cast(list[Reminder], self.rows("reminder"))
        return [one for one in found if not (pending_only and one.fired)]

    def add_expense(
        self,
        amount: Decimal,
        category: str,
        description: str | None = None,
        date: Date | None = None,
        origins: Origins = None,
    ) -> Expense:
        """``date`` is today by default; the amount is stored digit by digit. Raises InvalidRecord."""
        day = date or self._store.now().astimezone().date()
        fields = {"amount": amount, "category": category, "description": description, "date": day}
        return cast(Expense, self.add("expense", origins, **fields))

    def list_expenses(self, start: Date, end: Date, category: str | None = None) -> list[Expense]:
        """Expenses from ``start`` to ``end``, both days included, in the order of their days."""
        equal = {} if category is None else {"category": category.strip().lower()}
        return cast(list[Expense], self.rows("expense", start, end, **equal))

    def _set_completed(self, task: str, moment: datetime | None) -> Task:
        with self._write() as connection, self._noted(connection, KINDS["task"], [task]):
            connection.execute(update(tasks).where(tasks.c.id == task).values(completed=moment))
            return cast(Task, _row(connection, KINDS["task"], task))


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise InvalidRecord(f"There are no records of kind {name!r}; use one of {', '.join(KINDS)}.")
    return KINDS[name]


def _column(kind: Kind, name: str) -> Any:
    if name not in kind.table.c:
        raise InvalidRecord(f"A {kind.name} has no field {name!r}.")
    return kind.table.c[name]


def _row(connection: Connection, kind: Kind, record: str) -> Row:
    none = f"There is no {kind.name} {record}; it may have been removed."
    return kind.to_row(the_row(connection, kind.table, record, none))


def _inserted(connection: Connection, kind: Kind, rows: Sequence[dict[str, Any]], now: datetime) -> list[Row]:
    """New rows as they are stored, in their order; rows of the same fields go in one statement."""
    for _, alike in groupby(rows, key=lambda row: row.keys()):
        connection.execute(insert(kind.table), [row | {"created": now} for row in alike])
    found: dict[str, Row] = {}
    ids = [row["id"] for row in rows]
    for some in pieces(ids):
        stored = connection.execute(select(kind.table).where(kind.table.c.id.in_(some))).mappings()
        found |= {row["id"]: kind.to_row(row) for row in stored}
    return [found[id] for id in ids]


def _checked(kind: Kind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as they are stored: known ones, needed texts filled, amounts exact."""
    values = {name: value for name, value in fields.items() if _column(kind, name) is not None}
    main = _FILLED.get(kind.name)
    if main in values:
        values[main] = _filled(values[main], "category" if main == "category" else kind.name)
    if "amount" in values:
        values["amount"] = _exact(values["amount"])
    if "tags" in values:
        values["tags"] = list(values["tags"])
    if kind.name == "expense" and "category" in values:
        values["category"] = values["category"].lower()
    if kind.name == "expense" and "description" in values:
        values["description"] = (values["description"] or "").strip() or None
    return values


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
