"""The user's records without a database, for tests of tools that keep some."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from ..records import ROWS, Changed, Expense, Note, Reminder, Task, TaskStatus
from .clock import FAKE_NOW

_SPANS = {"event": ("first", "last", "first"), "expense": ("date", "date", ""), "reminder": ("", "", "at")}


class MemoryRecords:
    """Records of every kind without a database; keeps the `Records` protocol."""

    def __init__(self, now: Callable[[], dt.datetime] = lambda: FAKE_NOW) -> None:
        self._now = now
        self._rows: dict[str, dict[str, Any]] = {kind: {} for kind in ROWS}
        self._changes: dict[str, tuple[str, str, Any, Any]] = {}
        self._count = 0

    def by_strangers(self) -> "MemoryRecords":
        return self

    def add(self, kind: str, /, **values: Any) -> Any:
        self._count += 1
        given: dict[str, Any] = {"id": f"{kind[0]}_{self._count}", **values}
        names = [field.name for field in fields(ROWS[kind])]
        missing = {"created": self._now(), "done": False, "fired": False, "origin": "unknown", "tags": ()}
        row = ROWS[kind](**{name: given.get(name, missing.get(name)) for name in names})
        self._rows[kind][row.id] = row
        return row

    def add_all(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        return [self.add(kind, **row) for row in rows]

    def rows(
        self, kind: str, since: dt.date | None = None, until: dt.date | None = None, /, **equal: Any
    ) -> list[Any]:
        first, last, order = _SPANS.get(kind, ("", "", ""))
        found = [
            row
            for row in self._rows[kind].values()
            if all(getattr(row, name) == value for name, value in equal.items())
            and not (since and first and (end := getattr(row, last)) is not None and end < since)
            and not (until and first and getattr(row, first) > until)
        ]
        return sorted(found, key=lambda row: getattr(row, order)) if order else found

    def change(self, kind: str, id: str, /, **values: Any) -> Changed:
        before = self._rows[kind][id]
        row = self._rows[kind][id] = replace(before, **values)
        return Changed(row, self._remember(kind, id, before, row))

    def delete(self, kind: str, id: str) -> Changed:
        before = self._rows[kind].pop(id)
        return Changed(before, self._remember(kind, id, before, None))

    def take_back(self, change: str) -> Any:
        kind, id, before, after = self._changes.get(change, ("note", "", None, None))
        if before is None or self._rows[kind].get(id) != after:
            return None
        del self._changes[change]
        self._rows[kind][id] = before
        return before

    def find(self, kind: str, id: str) -> Any:
        return self._rows[kind].get(id)

    def remove(self, kind: str, id: str) -> bool:
        return self._rows[kind].pop(id, None) is not None

    def remove_all(self, kind: str, /, **equal: Any) -> int:
        return sum(self.remove(kind, row.id) for row in self.rows(kind, **equal))

    def add_note(self, text: str) -> Note:
        return self.add("note", text=text)

    def search_notes(self, query: str, limit: int = 20) -> list[Note]:
        words = query.lower().split()
        notes: list[Note] = self.rows("note")
        return [note for note in reversed(notes) if all(word in note.text.lower() for word in words)][:limit]

    def add_task(self, title: str, due: dt.date | None = None) -> Task:
        return self.add("task", title=title, due=due)

    def list_tasks(self, status: TaskStatus = "open") -> list[Task]:
        tasks: list[Task] = self.rows("task")
        return [task for task in tasks if status == "all" or task.done == (status == "done")]

    def find_tasks(self, title: str) -> list[Task]:
        return [task for task in self.list_tasks("open") if title.lower() in task.title.lower()]

    def complete_task(self, id: str) -> Task:
        return self.change("task", id, done=True).row

    def reopen_task(self, id: str) -> Task:
        return self.change("task", id, done=False).row

    def add_reminder(self, text: str, at: dt.datetime) -> Reminder:
        return self.add("reminder", text=text, at=at)

    def list_reminders(self, pending_only: bool = True) -> list[Reminder]:
        return [one for one in self.rows("reminder") if not (pending_only and one.fired)]

    def add_expense(
        self, amount: Decimal, category: str, description: str | None = None, date: dt.date | None = None
    ) -> Expense:
        day = date or self._now().date()
        return self.add("expense", amount=amount, category=category, description=description, date=day)

    def list_expenses(self, start: dt.date, end: dt.date, category: str | None = None) -> list[Expense]:
        equal = {} if category is None else {"category": category}
        return self.rows("expense", start, end, **equal)

    def _remember(self, kind: str, id: str, before: Any, after: Any) -> str:
        change = f"h_{len(self._changes) + 1}"
        self._changes[change] = (kind, id, before, after)
        return change
