"""Stretches of the calendar in reports, said on Friday, 2026-11-20, and the laws that they keep."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.testing import FAKE_NOW
from homewit.tools.when.periods import parse_period
from homewit.tools.when.spans import read_span

TODAY = FAKE_NOW.date()

PERIODS = """
the last couple of weeks: 2026-11-07 2026-11-20 in the last couple of weeks
these past few days: 2026-11-18 2026-11-20 in the last few days
this past month: 2026-10-21 2026-11-20 in the last month
the last half year: 2026-05-21 2026-11-20 in the last half year
the last year and a half: 2025-05-21 2026-11-20 in the last year and a half
the last 24 hours: 2026-11-19 2026-11-20 in the last 24 hours
this past weekend: 2026-11-14 2026-11-15 last weekend
this weekend: 2026-11-14 2026-11-15 last weekend
the weekend before last: 2026-11-07 2026-11-08 on the weekend of 7 November 2026
the week before last: 2026-11-02 2026-11-08 in the week of 2 November 2026
the month before last: 2026-09-01 2026-09-30 in September 2026
so far this year: 2026-01-01 2026-12-31 this year
year to date: 2026-01-01 2026-12-31 this year
all of last year: 2025-01-01 2025-12-31 last year
the whole of march: 2026-03-01 2026-03-31 in March 2026
the entire year: 2026-01-01 2026-12-31 this year
the month of may: 2026-05-01 2026-05-31 in May 2026
april last year: 2025-04-01 2025-04-30 in April 2025
the first quarter: 2026-01-01 2026-03-31 in Q1 2026
q4 of last year: 2025-10-01 2025-12-31 in Q4 2025
h1 2026: 2026-01-01 2026-06-30 in the first half of 2026
the first half of the year: 2026-01-01 2026-06-30 in the first half of 2026
the first half of may: 2026-05-01 2026-05-15 from 1 May 2026 to 15 May 2026
the first week of june: 2026-06-01 2026-06-07 from 1 June 2026 to 7 June 2026
the first three months of the year: 2026-01-01 2026-03-31 from 1 January 2026 to 31 March 2026
the last 2 weeks of october: 2026-10-18 2026-10-31 from 18 October 2026 to 31 October 2026
the last weekend of october: 2026-10-31 2026-11-01 from 31 October 2026 to 1 November 2026
last summer: 2026-06-01 2026-08-31 in summer 2026 (June to August)
last winter: 2025-12-01 2026-02-28 in winter 2025/26 (December to February)
since summer: 2026-06-01 2026-11-20 since 1 June 2026
from monday on: 2026-11-16 2026-11-20 since 16 November 2026
until nov 8: 1900-01-01 2026-11-08 until 8 November 2026
before 2020: 1900-01-01 2019-12-31 before 1 January 2020
before may: 1900-01-01 2026-04-30 before 1 May 2026
prior to last week: 1900-01-01 2026-11-08 before 9 November 2026
older than 30 days: 1900-01-01 2026-10-20 before 21 October 2026
newer than 3 days: 2026-11-18 2026-11-20 after 17 November 2026
after may: 2026-06-01 2026-11-20 after 31 May 2026
after 2025: 2026-01-01 2026-11-20 after 31 December 2025
before 9 am: 2026-11-20 2026-11-20 on 20 November 2026
the day before yesterday: 2026-11-18 2026-11-18 on 18 November 2026
up to now: 1900-01-01 2026-11-20 so far
october to february: 2025-10-01 2026-02-28 from 1 October 2025 to 28 February 2026
friday to monday: 2026-11-13 2026-11-16 from 13 November 2026 to 16 November 2026
3-9 october: 2026-10-03 2026-10-09 from 3 October 2026 to 9 October 2026
october 3 to 9: 2026-10-03 2026-10-09 from 3 October 2026 to 9 October 2026
from the 3rd to the 9th of october: 2026-10-03 2026-10-09 from 3 October 2026 to 9 October 2026
yesterday evening: 2026-11-19 2026-11-19 on 19 November 2026
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [(text, value) for text, _, value in (line.partition(": ") for line in table.strip().splitlines())]


@pytest.mark.parametrize(("text", "expected"), rows(PERIODS))
def test_periods(text: str, expected: str):
    """Each text means a stretch that has begun, and a phrase to say it."""
    period = parse_period(text, TODAY)
    assert f"{period.start} {period.end} {period.phrase}" == expected


@pytest.mark.parametrize(
    "text",
    ["this financial year", "this tax year", "this semester", "the holidays", "recently", "recent weeks",
     "a week", "the 90s", "the sixth week of may", "the third half of 2025", "from may 9 2026 to may 3 2026",
     "the last few"],
)  # fmt: skip
def test_what_differs_from_country_to_country_or_names_nothing_is_asked_about(text: str):
    """A financial year begins in January, April or July, and a semester wherever it does."""
    with pytest.raises(ToolRetry, match="is not a period that can be read"):
        parse_period(text, TODAY)


todays = st.dates(date(2000, 1, 1), date(2099, 12, 31))
names = st.sampled_from(
    ["may", "february", "q3", "h1", "the year", "last quarter", "winter", "2024", "the month before last"]
)


@given(todays, names)
def test_halves_make_the_whole(today: date, name: str):
    """The first half and the second meet, and leave nothing out."""
    whole = parse_period(name, today)
    first, second = (parse_period(f"the {nth} half of {name}", today) for nth in ("first", "second"))
    assert (first.start, second.end) == (whole.start, whole.end)
    assert second.start == first.end + timedelta(days=1)
    assert abs((first.end - first.start) - (second.end - second.start)) <= timedelta(days=4)


@given(
    todays,
    st.sampled_from(["this", "last", "next"]),
    st.sampled_from(["may", "december", "q4", "h2", "winter"]),
)
def test_stretches_lie_where_they_should(today: date, which: str, name: str):
    """ "Last" has ended, "next" has not begun, and what is leant to the past has begun."""
    span = read_span(f"{which} {name}", today, "past")
    assert span is not None
    assert {"this": span.first <= today, "last": span.last < today, "next": span.first > today}[which]
    future = read_span(name, today, "future")
    assert future is not None
    assert today <= future.last
    assert future.first <= today + timedelta(days=366)


@given(todays, st.integers(1, 60), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_rolling_periods_end_today(today: date, number: int, unit: str):
    """The last N units reach to today and join those before them without a gap."""
    period = parse_period(f"the last {number} {unit}s", today)
    assert period.end == today
    if unit in ("day", "week"):
        assert (period.end - period.start).days + 1 == number * {"day": 1, "week": 7}[unit]
