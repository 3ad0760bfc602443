"""The names of days and months, and where weeks, months, quarters and years begin and end.

Weeks begin on Monday. Nothing here reads sentences.
"""

from datetime import date, timedelta

from dateutil.relativedelta import MO, relativedelta

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = "january february march april may june july august september october november december".split()
_DAY_NAMES = {name: number for number, day in enumerate(WEEKDAYS) for name in (day, day[:3])} | {
    "tues": 1, "weds": 2, "thur": 3, "thurs": 3,
}  # fmt: skip
_MONTH_NAMES = {name: number for number, month in enumerate(MONTHS, 1) for name in (month, month[:3])} | {
    "sept": 9
}
DAY = "|".join(sorted(_DAY_NAMES, key=len, reverse=True))
MONTH = "|".join(sorted(_MONTH_NAMES, key=len, reverse=True))


def weekday_number(name: str) -> int:
    """0 to 6 for a day's name or a short form of it."""
    return _DAY_NAMES[name]


def month_number(name: str) -> int:
    """1 to 12 for a month's name or its first three letters."""
    return _MONTH_NAMES[name]


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, 1) + relativedelta(day=31)


def monday_of(day: date) -> date:
    """The Monday of the week that holds a day."""
    return day + relativedelta(weekday=MO(-1))


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last one when it is too short; ValueError beyond the calendar."""
    return day + relativedelta(months=months)


def bounds(day: date, unit: str) -> tuple[date, date]:
    """First and last day of the week, month, quarter or year that holds a day."""
    if unit == "week":
        return monday_of(day), monday_of(day) + timedelta(days=6)
    if unit == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if unit == "quarter":
        first = 3 * ((day.month - 1) // 3) + 1
        return date(day.year, first, 1), last_day(day.year, first + 2)
    return day.replace(day=1), last_day(day.year, day.month)
