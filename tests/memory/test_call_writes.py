"""All that one tool call did to the records is undone, or nothing of it."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.memory import CallOver, InvalidRecord, NotFound, RecordBook, Store
from homewit.memory.entries import Intended, Settled
from homewit.memory.record_rows import KINDS
from homewit.memory.record_schema import call_writes

USER = ({"kind": "user"},)


def everything(store: Store) -> dict[str, list[Any]]:
    """Every record as the database holds it, and what the search finds."""
    with store.read() as connection:
        rows = {
            name: connection.exec_driver_sql(f"SELECT * FROM {kind.table.name} ORDER BY number").all()
            for name, kind in KINDS.items()
        }
    return rows | {"found": store.records.search_notes("one")}


def notes_of_calls(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(call_writes.select()).all())


def prepared(store: Store) -> None:
    """Some records of the user, one of each of some kinds, and a change that can be taken back."""
    book = store.records
    book.add_note("one note", USER)
    book.add("note", USER, text="two", tags=["b"])
    book.add_task("one task", date(2026, 3, 1))
    done = book.add_task("one task done")
    book.complete_task(done.id)
    book.add_reminder("one", datetime(2026, 3, 1, tzinfo=UTC))
    book.add_expense(Decimal("1.50"), "food", "one", date(2026, 3, 1))


def do(book: RecordBook, change: str, which: int, changes: list[str]) -> None:
    """One change of the kinds that tools make, on whatever is there."""
    notes, tasks = book.rows("note"), book.list_tasks("all")
    match change:
        case "add":
            book.add("note", USER, text=f"one more {which}", tags=["c"])
        case "add many":
            rows = [{"amount": Decimal(n + 1), "category": "x", "date": date(2026, 3, 2)} for n in range(3)]
            book.add_all("expense", [row | {"batch": "i_1"} for row in rows], USER)
        case "edit" if notes:
            note = notes[which % len(notes)]
            changes.append(book.change("note", note.id, None, text=f"edited {which}", tags=[])[1])
        case "delete" if notes:
            changes.append(book.delete("note", notes[which % len(notes)].id)[1])
        case "take back" if changes:
            book.take_back(changes.pop(which % len(changes)))
        case "complete" if tasks:
            book.complete_task(tasks[which % len(tasks)].id)
        case "reopen" if tasks:
            book.reopen_task(tasks[which % len(tasks)].id)
        case "remove" if notes:
            book.remove("note", notes[which % len(notes)].id)
        case "remove many":
            book.remove_all("expense", batch="i_1")


CHANGES = st.sampled_from(
    ["add", "add many", "edit", "delete", "take back", "complete", "reopen", "remove", "remove many"]
)


@given(st.lists(st.tuples(CHANGES, st.integers(0, 9)), max_size=8))
def test_whatever_a_call_did_is_undone_to_the_byte(done: list[tuple[str, int]]):
    """Any changes in any order, by hand before the call, in it, and by the process that died."""
    with Store.open(":memory:") as store:
        prepared(store)
        before = everything(store)
        call, changes = store.records.in_call("key"), []
        for change, which in done:
            do(call, change, which, changes)
        assert call.has_written == (notes_of_calls(store) > 0)
        if everything(store) != before:
            assert call.has_written
        noted = notes_of_calls(store)
        assert store.records.in_call("key").undo_call() == noted  # as after a crash
        assert (everything(store), notes_of_calls(store)) == (before, 0)
        assert store.check() == []


def test_control_outside_of_a_call_nothing_is_noted(store: Store):
    """What a person does in the same words stays."""
    store.records.add_note("mine")
    assert store.records.in_call("key").undo_call() == 0
    assert [note.text for note in store.records.rows("note")] == ["mine"]


def test_what_was_changed_since_is_left_with_all_else(store: Store):
    """Half of a call is not undone, and nothing that came later is lost."""
    call = store.records.in_call("key")
    first, second = call.add_note("first"), call.add_note("second")
    store.records.change("note", first.id, USER, text="first, by hand")
    assert store.records.in_call("key").undo_call() is None
    assert store.records.find("note", second.id) == second
    assert store.records.find("note", first.id).text == "first, by hand"


def test_calls_are_told_apart(store: Store):
    """Undoing one leaves the other's records, and the other can still be undone."""
    one, other = store.records.in_call("one"), store.records.in_call("other")
    one.add_note("of one")
    kept = other.add_note("of the other")
    assert one.undo_call() == 1
    assert store.records.rows("note") == [kept]
    assert other.undo_call() == 1
    assert store.records.rows("note") == []


@pytest.mark.parametrize("end", [RecordBook.end_call, RecordBook.undo_call])
def test_a_call_that_is_over_changes_nothing(store: Store, end: Any):
    """A thread that it left behind finds the door closed."""
    call = store.records.in_call("key")
    end(call)
    with pytest.raises(CallOver):
        call.add_note("late")
    with pytest.raises(CallOver):
        call.remove_all("note", text="x")
    assert store.records.rows("note") == []


def test_a_thread_that_writes_on_is_undone_or_stopped(path: Path):
    """However the threads meet, the records are as before, and each write was undone or refused."""
    with Store.open(path) as store:
        call, stopped = store.records.in_call("key"), threading.Event()

        def write() -> None:
            try:
                while True:
                    call.add_note("again")
            except CallOver:
                stopped.set()

        thread = threading.Thread(target=write)
        thread.start()
        while not call.has_written:
            pass
        assert call.undo_call() >= 1
        thread.join(300)
        assert stopped.is_set()
        assert (store.records.rows("note"), notes_of_calls(store)) == ([], 0)


def test_what_a_failed_write_left_is_nothing(store: Store):
    """A write that is refused is not noted."""
    call = store.records.in_call("key")
    with pytest.raises(InvalidRecord):
        call.add_note(" ")
    with pytest.raises(NotFound):
        call.change("note", "n_1", USER, text="x")
    assert not call.has_written
    assert notes_of_calls(store) == 0


@pytest.mark.parametrize(("state", "left"), [("done", 0), ("failed", 0), ("unknown", 1)])
def test_notes_of_a_call_go_with_its_outcome(store: Store, state: Any, left: int):
    """Once its end is known, no copy of the words stays; while nobody knows, it can still be undone."""
    run = store.create_run(None, "go").id
    store.write_down(run, [Intended("s1", "add_note", {}, "key")])
    store.records.in_call("key").add_note("secret words")
    store.write_down(run, [Settled("s1", state)])
    assert notes_of_calls(store) == left
    assert [note.text for note in store.records.rows("note")] == ["secret words"]


def test_an_intent_and_its_outcome_may_come_at_once(store: Store):
    """As when a burst of entries is written in one transaction."""
    run = store.create_run(None, "go").id
    store.records.in_call("key").add_note("x")
    store.write_down(run, [Intended("s1", "add_note", {}, "key"), Settled("s1", "done")])
    assert notes_of_calls(store) == 0
