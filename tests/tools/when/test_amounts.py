"""Amounts of time: how people say them, and what adding them keeps."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools.testing import FAKE_NOW
from homewit.tools.when.amounts import Amount, read_amount

AMOUNTS = [
    ("2 hours", Amount(seconds=7200)),
    ("an hour", Amount(seconds=3600)),
    ("90 mins", Amount(seconds=5400)),
    ("1h 30m", Amount(seconds=5400)),
    ("1h30m", Amount(seconds=5400)),
    ("1h30", Amount(seconds=5400)),
    ("1 hr 20 min", Amount(seconds=4800)),
    ("2 hours and 15 minutes", Amount(seconds=8100)),
    ("half an hour", Amount(seconds=1800)),
    ("half hour", Amount(seconds=1800)),
    ("a quarter of an hour", Amount(seconds=900)),
    ("3 quarters of an hour", Amount(seconds=2700)),
    ("an hour and a half", Amount(seconds=5400)),
    ("2 and a half hours", Amount(seconds=9000)),
    ("1 and a quarter hours", Amount(seconds=4500)),
    ("2.5 hours", Amount(seconds=9000)),
    ("2,5 hours", Amount(seconds=9000)),
    ("1 1/2 hours", Amount(seconds=5400)),
    ("a day and 2 hours", Amount(days=1, seconds=7200)),
    ("a fortnight", Amount(days=14)),
    ("3 weeks and 2 days", Amount(days=23)),
    ("a couple of days", Amount(days=2)),
    ("couple weeks", Amount(days=14)),
    ("a few months", Amount(months=3)),
    ("half a year", Amount(months=6)),
    ("a year and a half", Amount(months=18)),
    ("2 quarters", Amount(months=6)),
    ("half a month", Amount(days=15)),
    ("half a day", Amount(seconds=43_200)),
    ("5 business days", Amount(working_days=5)),
]


@pytest.mark.parametrize(("said", "amount"), AMOUNTS)
def test_amounts(said: str, amount: Amount):
    """Units stay apart where the calendar or the clock decides how long they are."""
    assert read_amount(said) == amount


@pytest.mark.parametrize(
    "said", ["", "hours", "week", "h", "many hours", "2", "2 apples", "2 hours of work", "and 2 days"]
)
def test_what_is_no_amount(said: str):
    """A unit alone counts nothing, and other words are not skipped."""
    assert read_amount(said) is None


def test_a_unit_alone_is_one_of_it_where_that_is_asked_for():
    """ "The last week" has one; "the last weeks" does not say how many."""
    assert read_amount("week", bare=True) == Amount(days=7)
    assert read_amount("year and a half", bare=True) == Amount(months=18)
    assert read_amount("weeks", bare=True) is None
    assert read_amount("h", bare=True) is None


def test_days_are_counted_whole():
    """Nobody knows when half a working day is over, and hours lead to no day."""
    assert read_amount("half a working day") is None
    with pytest.raises(ValueError, match="leads to no day"):
        Amount(seconds=60).from_day(date(2026, 11, 20))


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(st.integers(1, 500), st.integers(0, 59))
def test_spelled_and_written_amounts_agree(hours: int, minutes: int):
    """Hours and minutes add up however they are joined."""
    expected = Amount(seconds=3600 * hours + 60 * minutes)
    for form in ("{h} hours and {m} minutes", "{h}h {m}m", "{h} hrs, {m} mins", "{h}h{m:02}"):
        assert read_amount(form.format(h=hours, m=minutes)) == expected
    assert read_amount(f"{hours} and a half hours") == Amount(seconds=3600 * hours + 1800)
    assert read_amount(f"{hours} hours and a half") == Amount(seconds=3600 * hours + 1800)


@given(days, st.integers(-400, 400))
def test_days_and_weeks_can_be_taken_back(day: date, number: int):
    """Adding and subtracting days returns; months return to the same month."""
    amount = Amount(days=number)
    assert (-amount).from_day(amount.from_day(day)) == day
    there = Amount(months=number).from_day(day)
    back = Amount(months=-number).from_day(there)
    assert (back.year, back.month) == (day.year, day.month)
    assert there.day == min(day.day, there.day)


@given(days, st.integers(-60, 60))
def test_working_days_are_never_on_a_weekend(day: date, number: int):
    """Each step lands on a Monday to Friday; five of them are a week."""
    landed = Amount(working_days=number).from_day(day)
    assert number == 0 or landed.weekday() < 5
    if day.weekday() < 5:
        assert Amount(working_days=5).from_day(day) == day + timedelta(days=7)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 10**7))
def test_seconds_are_exact_over_changes_of_the_clock(naive: datetime, seconds: int):
    """What passes is what was said, whatever the clock on the wall does."""
    moment = naive.replace(tzinfo=UTC).astimezone(FAKE_NOW.tzinfo)
    after = Amount(seconds=seconds).from_moment(moment)
    assert after.astimezone(UTC) - moment.astimezone(UTC) == timedelta(seconds=seconds)
    assert after.tzinfo is FAKE_NOW.tzinfo
