"""Periods ahead, as they are asked of a calendar and of tasks."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools.when.appointments import last_day_of, read_period

BERLIN = ZoneInfo("Europe/Berlin")
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def said(words: str, day: str) -> str:
    first, last, _ = read_period(words, datetime.fromisoformat(f"{day}T23:30").replace(tzinfo=BERLIN))
    return f"{first} {last}"


@pytest.mark.parametrize(
    ("words", "day", "period"),
    [
        ("this weekend", "2026-11-25", "2026-11-28 2026-11-29"),
        ("the weekend", "2026-11-25", "2026-11-28 2026-11-29"),
        ("this weekend", "2026-11-29", "2026-11-28 2026-11-29"),
        ("this weekend", "2027-12-31", "2028-01-01 2028-01-02"),
        ("last weekend", "2026-11-25", "2026-11-21 2026-11-22"),
        ("this week", "2026-11-29", "2026-11-23 2026-11-29"),
        ("next week", "2026-11-29", "2026-11-30 2026-12-06"),
        ("february", "2027-08-15", "2028-02-01 2028-02-29"),
        ("in february", "2028-02-29", "2028-02-01 2028-02-29"),
        ("next month", "2028-01-31", "2028-02-01 2028-02-29"),
        ("the next 2 months", "2027-12-31", "2027-12-31 2028-02-29"),
        ("next year", "2026-12-31", "2027-01-01 2027-12-31"),
        ("october", "2026-11-20", "2027-10-01 2027-10-31"),
        ("before friday", "2026-11-29", "2026-11-29 2026-12-03"),
        ("after friday", "2026-11-29", "2026-12-05 2027-01-03"),
        ("after next week", "2026-11-29", "2026-12-07 2027-01-05"),
        ("until friday", "2026-11-29", "2026-11-29 2026-12-04"),
        ("by the end of the month", "2026-11-29", "2026-11-29 2026-11-30"),
        ("until last friday", "2026-11-29", "1900-01-01 2026-11-27"),
        ("since june", "2026-11-29", "2026-06-01 2026-11-29"),
        ("before 9 am", "2026-11-29", "2026-11-29 2026-11-29"),
        ("before yesterday", "2026-11-29", "1900-01-01 2026-11-27"),
        ("after 2020", "2026-11-29", "2021-01-01 2026-11-29"),
    ],
)
def test_a_period_that_is_asked_for_lies_ahead(words: str, day: str, period: str):
    """Or around the day; also at half past eleven on the last day of something."""
    assert said(words, day) == period


@given(
    days, st.sampled_from(["this weekend", "weekend", "this week", "this month", "february", "q1", "summer"])
)
def test_no_period_is_over_or_far(day: date, words: str):
    """What is not said to be past ends today or later, and within fifteen months."""
    first, last, _ = read_period(words, datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN))
    assert first <= last
    assert day <= last <= day + timedelta(days=460)


def test_a_span_of_days_ahead_has_a_last_day():
    """As in: which tasks are due in the next two weeks?"""
    now = datetime(2026, 12, 20, 12, tzinfo=BERLIN)
    assert last_day_of("the next 2 weeks", now) == date(2027, 1, 3)
    assert last_day_of("in the next two weeks", now) == date(2027, 1, 3)
    assert last_day_of("before christmas", now) == date(2026, 12, 24)
