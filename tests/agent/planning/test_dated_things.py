"""Things with a time, of which nothing says what to do with them."""

import pytest

from homewit.agent.planning.dated_things import dated_thing


@pytest.mark.parametrize(
    ("request_text", "thing", "when"),
    [
        ("dentist tomorrow at 3", "dentist", "tomorrow at 3"),
        ("Lunch with Anna friday!", "Lunch with Anna", "friday"),
        ("meeting at 5", "meeting", "at 5"),
        ("mom's birthday saturday", "mom's birthday", "saturday"),
    ],
)
def test_a_thing_and_its_time_are_told_apart(request_text: str, thing: str, when: str):
    assert dated_thing(request_text) == (thing, when)


@pytest.mark.parametrize(
    "request_text",
    [
        "friday",
        "dentist",
        "i am tired today",
        "is it cold tomorrow",
        "lunch friday?",
        "nice weather today",
        "rent last month",
        "delete the mail of today",
        "trash every thursday",
        "see you tomorrow",
    ],
)
def test_what_is_more_or_less_than_that_is_none(request_text: str):
    """A time or a thing alone, what is told or asked for, what is over, and what comes again."""
    assert dated_thing(request_text) is None
