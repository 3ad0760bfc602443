"""Days, moments and periods as people write them, said on Friday, 2026-11-20 at 14:30 in Berlin."""

import re
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import ToolRetry
from homewit.tools.testing import FAKE_NOW
from homewit.tools.when.dates import Lean, parse_day, read_day
from homewit.tools.when.periods import parse_period
from homewit.tools.when.times import parse_moment

TODAY = FAKE_NOW.date()

# text: the day when it leans to the future | to the past, where that differs
DAYS = """
today: 2026-11-20
Tomorrow: 2026-11-21
yesterday: 2026-11-19
day after tomorrow: 2026-11-22
tonight: 2026-11-20
monday: 2026-11-23 | 2026-11-16
friday: 2026-11-27 | 2026-11-13
this friday: 2026-11-20
next friday: 2026-11-27
next monday: 2026-11-23
on Tuesday: 2026-11-24 | 2026-11-17
last friday: 2026-11-13
tuesday next week: 2026-11-24
saturday morning: 2026-11-21 | 2026-11-14
friday week: 2026-12-04
in 3 days: 2026-11-23
in two weeks: 2026-12-04
in a month: 2026-12-20
in a fortnight: 2026-12-04
2 weeks ago: 2026-11-06
a couple of days ago: 2026-11-18
a week from today: 2026-11-27
3 days after christmas: 2026-12-28 | 2025-12-28
5 business days from now: 2026-11-27
today + 3: 2026-11-23
the 15th: 2026-12-15 | 2026-11-15
the 25th: 2026-11-25 | 2026-10-25
the 31st: 2026-12-31 | 2026-10-31
by the 2nd: 2026-12-02 | 2026-11-02
1st of next month: 2026-12-01
may 3: 2027-05-03 | 2026-05-03
May 3rd, 2027: 2027-05-03
3 May 2027: 2027-05-03
3rd of may: 2027-05-03 | 2026-05-03
the third of may: 2027-05-03 | 2026-05-03
twenty-first of june: 2027-06-21 | 2026-06-21
Nov. 20: 2026-11-20
Sat, Dec 5: 2026-12-05 | 2025-12-05
feb 29: 2028-02-29 | 2024-02-29
2026-12-01: 2026-12-01
2026/12/01: 2026-12-01
3/14: 2027-03-14 | 2026-03-14
31/12: 2026-12-31 | 2025-12-31
11/20/26: 2026-11-20
14.3.: 2027-03-14 | 2026-03-14
14.03.2027: 2027-03-14
end of the month: 2026-11-30
end of next month: 2026-12-31
EOM: 2026-11-30
end of year: 2026-12-31
beginning of december: 2026-12-01 | 2025-12-01
next week: 2026-11-23
next month: 2026-12-01
this weekend: 2026-11-21 | 2026-11-14
first monday of december: 2026-12-07 | 2025-12-01
last friday of november: 2026-11-27
friday may 3: 2027-05-03 | 2026-05-03
christmas: 2026-12-25 | 2025-12-25
New Year's Eve: 2026-12-31 | 2025-12-31
new year’s eve 2027: 2027-12-31
halloween: 2027-10-31 | 2026-10-31
thanksgiving: 2026-11-26 | 2025-11-27
easter 2027: 2027-03-28
4th of july: 2027-07-04 | 2026-07-04
übermorgen: 2026-11-22
2moro: 2026-11-21
no later than friday: 2026-11-27 | 2026-11-13
28/5 at the latest: 2027-05-28 | 2026-05-28
later today: 2026-11-20
eod friday: 2026-11-27 | 2026-11-13
the end of business today: 2026-11-20
late yesterday: 2026-11-19
the night before last: 2026-11-18
tomorrow evening around 8: 2026-11-21
on april 24 at 10:00: 2027-04-24 | 2026-04-24
this monday: 2026-11-23 | 2026-11-16
this past friday: 2026-11-13
monday before last: 2026-11-09
tuesday after next: 2026-12-01
friday the 13th: 2027-08-13 | 2026-11-13
a week on tuesday: 2026-12-01
two weeks tomorrow: 2026-12-05
a week ago on friday: 2026-11-13
monday in two weeks: 2026-11-30
last week on wednesday: 2026-11-11
next month on the 5th: 2026-12-05
next year in march: 2027-03-01
the same day next week: 2026-11-27
the friday after christmas: 2027-01-01 | 2025-12-26
the weekend before easter: 2027-03-27 | 2026-04-04
christmas day next year: 2027-12-25
a couple of weeks from today: 2026-12-04
half a year ago: 2026-05-20
a year and a half ago: 2025-05-20
10 working days before christmas: 2026-12-11 | 2025-12-11
first of the month: 2026-12-01 | 2026-11-01
start of the week: 2026-11-23 | 2026-11-16
the middle of the month: 2026-12-16 | 2026-11-15
early december: 2026-12-01 | 2025-12-01
late april: 2027-04-30 | 2026-04-30
the end of q2: 2027-06-30 | 2026-06-30
eoq: 2026-12-31
november: 2026-11-30 | 2026-11-01
next spring: 2027-03-01
the week after next: 2026-11-30
the first weekend of december: 2026-12-05 | 2025-12-06
the second week of june: 2027-06-08 | 2026-06-08
the week of 15 december: 2026-12-14 | 2025-12-15
over the weekend: 2026-11-21 | 2026-11-14
my appointment on friday: 2026-11-27 | 2026-11-13
dans 3 jours: 2026-11-23
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [(text, value) for text, _, value in (line.partition(": ") for line in table.strip().splitlines())]


@pytest.mark.parametrize(("text", "expected"), rows(DAYS))
def test_days(text: str, expected: str):
    """Each text means one day, which may depend on whether it leans to the future or the past."""
    future, _, past = expected.partition(" | ")
    leans: tuple[Lean, Lean] = ("future", "past")
    found = [str(parse_day(text, TODAY, lean)) for lean in leans]
    assert found == [future, past or future]


NO_DAYS = """
soon, milk, may 42, feb 30, the 32nd, 13/13, 2026-02-30, 99999-01-01, in 99999999999 years,
today or so, later, some day, the other day, every friday, not on friday, friday or saturday,
after christmas, two weeks, in 3 hours, days before christmas, in half a working day, the holidays,
my birthday, the third half of may, 3 fridays ago
"""


@pytest.mark.parametrize("text", ["", "x" * 500, *re.split(r",\s", NO_DAYS.strip())])
def test_what_is_no_day(text: str):
    """Days that no calendar has, and words that name none, lead to a hint."""
    with pytest.raises(ToolRetry, match="is not a date that can be read"):
        parse_day(text, TODAY)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_written_dates_are_read_back(day: date, today: date):
    """ISO and long forms mean the same day whatever today is."""
    for text in (f"{day}", f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}"):
        assert parse_day(text, today) == day


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from("monday friday sunday".split()))
def test_weekdays_lie_where_they_should(today: date, name: str):
    """A bare weekday is within the coming week, "next" in the next calendar week, "last" before today."""
    assert today < parse_day(name, today) <= today + timedelta(days=7)
    monday = today + timedelta(days=7 - today.weekday())
    assert monday <= parse_day(f"next {name}", today) < monday + timedelta(days=7)
    assert today - timedelta(days=7) <= parse_day(f"last {name}", today) < today


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from("today,tomorrow,friday,christmas,may 3,the 15th,next month,end of q2".split(",")),
    st.integers(1, 40),
)
def test_days_are_told_by_other_days(today: date, text: str, number: int):
    """Before and after shift a day, a weekday after it is the nearest, and a time changes nothing."""
    day = parse_day(text, today)
    assert parse_day(f"{number} days after {text}", today) == day + timedelta(days=number)
    assert parse_day(f"the day before {text}", today) == day - timedelta(days=1)
    assert parse_day(f"two weeks before {text}", today) == day - timedelta(days=14)
    assert parse_day(f"{text} at 9:30", today) == parse_day(f"no later than {text}", today) == day
    after = parse_day(f"the tuesday after {text}", today)
    assert after.weekday() == 1
    assert day < after <= day + timedelta(days=7)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from("monday friday sunday".split()))
def test_weeks_between_weekdays(today: date, name: str):
    """Ways to name a weekday further off agree with the plain one."""
    week = timedelta(days=7)
    assert (
        parse_day(f"a week on {name}", today)
        == parse_day(f"{name} week", today)
        == parse_day(name, today) + week
    )
    assert parse_day(f"{name} after next", today) == parse_day(f"next {name}", today) + week
    assert parse_day(f"{name} before last", today) == parse_day(f"last {name}", today) - week
    assert parse_day(f"next week on {name}", today) == parse_day(f"next {name}", today)


@given(st.text(max_size=40))
def test_any_text_is_read_or_not_without_an_accident(text: str):
    """No input raises anything but the hint."""
    found = read_day(text, TODAY)
    assert found is None or isinstance(found, date)


MOMENTS = """
now: 2026-11-20T14:30
in 2 hours: 2026-11-20T16:30
in 90 minutes: 2026-11-20T16:00
in half an hour: 2026-11-20T15:00
in an hour and a half: 2026-11-20T16:00
in 1h 30m: 2026-11-20T16:00
in 2 hours and 15 minutes: 2026-11-20T16:45
20 minutes from now: 2026-11-20T14:50
in 2 days: 2026-11-22T14:30
in 3 days at 8am: 2026-11-23T08:00
tomorrow: 2026-11-21T09:00
tomorrow at 9am: 2026-11-21T09:00
9am tomorrow: 2026-11-21T09:00
tomorrow 9: 2026-11-21T09:00
tomorrow at nine: 2026-11-21T09:00
tomorrow noon: 2026-11-21T12:00
tomorrow morning at 8: 2026-11-21T08:00
8 tomorrow morning: 2026-11-21T08:00
tomorrow night: 2026-11-21T21:00
tonight: 2026-11-20T20:00
at 7 tonight: 2026-11-20T19:00
this evening: 2026-11-20T19:00
6 in the evening: 2026-11-20T18:00
8 in the morning: 2026-11-21T08:00
at 5: 2026-11-20T17:00
at 9: 2026-11-20T21:00
5pm: 2026-11-20T17:00
9am: 2026-11-21T09:00
19:30: 2026-11-20T19:30
09:30: 2026-11-21T09:30
at 18.30: 2026-11-20T18:30
at six thirty: 2026-11-20T18:30
half past 4: 2026-11-20T16:30
quarter to six tomorrow: 2026-11-21T17:45
9 o'clock: 2026-11-20T21:00
noon: 2026-11-21T12:00
midnight: 2026-11-21T00:00
friday at 6pm: 2026-11-20T18:00
friday at 9am: 2026-11-27T09:00
friday morning: 2026-11-27T09:00
next friday at 10: 2026-11-27T10:00
at 9 am on monday: 2026-11-23T09:00
monday 9.30am: 2026-11-23T09:30
the 25th at noon: 2026-11-25T12:00
may 3 at 14:00: 2027-05-03T14:00
by 2027: 2027-01-01T09:00
12/24 at 6pm: 2026-12-24T18:00
end of the month at 5pm: 2026-11-30T17:00
christmas: 2026-12-25T09:00
today: 2026-11-20T15:30
today at 2pm: 2026-11-20T14:00
2026-12-01 08:00: 2026-12-01T08:00
2026-12-01T08:00:00Z: 2026-12-01T09:00
"""


@pytest.mark.parametrize(
    ("text", "expected"), [(line[:-18], line[-16:]) for line in MOMENTS.strip().splitlines()]
)
def test_moments(text: str, expected: str):
    """Each text means one moment, in the zone of the person who says it."""
    found = parse_moment(text, FAKE_NOW)
    assert f"{found:%Y-%m-%dT%H:%M}" == expected
    assert found.tzinfo is FAKE_NOW.tzinfo


def test_hours_count_over_a_change_to_summer_time():
    """Two hours are two hours, and a day keeps the time on the clock, when clocks change in between."""
    before = datetime(2027, 3, 27, 22, 0, tzinfo=FAKE_NOW.tzinfo)  # clocks go forward at 2:00 next morning
    assert parse_moment("in 6 hours", before).isoformat() == "2027-03-28T05:00:00+02:00"
    assert parse_moment("in 1 day", before).isoformat() == "2027-03-28T22:00:00+02:00"
    assert parse_moment("tomorrow at 9", before).isoformat() == "2027-03-28T09:00:00+02:00"


NO_MOMENTS = "soon, every day, 25:00, at 9:75, 13pm, after lunch, in many hours, 2026-13-01 10:00"


@pytest.mark.parametrize("text", ["", "x" * 500, *NO_MOMENTS.split(", ")])
def test_what_is_no_moment(text: str):
    """Times that no clock shows, and words that name none, lead to a hint."""
    with pytest.raises(ToolRetry, match="is not a time that can be read"):
        parse_moment(text, FAKE_NOW)


PERIODS = """
today: 2026-11-20 2026-11-20 today
yesterday: 2026-11-19 2026-11-19 yesterday
this month: 2026-11-01 2026-11-30 this month
the month so far: 2026-11-01 2026-11-30 this month
last month: 2026-10-01 2026-10-31 last month
this week: 2026-11-16 2026-11-22 this week
Last Week: 2026-11-09 2026-11-15 last week
this year: 2026-01-01 2026-12-31 this year
last quarter: 2026-07-01 2026-09-30 last quarter
last weekend: 2026-11-14 2026-11-15 last weekend
october: 2026-10-01 2026-10-31 in October 2026
november: 2026-11-01 2026-11-30 in November 2026
december: 2025-12-01 2025-12-31 in December 2025
in october 2025: 2025-10-01 2025-10-31 in October 2025
last october: 2026-10-01 2026-10-31 in October 2026
2026-10: 2026-10-01 2026-10-31 in October 2026
2025: 2025-01-01 2025-12-31 in 2025
q1: 2026-01-01 2026-03-31 in Q1 2026
last 30 days: 2026-10-22 2026-11-20 in the last 30 days
past week: 2026-11-14 2026-11-20 in the last week
the last three months: 2026-08-21 2026-11-20 in the last 3 months
since monday: 2026-11-16 2026-11-20 since 16 November 2026
since october: 2026-10-01 2026-11-20 since 1 October 2026
from may 1 to may 9: 2026-05-01 2026-05-09 from 1 May 2026 to 9 May 2026
may 3 - may 9: 2026-05-03 2026-05-09 from 3 May 2026 to 9 May 2026
between september and october: 2026-09-01 2026-10-31 from 1 September 2026 to 31 October 2026
november 3: 2026-11-03 2026-11-03 on 3 November 2026
last friday: 2026-11-13 2026-11-13 on 13 November 2026
week of nov 2: 2026-11-02 2026-11-08 in the week of 2 November 2026
all time: 1900-01-01 9999-12-31 in all
"""


@pytest.mark.parametrize(("text", "expected"), rows(PERIODS))
def test_periods(text: str, expected: str):
    """Each text means a span of days that leans to the past, and a phrase to say it."""
    period = parse_period(text, TODAY)
    assert f"{period.start} {period.end} {period.phrase}" == expected


@pytest.mark.parametrize("text", ["foo", "last 0 days", "the other day", "from milk to eggs", "2026-99"])
def test_what_is_no_period(text: str):
    """Words that name no span lead to a hint."""
    with pytest.raises(ToolRetry, match="is not a period that can be read"):
        parse_period(text, TODAY)
