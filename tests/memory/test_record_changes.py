"""Changing, deleting and taking back records of any kind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from homewit.memory import InvalidRecord, Note, NotFound, RecordBook, Store

USER = ({"kind": "user"},)


class Clock:
    """A clock that is set by hand."""

    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(path: Path, clock: Clock):
    with Store.open(path, clock=clock) as store:
        yield store.records


def test_a_change_is_taken_back_to_the_byte(book: RecordBook):
    """Fields and origins are again what they were, and the search follows."""
    note = book.add("note", USER, text="call Ana", tags=["people"])
    changed, change = book.change("note", note.id, None, text="call Bob", tags=[])
    assert (changed.text, changed.tags, changed.origins) == ("call Bob", (), None)
    assert book.search_notes("ana") == []
    assert book.take_back(change) == note
    assert book.search_notes("ana") == [note]
    assert book.take_back(change) is None


def test_a_deletion_is_taken_back_with_its_place(book: RecordBook):
    """The record keeps its id, its moment and its place among the others."""
    first = book.add("note", USER, text="first")
    second = book.add("note", USER, text="second")
    gone, change = book.delete("note", first.id)
    assert (gone, book.rows("note")) == (first, [second])
    assert book.take_back(change) == first
    assert book.rows("note") == [first, second]


def test_a_deletion_is_taken_back_after_its_place_was_taken(book: RecordBook):
    """The newest record is deleted and another one added: both are there in the end."""
    gone = book.add("note", USER, text="gone")
    _, change = book.delete("note", gone.id)
    newer = book.add("note", USER, text="newer")
    assert book.take_back(change) == gone
    assert book.rows("note") == [newer, gone]


def test_what_was_changed_again_is_not_taken_back(book: RecordBook):
    """The older of two changes stays: taking it back would lose the newer one."""
    note = book.add("note", USER, text="one")
    _, first = book.change("note", note.id, USER, text="two")
    _, second = book.change("note", note.id, USER, text="three")
    assert book.take_back(first) is None
    assert book.find("note", note.id).text == "three"
    back = book.take_back(second)
    assert isinstance(back, Note)
    assert back.text == "two"
    assert book.take_back(first) == note


def test_changes_are_kept_for_a_month(book: RecordBook, clock: Clock):
    """What was deleted longer ago is gone for good."""
    _, old = book.delete("note", book.add("note", USER, text="old").id)
    clock.now += timedelta(days=29)
    _, newer = book.delete("note", book.add("note", USER, text="newer").id)
    clock.now += timedelta(days=2)
    book.delete("note", book.add("note", USER, text="another").id)
    assert book.take_back(old) is None
    assert book.take_back(newer) is not None


def test_many_are_added_or_none(book: RecordBook):
    """A row that cannot be kept keeps the others out, too; a batch is removed as one."""
    rows = [
        {"amount": Decimal(n), "category": "food", "description": None, "date": date(2026, 3, n)}
        for n in (1, 2, 3)
    ]
    with pytest.raises(InvalidRecord, match="not an amount"):
        book.add_all("expense", [*rows, {**rows[0], "amount": Decimal("nan")}])
    assert book.rows("expense") == []
    book.add_all("expense", [row | {"batch": "i_1"} for row in rows])
    assert [row.amount for row in book.rows("expense", date(2026, 3, 2), date(2026, 3, 2))] == [2]
    assert book.remove_all("expense", batch="i_1") == 3


def test_events_are_found_by_the_days_on_which_they_may_happen(book: RecordBook):
    """One that repeats for ever is among those of any later day."""
    common = {"collection": "mine", "content": "", "state": "new"}
    once = book.add(
        "event", None, uid="1", summary="once", first=date(2026, 3, 3), last=date(2026, 3, 4), **common
    )
    ever = book.add("event", None, uid="2", summary="ever", first=date(2026, 3, 1), last=None, **common)
    assert book.rows("event", date(2026, 3, 4), date(2026, 3, 9)) == [ever, once]
    assert book.rows("event", date(2026, 4, 1), date(2026, 4, 1)) == [ever]
    assert book.rows("event", date(2026, 1, 1), date(2026, 2, 1)) == []


def test_what_is_not_there_is_said(book: RecordBook):
    """Unknown kinds, fields and ids, and removing everything by accident."""
    with pytest.raises(InvalidRecord, match="no records of kind 'poem'"):
        book.add("poem", None, text="x")
    with pytest.raises(InvalidRecord, match="A note has no field 'colour'"):
        book.add("note", None, colour="red")
    with pytest.raises(NotFound, match="no record n_1"):
        book.change("note", "n_1", None, text="x")
    with pytest.raises(NotFound, match="no note n_1"):
        book.delete("note", "n_1")
    with pytest.raises(InvalidRecord, match="Say which records"):
        book.remove_all("note")
