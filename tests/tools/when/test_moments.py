"""Days and moments as they are said on Friday 20 November 2026 at 14:30 in Berlin."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from homewit.tools.when.moments import calendar_day, day_words, full_day, lasting_day, moment_words, on_day
from homewit.tools.when.times import parse_moment

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=ZoneInfo("Europe/Berlin"))
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("days", "plain", "on", "lasting"),
    [
        (-1, "yesterday", "yesterday", "yesterday, 19 November"),
        (0, "today", "today", "today, 20 November"),
        (1, "tomorrow", "tomorrow", "tomorrow, 21 November"),
        (2, "Sunday 22 November", "on Sunday 22 November", "Sunday 22 November"),
        (-2, "Wednesday 18 November", "on Wednesday 18 November", "Wednesday 18 November"),
        (44, "Sunday 3 January 2027", "on Sunday 3 January 2027", "Sunday 3 January 2027"),
        (-365, "Thursday 20 November 2025", "on Thursday 20 November 2025", "Thursday 20 November 2025"),
    ],
)
def test_days(days: int, plain: str, on: str, lasting: str):
    """Near days have names, others a weekday and a date, with the year when it is another one."""
    day = TODAY + timedelta(days=days)
    assert (day_words(day, TODAY), on_day(day, TODAY), lasting_day(day, TODAY)) == (plain, on, lasting)


def test_tomorrow_may_be_next_year():
    """A name of its own needs no year; a date that is named beside it does."""
    eve = date(2026, 12, 31)
    assert lasting_day(date(2027, 1, 1), eve) == "tomorrow, 1 January 2027"


def test_days_of_any_year():
    """A calendar day can be told from every other, and is read back as itself."""
    day = date(2026, 5, 3)
    assert (calendar_day(day), full_day(day)) == ("3 May 2026", "Sunday 3 May 2026")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 20, 16, tzinfo=UTC), "today at 17:00"),
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "tomorrow at 00:30"),
        (datetime(2026, 11, 27, 8, 0, 59, tzinfo=UTC), "Friday 27 November at 09:00"),
        (datetime(2027, 7, 1, 7, tzinfo=UTC), "Thursday 1 July 2027 at 09:00"),
        (datetime(2026, 11, 27, 9), "Friday 27 November at 09:00"),
    ],
)
def test_moments_are_said_on_the_users_clock(moment: datetime, said: str):
    """The zone gives way to the user's, with its summer time; without a zone it is meant there."""
    assert moment_words(moment, NOW) == said


def test_what_is_said_can_be_read_back():
    """The words of a moment mean that moment when they are typed."""
    for hours in (1, 5, 20, 40, 200, 2000):
        moment = (NOW + timedelta(hours=hours)).astimezone(UTC)
        assert parse_moment(moment_words(moment, NOW), NOW) == moment
