"""Moments by the time of day, said on Friday, 2026-11-20 at 14:30 in Berlin."""

import contextlib
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.testing import FAKE_NOW
from homewit.tools.when.periods import parse_period
from homewit.tools.when.times import parse_day_of, parse_moment
from homewit.tools.when.zones import find_zone

MOMENTS = """
at half six: 20 18:30
tomorrow at half 10 in the morning: 21 10:30
half past six: 20 18:30
a quarter past four: 20 16:15
ten to six: 20 17:50
quarter of 8: 20 19:45
at one thirty pm: 21 13:30
at seven fifteen tomorrow: 21 07:15
at 0800: 21 08:00
1830 hours: 20 18:30
at 18h30: 20 18:30
about 4ish: 20 16:00
at roughly half eight: 20 20:30
at 9 o'clock sharp: 20 21:00
at 3 on the dot: 20 15:00
by 8:00 at the latest: 20 20:00
at the latest by 9pm: 20 21:00
not later than 10:45: 20 22:45
shortly before 3 o'clock: 20 15:00
before 9 tonight: 20 21:00
this evening before midnight: 21 00:00
right after 10:15 am: 21 10:15
by the time it's 6 pm: 20 18:00
when it's 6am: 21 06:00
on thursday before 6:30pm: 26 18:30
on sunday around 6: 22 18:00
first thing tomorrow: 21 08:00
monday first thing in the morning: 23 08:00
early tomorrow morning: 21 07:00
late tomorrow afternoon: 21 17:00
early in the morning: 21 07:00
early on saturday: 21 07:00
late tonight: 20 22:00
late tonight around 11: 20 23:00
over breakfast tomorrow: 21 08:00
during lunch: 21 12:00
at dinner time: 20 19:00
at bedtime: 20 22:00
eod: 20 17:00
at the end of the day tomorrow: 21 17:00
by close of business on monday: 23 17:00
sometime this afternoon: 20 15:00
later today: 20 15:30
later tonight: 20 20:00
this morning: 20 09:00
tonight at 12: 21 00:00
friday night at 1: 21 01:00
on the evening of the 24th: 24 19:00
the evening before the 24th: 23 19:00
the day before the 24th at noon: 23 12:00
in three quarters of an hour: 20 15:15
in half an hour or so: 20 15:00
in about twenty minutes: 20 14:50
in exactly 9 minutes: 20 14:39
in another 10 minutes: 20 14:40
in one and a half hours: 20 16:00
in 6 hours from now: 20 20:30
in an hour's time: 20 15:30
in two days' time: 22 14:30
in the next hour: 20 15:30
in five: 20 14:35
on the hour: 20 15:00
two hours before 11:15: 20 21:15
ten minutes before noon: 21 11:50
half an hour after 9am tomorrow: 21 09:30
this time tomorrow: 21 14:30
same time next week: 27 14:30
tomorrow at the same time: 21 14:30
at 11 o'clock India time: 20 18:30
9am new york time tomorrow: 21 15:00
tomorrow at 15:00 UTC: 21 16:00
8 pm local time: 20 20:00
on my way home at 5: 20 17:00
after school at 3:15: 20 15:15
when the shops open at 9: 20 21:00
during my lunch break at 12:30: 21 12:30
after work on monday at 6: 23 18:00
a week on friday at noon: 4 12:00
next week on monday: 23 09:00
by the 24th: 24 09:00
at 1830: 20 18:30
by 24.11. at 9: 24 09:00
in 2 Stunden: 20 16:30
übermorgen um 9 uhr: 22 09:00
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [(line.rpartition(": ")[0], line.rpartition(": ")[2]) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("text", "expected"), rows(MOMENTS))
def test_moments(text: str, expected: str):
    """Each text means one moment: the day of the month and the time."""
    found = parse_moment(text, FAKE_NOW)
    assert f"{found.day} {found:%H:%M}" == expected
    assert FAKE_NOW - timedelta(days=1) < found < FAKE_NOW + timedelta(days=15)
    assert found.tzinfo is FAKE_NOW.tzinfo


NO_MOMENTS = """
later, in a bit, any minute, after work, before lunch, before bed, on friday after work,
when i wake up tomorrow, tonight before i go to sleep, on the way home tonight, at sunrise,
tomorrow at dawn, at dusk on saturday, on my birthday, tomorrow at 9 at 10, not on friday,
friday or saturday, in 500, half past 13, 25 past, at 9 atlantis time, two hours before christmas,
an hour before the meeting
"""


@pytest.mark.parametrize("text", NO_MOMENTS.replace("\n", " ").strip().split(", "))
def test_what_leaves_the_time_open_is_asked_about(text: str):
    """An occasion, a light or a "soon" has a time that only the person knows."""
    with pytest.raises(ToolRetry, match="is not a time that can be read"):
        parse_moment(text, FAKE_NOW)


@pytest.mark.parametrize(
    ("text", "future", "past"),
    [
        ("after work on monday", "2026-11-23", "2026-11-16"),
        ("before work tomorrow", "2026-11-21", "2026-11-21"),
        ("noon", "2026-11-21", "2026-11-20"),
        ("midnight", "2026-11-20", "2026-11-20"),
        ("an hour ago", "2026-11-20", "2026-11-20"),
        ("20 hours ago", "2026-11-19", "2026-11-19"),
        ("last sunday at 6 o'clock", "2026-11-15", "2026-11-15"),
        ("sat evening", "2026-11-21", "2026-11-14"),
        ("saturday at midnight", "2026-11-21", "2026-11-14"),
    ],
)
def test_the_day_of_a_moment(text: str, future: str, past: str):
    """Where a day is asked for, a time and an occasion do not matter; midnight belongs to the day it ends."""
    assert str(parse_day_of(text, FAKE_NOW)) == future
    assert str(parse_day_of(text, FAKE_NOW, "past")) == past


WORDS = """
in at on by before after until the an next last this first 3 15 half quarter two few couple of and
past to ago from now week days month hour minutes year monday tomorrow tonight morning night noon
midnight may christmas end early late q2 9am 9:30 5 pm weekend since so far all summer working time
same eod - , 2026 99999 utc tokyo when i get home work 24 0 1/2 31st
""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join))
def test_any_words_are_read_or_asked_about(text: str):
    """However words about time are thrown together, there is an answer or the hint."""
    for read in (parse_moment, parse_day_of):
        with contextlib.suppress(ToolRetry):
            assert read(text, FAKE_NOW) is not None
    with contextlib.suppress(ToolRetry):
        period = parse_period(text, FAKE_NOW.date())
        assert period.start <= period.end


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda naive: naive.replace(microsecond=0, tzinfo=FAKE_NOW.tzinfo)
)


@given(
    moments,
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["tomorrow", "next monday", "may 3", "christmas"]),
)
def test_a_day_and_a_time_are_both_kept(now: datetime, hour: int, minute: int, day: str):
    """Wherever the time stands, and however it is hedged, the day and the clock are those that were said."""
    expected = datetime.combine(
        parse_day_of(day, now), datetime.min.replace(hour=hour, minute=minute).time(), now.tzinfo
    )
    clock = f"{hour:02}:{minute:02}"
    for form in (
        "{day} at {clock}",
        "{clock} {day}",
        "at about {clock} on {day}",
        "{day}, no later than {clock}",
    ):
        assert parse_moment(form.format(day=day, clock=clock), now) == expected
    twelve = f"{(hour - 1) % 12 + 1}:{minute:02} {'pm' if hour >= 12 else 'am'}"
    assert parse_moment(f"{day} before {twelve}", now) == expected


@pytest.mark.parametrize(
    ("said_at", "text", "day"),
    [
        ("2026-11-29T00:30", "at 11pm", "2026-11-28"),
        ("2026-11-29T00:30", "at noon", "2026-11-28"),
        ("2026-11-29T11:50", "at noon", "2026-11-29"),
        ("2026-11-29T23:30", "at 11pm", "2026-11-29"),
        ("2027-01-01T00:10", "last night", "2026-12-31"),
    ],
)
def test_a_time_that_has_been_was_yesterday_where_it_is_still_to_come(said_at: str, text: str, day: str):
    """Drinks at 11pm, told after midnight."""
    now = datetime.fromisoformat(said_at).replace(tzinfo=FAKE_NOW.tzinfo)
    assert str(parse_day_of(text, now, "past")) == day


@given(moments, st.integers(1, 300), st.sampled_from(["9am tomorrow", "noon", "half past six", "tonight"]))
def test_before_and_after_a_moment_undo_each_other(now: datetime, minutes: int, text: str):
    """As far before a moment as after it, in minutes that really pass."""
    moment = parse_moment(text, now)
    before = parse_moment(f"{minutes} minutes before {text}", now)
    after = parse_moment(f"{minutes} minutes after {text}", now)
    assert (after.timestamp() - moment.timestamp(), moment.timestamp() - before.timestamp()) == (
        60 * minutes,
        60 * minutes,
    )


@given(moments, st.sampled_from(["Tokyo", "New York", "London", "India"]), st.integers(0, 23))
def test_a_time_elsewhere_is_told_here(now: datetime, place: str, hour: int):
    """The clock there shows what was said."""
    found = parse_moment(f"tomorrow at {hour}:15 {place} time", now)
    there = found.astimezone(find_zone(place)[1])
    assert f"{there:%M}" == "15"
    assert f"{there:%H}" in (f"{hour:02}", f"{hour + 12:02}")
    assert found.tzinfo is now.tzinfo
