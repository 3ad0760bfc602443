"""The calls of one sentence share no words."""

import pytest

from homewit.llm.compact.form import Call, Reference
from homewit.llm.compact.parting import parted

READ = Call("read_file", {"path": "notes.txt"})


@pytest.mark.parametrize(
    ("copied", "meant"),
    [
        ("milk to my tasks and read notes.txt", "milk"),
        ("milk to my to-do list then read the file notes.txt", "milk"),
        ("the door is green, and show me notes.txt", "the door is green"),
        ("rock and roll and then read notes.txt", "rock and roll"),
        ("milk and read notes.txt and show notes.txt", "milk"),
        ("call Bob about the list", "call Bob about the list"),
        ("milk and notes.txt", "milk and notes.txt"),
        ("salt and pepper", "salt and pepper"),
    ],
)
def test_a_value_ends_where_the_next_call_begins(copied: str, meant: str):
    """Only where the words behind a joint are those of another call, and more than its value."""
    assert parted([Call("add_task", {"title": copied}), READ]) == [Call("add_task", {"title": meant}), READ]


def test_the_last_value_keeps_its_words():
    """Nothing stands behind it that could claim them."""
    last = Call("add_note", {"text": "eggs and read notes.txt"})
    assert parted([READ, last]) == [READ, last]


def test_a_call_that_is_said_twice_is_made_once():
    """References behind it still mean the result they meant; calls without arguments may come again."""
    sum_ = Call("calculate", {"expression": "1 + 1"})
    note = Call("add_note", {"text": Reference(3, "text")})
    tasks = Call("list_tasks", {})
    assert parted([sum_, sum_, READ, note]) == [sum_, READ, Call("add_note", {"text": Reference(2, "text")})]
    assert parted([tasks, tasks]) == [tasks, tasks]


def test_calls_that_differ_stay():
    """Two tasks, two sums."""
    two = [Call("add_task", {"title": "milk"}), Call("add_task", {"title": "eggs"})]
    assert parted(two) == two
