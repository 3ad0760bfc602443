"""A request that leaves out what the one before it said."""

import pytest

from homewit.agent.model import Exchange
from homewit.agent.planning.follow_ups import in_full


def full(*requests: str) -> str | None:
    """The last one in full, behind the others."""
    return in_full(requests[-1], [Exchange(one, "an answer") for one in requests[:-1]])


@pytest.mark.parametrize(
    ("before", "request_text", "meant"),
    [
        ("how much is 50 dollars in euros?", "and in pounds?", "how much is 50 dollars in pounds"),
        ("what time is it in tokyo", "and in new york", "what time is it in new york"),
        ("whats on my calendar tomorrow", "and on friday", "whats on my calendar on friday"),
        ("what is planned today at noon", "what about tomorrow?", "what is planned tomorrow"),
        ("how much did i spend on rent this month", "and on food", "how much did i spend on food this month"),
        ("show my calendar", "and next week", "show my calendar next week"),
        ("how many km is 12 miles", "and 20", "how many km is 20 miles"),
        ("convert 5 miles to km", "ok and to metres", "convert 5 miles to metres"),
    ],
)
def test_what_it_names_takes_the_place_of_what_was_named(before: str, request_text: str, meant: str):
    """A time that of the time, a thing that of the one behind the same preposition, a number the only one."""
    assert full(before, request_text) == meant


def test_each_goes_on_from_the_one_before():
    """However many leave something out."""
    asked = ["what time is it in tokyo", "and in oslo", "what about in lima"]
    assert full(*asked) == "what time is it in lima"


@pytest.mark.parametrize(
    ("before", "request_text"),
    [
        ("show my tasks", "and show my notes"),
        ("hi", "and you?"),
        ("what is 3 + 4", "and 5"),
        ("what time is it", "in tokyo"),
        ("note that we met in rome", "and with a very long list of things in it"),
        ("add milk to my tasks", "and in euros"),
    ],
)
def test_what_stands_alone_or_fits_nowhere_is_left(before: str, request_text: str):
    """A request of its own, more than one place for it, none, or words that nobody leads over with."""
    assert full(before, request_text) is None


def test_nothing_follows_on_nothing():
    """The first request of a session is what it is."""
    assert full("and in pounds") is None
