"""Reminders fire once, whoever looks first."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homewit.memory import Firing, RecordBook, Reminder, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(path: Path, clock: Clock):
    with Store.open(path, clock=clock) as store:
        yield store.records


def daily(reminder: Reminder, now: datetime) -> tuple[datetime | None, int, str]:
    """Every day at the same hour."""
    at, missed = reminder.at + timedelta(days=1), 0
    while at <= now:
        at, missed = at + timedelta(days=1), missed + 1
    return at, missed, "FREQ=DAILY;BYHOUR=12"


def texts(firings: list[Firing]) -> list[str]:
    return [firing.text for firing in firings]


def test_what_is_due_is_handed_out_once(book: RecordBook, clock: Clock):
    """The earliest first; what is to come waits."""
    book.add_reminder("tea", NOON)
    book.add_reminder("call", NOON - timedelta(minutes=5))
    book.add_reminder("later", NOON + timedelta(hours=1))
    assert texts(book.claim_due(daily)) == ["call", "tea"]
    assert book.claim_due(daily) == []
    assert book.next_reminder() == NOON + timedelta(hours=1)
    clock.now += timedelta(hours=1)
    assert "later" in texts(book.claim_due(daily))
    assert book.next_reminder() is None


def test_a_claim_that_nobody_showed_is_handed_out_again(book: RecordBook, clock: Clock):
    """A process that dies between taking a reminder and showing it loses nothing."""
    book.add_reminder("tea", NOON)
    (firing,) = book.claim_due(daily)
    clock.now += timedelta(minutes=2)
    (again,) = book.claim_due(daily)
    assert (again.id, again.shown) == (firing.id, None)
    book.mark_shown(again.id)
    clock.now += timedelta(minutes=2)
    assert book.claim_due(daily) == []
    assert texts(book.rows("firing")) == ["tea"]


def test_a_repeating_reminder_moves_on(book: RecordBook, clock: Clock):
    """Times that passed while nothing ran are one firing that counts them."""
    reminder = book.add("reminder", None, text="pills", at=NOON, repeats="FREQ=DAILY")
    clock.now += timedelta(days=3, minutes=1)
    (firing,) = book.claim_due(daily)
    assert (firing.text, firing.due.astimezone(UTC), firing.missed) == ("pills", NOON, 3)
    book.mark_shown(firing.id)
    after = book.find("reminder", reminder.id)
    assert (after.at.astimezone(UTC), after.fired) == (NOON + timedelta(days=4), False)
    assert after.repeats == "FREQ=DAILY;BYHOUR=12"


def test_of_many_that_look_one_gets_it(path: Path, clock: Clock):
    """Eight connections at the same moment: one firing in all."""
    with Store.open(path, clock=clock) as store:
        store.records.add_reminder("tea", NOON)
    start, found = threading.Barrier(8), []

    def look() -> None:
        with Store.open(path, clock=clock) as store:
            start.wait()
            found.extend(store.records.claim_due(daily))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts(found) == ["tea"]
