"""How things repeat: read, followed from one time to the next, and said back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.when.repeating import (
    first_day,
    next_day,
    next_moment,
    next_reminder,
    parse_repeat,
    read_repeat,
    repeat_words,
    split_time,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("every day", "FREQ=DAILY", "every day"),
        ("Every other Friday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"),
        ("every two weeks on monday and thursday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
         "every 2 weeks on Monday and Thursday"),
        ("monthly on the 1st", "FREQ=MONTHLY;BYMONTHDAY=1", "every month on day 1"),
        ("on the last day of every month", "FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("the first monday of every month", "FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("every year on may 3", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "every year on 3 May"),
        ("quarterly", "FREQ=MONTHLY;INTERVAL=3", "every 3 months"),
        ("every 31st", "FREQ=MONTHLY;BYMONTHDAY=31", "every month on day 31"),
        ("every first monday of the month", "FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("every second friday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"),
        ("on the 15th and 1st of the month", "FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on days 1 and 15"),
        ("mondays and thursdays", "FREQ=WEEKLY;BYDAY=MO,TH", "every Monday and Thursday"),
        ("once a week", "FREQ=WEEKLY", "every week"),
        ("every fortnight", "FREQ=WEEKLY;INTERVAL=2", "every 2 weeks"),
        ("every couple of days", "FREQ=DAILY;INTERVAL=2", "every 2 days"),
        ("may 3 every year", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "every year on 3 May"),
        ("every day for 5 times", "FREQ=DAILY;COUNT=5", "every day, 5 times"),
    ],
)  # fmt: skip
def test_repetitions_are_read_and_said(text: str, rule: str, said: str):
    """As rules of RFC 5545, and back in words."""
    assert (parse_repeat(text), repeat_words(rule)) == (rule, said)


@pytest.mark.parametrize(
    "text",
    [
        "monday",
        "tomorrow",
        "",
        "every",
        "every 40th",
        "every 0 days",
        "sometimes",
        "every year on february 30",
    ],
)
def test_what_repeats_nothing(text: str):
    """A day alone is a day; the message shows how to write it."""
    assert read_repeat(text) is None
    with pytest.raises(ToolRetry, match='Write it like "every day"'):
        parse_repeat(text)


def test_how_and_when_are_told_apart():
    """The words of a reminder say both."""
    assert split_time("every monday at 9") == ("every monday", "9")
    assert split_time("at 8am every day") == ("every day", "8am")
    assert split_time("tomorrow at 9") == ("", "tomorrow at 9")


def test_times_stay_on_the_clock_on_the_wall():
    """9:00 stays 9:00 when daylight saving begins."""
    start = datetime(2026, 3, 27, 9, tzinfo=BERLIN)
    following = next_moment("FREQ=DAILY", start, datetime(2026, 3, 28, 12, tzinfo=BERLIN))
    assert following == datetime(2026, 3, 29, 9, tzinfo=BERLIN)
    assert following is not None
    assert following.utcoffset() == timedelta(hours=2)


def test_days_that_a_month_lacks_are_left_out():
    """The 31st is not the 30th."""
    assert next_day("FREQ=MONTHLY;BYMONTHDAY=31", date(2026, 1, 31), date(2026, 1, 31)) == date(2026, 3, 31)
    assert first_day("FREQ=WEEKLY;BYDAY=MO", date(2026, 11, 20)) == date(2026, 11, 23)
    assert next_day("FREQ=DAILY;COUNT=1", date(2026, 1, 1), date(2026, 1, 1)) is None


def test_missed_times_are_counted():
    """A reminder after a week off counts what passed beside the one that is shown."""
    start = datetime(2026, 11, 1, 9, tzinfo=BERLIN)
    now = datetime(2026, 11, 4, 10, tzinfo=BERLIN)
    assert next_reminder("FREQ=DAILY", start, now) == (datetime(2026, 11, 5, 9, tzinfo=BERLIN), 3)
    assert next_reminder("FREQ=DAILY;COUNT=2", start, now) == (None, 1)


@given(st.sampled_from(["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=-1"]),
       st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 2000))  # fmt: skip
def test_what_comes_next_is_later_and_belongs_to_the_rule(rule: str, start: date, days: int):
    """The next day lies after the given one, and following day by day reaches it without passing another."""
    after = start + timedelta(days=days)
    following = next_day(rule, start, after)
    assert following is not None
    assert following > after
    assert next_day(rule, start, following - timedelta(days=1)) == following
