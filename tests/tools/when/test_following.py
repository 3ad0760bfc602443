"""Repetitions followed from one time to the next, on the clock on the wall."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools.when.following import (
    Next,
    first_day,
    next_day,
    next_due,
    next_moment,
    next_reminder,
    pinned,
    pinned_time,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = [
    "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "America/Santiago", "UTC",
]  # fmt: skip


def fired(rule: str, at: datetime, times: int) -> list[datetime]:
    """The moments of a reminder that is shown in the very second in which it is due."""
    found = [at]
    while len(found) < times:
        following = next_reminder(rule, found[-1], found[-1])
        if following.at is None:
            break
        found.append(following.at)
        rule = following.rule
    return found


def test_times_stay_on_the_clock_on_the_wall():
    """9:00 stays 9:00 when daylight saving begins."""
    start = datetime(2026, 3, 27, 9, tzinfo=BERLIN)
    following = next_moment("FREQ=DAILY", start, datetime(2026, 3, 28, 12, tzinfo=BERLIN))
    assert following == datetime(2026, 3, 29, 9, tzinfo=BERLIN)
    assert following is not None
    assert following.utcoffset() == timedelta(hours=2)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=MONTHLY;BYMONTHDAY=-1"]),
)
def test_the_time_on_the_wall_of_a_repetition_never_changes(zone: str, wall: datetime, rule: str):
    """Save in a night that lacks it, where it comes as much later; each is later than the one before."""
    first = wall.replace(second=0, microsecond=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    at = first.astimezone(ZoneInfo(zone))
    moments = fired(pinned(rule, at), at, 40)
    assert len(moments) == 40
    assert all(one.timestamp() < other.timestamp() for one, other in pairwise(moments))
    for moment in moments:
        told = datetime.combine(moment.date(), at.time(), moment.tzinfo)
        assert moment.timestamp() == told.timestamp()


def test_a_time_that_a_night_lacks_comes_later_and_is_back_the_day_after():
    """2:30 in the nights around the change to summer time."""
    start = datetime(2027, 3, 27, 2, 30, tzinfo=BERLIN)
    moments = fired(pinned("FREQ=DAILY", start), start, 3)
    assert [f"{moment:%d %H:%M}" for moment in moments] == ["27 02:30", "28 03:30", "29 02:30"]


def test_a_time_that_comes_twice_is_taken_once():
    """Also by a machine that slept through the first and woke up between both."""
    start = datetime(2027, 10, 30, 2, 30, tzinfo=BERLIN)
    moments = fired(pinned("FREQ=DAILY", start), start, 3)
    assert [moment.astimezone(UTC).strftime("%d %H:%M") for moment in moments] == [
        "30 00:30", "31 00:30", "01 01:30",
    ]  # fmt: skip
    between = datetime(2027, 10, 31, 2, 10, fold=1, tzinfo=BERLIN)
    late = next_reminder("FREQ=DAILY", start, between)
    assert (late.at, late.missed) == (datetime(2027, 11, 1, 2, 30, tzinfo=BERLIN), 1)


def test_it_goes_on_at_the_same_hour_where_the_user_is_now():
    """Set in Berlin for 8:00, shown in New York at 2:00, and from then on at 8:00 there."""
    at = datetime(2026, 6, 1, 8, tzinfo=BERLIN)
    in_new_york = at.astimezone(NEW_YORK)
    following = next_reminder(pinned("FREQ=DAILY", at), in_new_york, in_new_york)
    assert following.at == datetime(2026, 6, 1, 8, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("start", "rule", "days"),
    [
        (date(2027, 1, 31), "FREQ=MONTHLY", ["2027-02-28", "2027-03-31", "2027-04-30"]),
        (date(2027, 12, 30), "FREQ=MONTHLY", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        (date(2027, 1, 29), "FREQ=MONTHLY", ["2027-02-28", "2027-03-29", "2027-04-29"]),
        (date(2027, 8, 31), "FREQ=MONTHLY;INTERVAL=3", ["2027-11-30", "2028-02-29", "2028-05-31"]),
        (date(2028, 2, 29), "FREQ=YEARLY", ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        (date(2027, 12, 31), "FREQ=YEARLY", ["2028-12-31", "2029-12-31"]),
        (date(2026, 11, 25), "FREQ=WEEKLY;INTERVAL=2", ["2026-12-09", "2026-12-23", "2027-01-06"]),
    ],
)
def test_the_end_of_a_month_is_no_reason_to_leave_one_out(start: date, rule: str, days: list[str]):
    """What began on a day that short months lack comes on their last day, and is back on it afterwards."""
    found, rule = [start], pinned(rule, start)
    for _ in days:
        following, rule = next_due(rule, found[-1], found[-1])
        assert following is not None
        found.append(following)
    assert [day.isoformat() for day in found[1:]] == days


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(1, 12))
def test_a_monthly_repetition_has_a_time_in_each_month(start: date, interval: int):
    """Whatever day it began on."""
    rule = pinned(f"FREQ=MONTHLY;INTERVAL={interval}", start)
    following = next_day(rule, start, start)
    assert following is not None
    months = 12 * (following.year - start.year) + following.month - start.month
    assert months == interval
    assert following.day == start.day or (following + timedelta(days=1)).day == 1


def test_days_that_the_rule_names_are_left_as_they_are():
    """The 31st, when it was asked for, is not the 30th."""
    rule = pinned("FREQ=MONTHLY;BYMONTHDAY=31", date(2026, 1, 31))
    assert rule == "FREQ=MONTHLY;BYMONTHDAY=31"
    assert next_day(rule, date(2026, 1, 31), date(2026, 1, 31)) == date(2026, 3, 31)
    assert first_day("FREQ=WEEKLY;BYDAY=MO", date(2026, 11, 20)) == date(2026, 11, 23)
    assert next_day("FREQ=DAILY;COUNT=1", date(2026, 1, 1), date(2026, 1, 1)) is None


def test_missed_times_are_counted():
    """A reminder after a week off counts what passed beside the one that is shown."""
    start = datetime(2026, 11, 1, 9, tzinfo=BERLIN)
    now = datetime(2026, 11, 4, 10, tzinfo=BERLIN)
    rule = "FREQ=DAILY;BYHOUR=9;BYMINUTE=0"
    assert next_reminder("FREQ=DAILY", start, now) == Next(datetime(2026, 11, 5, 9, tzinfo=BERLIN), 3, rule)
    over = next_reminder("FREQ=DAILY;COUNT=2", start, now)
    assert (over.at, over.missed) == (None, 1)


def test_a_number_of_times_ends():
    """Three times are three, missed ones included; a task counts how often it is done."""
    start = datetime(2026, 11, 1, 9, tzinfo=BERLIN)
    assert len(fired(pinned("FREQ=DAILY;COUNT=3", start), start, 9)) == 3
    late = next_reminder("FREQ=DAILY;COUNT=5", start, start + timedelta(days=2))
    assert late.at is not None
    assert len(fired(late.rule, late.at, 9)) == 2
    rule, due, done = "FREQ=DAILY;COUNT=3", start.date(), 0
    while due is not None:
        (due, rule), done = next_due(rule, due, due + timedelta(days=4)), done + 1
    assert done == 3


def test_the_time_of_day_is_kept_in_the_rule():
    """A rule of before has none."""
    assert pinned_time("FREQ=DAILY") is None
    assert pinned("FREQ=DAILY", datetime(2026, 1, 1, 7, 5)) == "FREQ=DAILY;BYHOUR=7;BYMINUTE=5"


@given(st.sampled_from(["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=-1"]),
       st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 2000))  # fmt: skip
def test_what_comes_next_is_later_and_belongs_to_the_rule(rule: str, start: date, days: int):
    """The next day lies after the given one, and following day by day reaches it without passing another."""
    after = start + timedelta(days=days)
    following = next_day(rule, start, after)
    assert following is not None
    assert following > after
    assert next_day(rule, start, following - timedelta(days=1)) == following
