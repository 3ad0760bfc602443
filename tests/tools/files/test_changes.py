"""Replacements and their differences, by laws: what is shown is what changes, and taking back undoes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.files.changes import MOST_LINES, difference, replace, take_back

LINES = st.lists(st.text("ab \r", max_size=4), max_size=12).map("\n".join)


@given(LINES, st.text("ab\n", min_size=1, max_size=3), st.text("abc\n", max_size=3))
def test_what_was_replaced_can_be_taken_back(text: str, old: str, new: str):
    """Every place is changed, and undoing gives the very same text."""
    try:
        made = replace(text, old, new, "f")
    except ToolRetry:
        return
    assert made.after == made.before.replace(made.old, made.new)
    assert take_back(made.after, made.old, made.new, list(made.places)) == text


@given(LINES, LINES)
def test_a_difference_tells_all(before: str, after: str):
    """It is empty only for equal texts, and its lines give the number of lines that came and went."""
    shown = difference(before, after)
    same = before.replace("\r\n", "\n") == after.replace("\r\n", "\n")
    assert same or bool(shown)
    added = sum(line.startswith("+") for line in shown.split("\n"))
    gone = sum(line.startswith("-") for line in shown.split("\n"))
    count = [len(text.split("\n")) if text else 0 for text in (before, after)]
    assert added - gone == count[1] - count[0]


def test_long_differences_end_with_a_mark_of_the_rest():
    """Two that differ only far behind do not look the same."""
    many = [f"line {number}" for number in range(MOST_LINES * 2)]
    one, other = (difference("", "\n".join([*many, last])) for last in ("x", "y"))
    assert one.count("\n") == other.count("\n") == MOST_LINES
    assert one != other


def test_taking_back_sees_that_the_words_have_moved():
    """Then nothing is given back."""
    assert take_back("a bar b", "foo", "bar", [1]) is None
    assert take_back("barbar", "foo", "bar", [0, 2]) is None
    assert take_back("barbar", "foo", "bar", [0, 3]) == "foofoo"


def test_an_empty_text_has_no_words_to_replace():
    """The hint does not fail for want of a line."""
    with pytest.raises(ToolRetry, match="Read the file first"):
        replace("", "x", "y", "f")
