"""Days and moments of results in answers, told on Friday 20 November 2026 in Berlin."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from homewit.agent.answering.spoken import append, spoken, spoken_in

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-11-20T17:00:00+01:00", "today at 17:00"),
        ("2026-11-20T16:00:00Z", "today at 17:00"),
        ("2026-11-27T09:00", "Friday 27 November at 09:00"),
        ("2026-11-21", "tomorrow"),
        ("9999-12-31T23:59:59Z", "Friday 31 December 9999 at 23:59"),
        ("0001-01-01T00:00:00+10:00", "Monday 1 January 1 at 00:00"),
        ("2027-01-03", "Sunday 3 January 2027"),
        ("2026-02-30", None),
        ("2026-11", None),
        ("on 2026-11-21", None),
        ("17:00", None),
        (20261121, None),
        (None, None),
    ],
)
def test_what_is_a_day_or_a_moment(value: object, said: str | None):
    """Whole ISO values are put into words; everything else is left alone."""
    assert spoken(value, NOW) == said


@pytest.mark.parametrize(
    ("before", "value", "answer"),
    [
        ("I will remind you at ", "2026-11-20T17:00:00+01:00", "I will remind you today at 17:00"),
        (
            "I will remind you at ",
            "2026-11-27T09:00:00+01:00",
            "I will remind you on Friday 27 November at 09:00",
        ),
        ("Added rent to your tasks, due ", "2026-11-21", "Added rent to your tasks, due tomorrow"),
        ("It is 14:30 on ", "2026-11-20", "It is 14:30 on Friday 20 November 2026"),
        ("Look at ", "what", "Look at what"),
        ("That ", "2026-11-20", "That today"),
        ("Nothing: ", None, "Nothing: "),
    ],
)
def test_an_answer_grows_by_a_value(before: str, value: object, answer: str):
    """The preposition of the wording gives way to the one that the words take."""
    assert append(before, value, NOW) == answer


def test_every_moment_inside_a_result():
    """Nested lists and objects are searched, for what an answer may say."""
    data = {"at": "2026-11-21T08:00:00Z", "tasks": [{"due": "2026-11-20"}, {"due": None}], "count": 2}
    assert list(spoken_in(data, NOW)) == ["tomorrow at 09:00", "today"]
