"""Cron expressions on the clock of a zone, through both changes of the clocks, and single moments."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.agent.errors import UsageError
from homewit.agent.schedules.reading import read_when
from homewit.agent.schedules.triggers import Cron, Once, read_cron

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 28, 11, tzinfo=BERLIN)


def times(cron: str, start: datetime, count: int) -> list[str]:
    found, trigger = [], Cron(cron, "Europe/Berlin")
    for _ in range(count):
        start = trigger.after(start) or start
        found.append(start.astimezone(BERLIN).strftime("%d %H:%M%z"))
    return found


def test_a_time_that_the_clocks_leave_out_comes_right_after():
    """On 29 March 2026 there is no 02:30 in Berlin; the run comes at 03:00, then at its own time."""
    start = datetime(2026, 3, 28, 3, tzinfo=BERLIN)
    assert times("30 2 * * *", start, 3) == ["29 03:00+0200", "30 02:30+0200", "31 02:30+0200"]


def test_a_time_that_the_clocks_show_twice_comes_once():
    """On 25 October 2026 it is 02:30 twice in Berlin; the run comes at the first."""
    start = datetime(2026, 10, 24, 3, tzinfo=BERLIN)
    assert times("30 2 * * *", start, 3) == ["25 02:30+0200", "26 02:30+0100", "27 02:30+0100"]


def test_in_the_second_of_two_hours_the_first_is_over():
    """A machine that wakes up at 02:10, 25 minutes after the run of 02:45, has missed that and no other."""
    trigger = Cron("45 2 * * *", "Europe/Berlin")
    missed = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    woken = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN)
    assert trigger.latest(3, missed, woken) == [missed]
    assert trigger.after(woken) == datetime(2026, 10, 26, 2, 45, tzinfo=BERLIN)
    at_first = datetime(2026, 10, 25, 2, 40, tzinfo=BERLIN)
    assert read_when("in 30 minutes", at_first).after(at_first) == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)


def test_every_hour_is_every_hour():
    """What comes every hour follows the hours that pass, not those that the clock shows."""
    start = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)
    assert times("0 * * * *", start, 3) == ["25 02:00+0200", "25 02:00+0100", "25 03:00+0100"]


@given(
    st.sampled_from(["0 7 * * *", "*/15 * * * *", "0 9 * * 1", "30 2 * * *", "0 0 1 * *", "0 */2 * * *"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
    | st.datetimes(datetime(2026, 10, 25), datetime(2026, 10, 25, 3), timezones=st.just(UTC))
    | st.datetimes(datetime(2026, 3, 29), datetime(2026, 3, 29, 3), timezones=st.just(UTC)),
    st.integers(1, 2),
)
@settings(max_examples=25)
def test_backwards_and_forwards_agree(cron: str, moment: datetime, most: int):
    """The last times before a moment are those that coming from further back ends with."""
    trigger, first = Cron(cron, "Europe/Berlin"), moment - timedelta(days=200)
    forwards: list[datetime] = []
    step = trigger.after(moment - timedelta(days=32 * most))
    while step is not None and step <= moment and len(forwards) < 20_000:
        forwards.append(step)
        step = trigger.after(step)
    assert trigger.latest(most, first, moment) == forwards[-most:]


def test_one_moment():
    """It comes once."""
    moment = Once(NOW)
    assert moment.after(NOW - timedelta(seconds=1)) == NOW
    assert moment.after(NOW) is None
    assert moment.latest(3, NOW - timedelta(days=1), NOW) == [NOW]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 7 * * 1-5", Cron("0 7 * * 1-5", "Europe/Berlin")),
        ("@daily", Cron("0 0 * * *", "Europe/Berlin")),
        ("every day at 7", Cron("0 7 * * *", "Europe/Berlin")),
        ("2026-12-01 08:00", Once(datetime(2026, 12, 1, 8, tzinfo=BERLIN))),
        ("in 2 hours", Once(datetime(2026, 11, 28, 13, tzinfo=BERLIN))),
        ("tomorrow at 9", Once(datetime(2026, 11, 29, 9, tzinfo=BERLIN))),
    ],
)
def test_what_when_can_be(text: str, expected: Cron | Once):
    """Cron, how often in words, and moments, all on the clock of the one who says it."""
    assert read_when(text, NOW) == expected


def test_another_zone():
    """A zone that is named is the one on whose clock the time is read."""
    assert read_when("every day at 7", NOW, "Asia/Tokyo") == Cron("0 7 * * *", "Asia/Tokyo")
    assert read_when("tomorrow at 9", NOW, "Asia/Tokyo") == Once(datetime(2026, 11, 29, 0, tzinfo=UTC))
    with pytest.raises(UsageError, match="no time zone 'Mars/Base'"):
        read_when("every day", NOW, "Mars/Base")


def test_a_clock_without_a_named_zone():
    """An offset says nothing of when the clocks change; only that of UTC never does."""
    assert read_when("every day at 7", NOW.astimezone(UTC)) == Cron("0 7 * * *", "UTC")
    with pytest.raises(UsageError, match="--zone"):
        read_when("every day at 7", NOW.astimezone(timezone(timedelta(hours=1))))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday at 9", "in the past"),
        ("61 * * * *", "bad minute"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("soonish", "not a time that can be read"),
        ("every 90 minutes", "does not divide an hour"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, reason: str):
    """Nothing is guessed."""
    with pytest.raises(UsageError, match=reason):
        read_when(text, NOW)


def test_words_are_no_cron():
    """Five words are not a cron expression because they are five."""
    assert read_cron("show me all my tasks", "UTC") is None
