"""Notes, tasks, reminders and expenses."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from homewit.memory import Expense, InvalidRecord, Note, NotFound, RecordBook, Reminder, Store, Task
from homewit.tools.records import Records

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def book(path: Path):
    with Store.open(path, clock=lambda: NOW) as store:
        yield store.records


def test_the_book_has_what_the_tools_ask_for(book: RecordBook):
    """Every method of the protocol that tools are written against, but for whose words they are."""
    missing = [name for name in vars(Records) if not name.startswith("_") and not hasattr(book, name)]
    assert missing == ["by_strangers"], "the agent's to know"


def test_notes_are_found_by_their_words(book: RecordBook):
    """Notes match in any form of their words, best first; no words give the newest ones."""
    wifi = book.add_note("  The wifi password is hunter2\n")
    shop = book.add_note("Shopping: eggs, bread")
    assert wifi == Note(wifi.id, "The wifi password is hunter2", NOW)
    assert book.search_notes("wifi passwords") == [wifi]
    assert book.search_notes("what was the password for the wifi?") == [wifi]
    assert book.search_notes("egg") == [shop]
    assert book.search_notes("zebra") == []
    assert book.search_notes(" ") == [shop, wifi]
    assert book.search_notes("", limit=1) == [shop]


def test_tasks_are_listed_by_day_then_by_age(book: RecordBook):
    """Tasks with a day come first, the earliest on top."""
    milk = book.add_task("milk")
    rent = book.add_task("pay rent", date(2026, 4, 1))
    call = book.add_task("call Ana", date(2026, 3, 2))
    assert milk == Task(milk.id, "milk", None, False, NOW)
    assert book.list_tasks() == [call, rent, milk]
    done = book.complete_task(rent.id)
    assert done == Task(rent.id, "pay rent", date(2026, 4, 1), True, NOW)
    assert (book.list_tasks(), book.list_tasks("done")) == ([call, milk], [done])
    assert book.list_tasks("all") == [call, done, milk]
    assert book.complete_task(rent.id) == done
    assert book.reopen_task(rent.id) == rent
    assert book.list_tasks("done") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("buy milk", ["Buy milk"]),
        ("the milk task", ["Buy milk"]),
        ("milk", ["Buy milk"]),
        ("buying the milk!", ["Buy milk"]),
        ("buy oat milk", ["Buy milk"]),
        ("call", ["Call Ana", "call the plumber"]),
        ("calling ana", ["Call Ana"]),
        ("plumbr call", ["call the plumber"]),
        ("water the plants", []),
        ("old thing", []),
        ("task", []),
        ("to do it", ["Do it"]),
        ("", []),
    ],
)
def test_tasks_are_found_as_people_name_them(book: RecordBook, asked: str, found: list[str]):
    """Same words first, then a part of the title, then a slip of the keyboard; done tasks are not meant."""
    for title in ("Buy milk", "Call Ana", "call the plumber", "Do it"):
        book.add_task(title)
    book.complete_task(book.add_task("old thing").id)
    assert [task.title for task in book.find_tasks(asked)] == found


def test_reminders_wait_until_they_are_shown(book: RecordBook):
    """The earliest first; one that was shown is no longer pending. The moment is kept over time zones."""
    tokyo = timezone(timedelta(hours=9))
    late = book.add_reminder("late", datetime(2026, 3, 2, 9, tzinfo=UTC))
    early = book.add_reminder("early", datetime(2026, 3, 2, 9, tzinfo=tokyo))
    assert early == Reminder(early.id, "early", datetime(2026, 3, 2, 0, tzinfo=UTC), False)
    assert early.at.utcoffset() == early.at.astimezone().utcoffset()
    assert book.list_reminders() == [early, late]
    shown, _ = book.change("reminder", early.id, None, fired=datetime.now(UTC))
    assert shown == Reminder(early.id, "early", early.at, True)
    assert (book.list_reminders(), book.list_reminders(pending_only=False)) == ([late], [shown, late])


def test_a_moment_without_a_zone_is_local_time(book: RecordBook):
    """A naive datetime means the user's own clock."""
    naive = datetime(2026, 7, 1, 9)
    assert book.add_reminder("x", naive).at == naive.astimezone()


@pytest.mark.parametrize("amount", ["12.50", "0.1", "1E+2", "99999999999999999999.99", "-3.20", "0.000001"])
def test_amounts_are_exact(path: Path, amount: str):
    """What is stored comes back digit by digit, in this process and the next; a sum has no rounding."""
    with Store.open(path) as store:
        stored = store.records.add_expense(Decimal(amount), "food")
    with Store.open(path) as store:
        (read,) = store.records.list_expenses(stored.date, stored.date)
    assert read == stored
    assert (read.amount, read.amount * 3) == (Decimal(amount), Decimal(amount) * 3)
    assert "E" not in str(read.amount) or read.amount < Decimal("0.00001")


def test_expenses_are_listed_by_day_and_category(book: RecordBook):
    """Both ends of the period count; the category's case does not; today is the default day."""
    today = NOW.astimezone().date()
    lunch = book.add_expense(Decimal("12.50"), " Food ", " lunch ")
    bus = book.add_expense(2.4, "transport", "", date(2026, 2, 1))  # type: ignore[arg-type]
    assert lunch == Expense(lunch.id, Decimal("12.50"), "food", "lunch", today)
    assert bus == Expense(bus.id, Decimal("2.4"), "transport", None, date(2026, 2, 1))
    assert book.list_expenses(date(2026, 2, 1), today) == [bus, lunch]
    assert book.list_expenses(date(2026, 2, 1), today, "FOOD") == [lunch]
    assert book.list_expenses(date(2026, 2, 2), today - timedelta(days=1)) == []


def test_what_makes_no_sense_is_refused(book: RecordBook):
    """Empty texts and amounts that are no numbers raise InvalidRecord and store nothing."""
    for call in (
        lambda: book.add_note(" \n"),
        lambda: book.add_task(""),
        lambda: book.add_reminder("", NOW),
        lambda: book.add_expense(Decimal("1"), " "),
        lambda: book.add_expense(Decimal("NaN"), "food"),
        lambda: book.add_expense(Decimal("Infinity"), "food"),
        lambda: book.add_expense("twelve", "food"),  # type: ignore[arg-type]
        lambda: book.remove("fact", "f_1"),
    ):
        with pytest.raises(InvalidRecord):
            call()
    assert (book.search_notes(""), book.list_tasks("all")) == ([], [])


def test_a_record_is_found_by_its_id(book: RecordBook):
    """As it is now, or None; a kind that is none raises."""
    task = book.add_task("milk")
    done = book.complete_task(task.id)
    assert (book.find("task", task.id), book.find("task", "k_nope"), book.find("note", task.id)) == (
        done,
        None,
        None,
    )
    for record in (book.add_note("x"), book.add_reminder("x", NOW), book.add_expense(Decimal(1), "food")):
        assert book.find(type(record).__name__.lower(), record.id) == record
    with pytest.raises(InvalidRecord):
        book.find("fact", "f_1")


def test_records_keep_where_their_words_came_from(path: Path):
    """As it was given, over a restart; None where nobody said it."""
    page = ({"kind": "tool", "tool": "fetch_page"}, {"kind": "user"})
    with Store.open(path) as store:
        book = store.records
        book.add_note("x", page)
        book.add_task("x", None, page)
        book.add_reminder("x", NOW, page)
        book.add_expense(Decimal(1), "food", None, NOW.date(), page)
        book.add_note("unsaid")
    with Store.open(path) as store:
        book = store.records
        rows = [
            book.find_tasks("x")[0],
            book.list_reminders()[0],
            book.list_expenses(NOW.date(), NOW.date())[0],
        ]
        assert [row.origins for row in rows] == [page] * 3
        assert [note.origins for note in book.search_notes("")] == [None, page]


def test_everything_added_can_be_removed(book: RecordBook):
    """Undo deletes one record of its kind, once."""
    records = {
        "note": book.add_note("a note").id,
        "task": book.add_task("a task").id,
        "reminder": book.add_reminder("a reminder", NOW).id,
        "expense": book.add_expense(Decimal("1"), "food").id,
    }
    assert [book.remove(kind, id) for kind, id in records.items()] == [True] * 4
    assert [book.remove(kind, id) for kind, id in records.items()] == [False] * 4
    assert book.search_notes("note") == []
    for call in (book.complete_task, book.reopen_task):
        with pytest.raises(NotFound, match="x_1"):
            call("x_1")
