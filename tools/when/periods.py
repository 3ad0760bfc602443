"""Reads spans of days for reports: "this month", "last week", "october", "last 30 days", "since easter".

Leans to the past, since reports are about what happened: "october" in March is last year's. Weeks begin on
Monday. The phrase of a period completes "spent 12.50 …", as in "this month" or "in October 2026".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ..errors import ToolRetry
from ..numbers.words import digits_for_ordinals
from .amounts import Amount, read_amount
from .calendars import MONTH, bounds
from .clocks import take_time
from .dates import read_day
from .moments import calendar_day
from .spans import read_span
from .timewords import MAX_LENGTH, timely

_BEGINNING, _END = date(1900, 1, 1), date(9999, 12, 31)
_EVERYTHING = {"", "all", "all time", "ever", "always", "everything", "total", "overall", "in total"}
_UNTIL_NOW = {
    "to date",
    "so far",
    "up to now",
    "until now",
    "to now",
    "up to today",
    "until today",
    "up to date",
}
BEFORE = re.compile(r"(?P<way>before|prior to|older than) (?P<base>.+)")
AFTER = re.compile(r"(?P<way>after|newer than) (?P<base>.+)")
_AGES = ("older than", "newer than")
_DAYS = {
    "today": 0,
    "day": 0,
    "this day": 0,
    "current day": 0,
    "yesterday": -1,
    "last day": -1,
    "previous day": -1,
}
_TO_DATE = {"mtd": "month", "ytd": "year", "wtd": "week", "qtd": "quarter"}


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included, and how to say it after a verb."""

    start: date
    end: date
    phrase: str


def parse_period(text: str, today: date) -> Period:
    """Return the period that `text` means when said on `today`; raises ToolRetry."""
    found = None
    if len(text) <= MAX_LENGTH:
        words = _normal(text)
        try:
            found = next((period for reader in _READERS if (period := reader(words, today))), None)
        except (OverflowError, ValueError):
            found = None
    if found is None:
        raise ToolRetry(
            f"{text!r} is not a period that can be read.",
            'Write it like "this month", "last week", "october", "2026", "last 30 days" or "May 3 to May 9".',
        )
    return found


def _normal(text: str) -> str:
    words = digits_for_ordinals(timely(text))
    words = re.sub(r"^(?:in|during|for|of|over|within|on|at) (?=\S)", "", words)
    if words not in _UNTIL_NOW:
        words = re.sub(r"^so far |,? so far$|,? to date$", "", words)
    return words


def _everything(words: str, today: date) -> Period | None:
    if words in _EVERYTHING:
        return Period(_BEGINNING, _END, "in all")
    return Period(_BEGINNING, today, "so far") if words in _UNTIL_NOW else None


def _near_day(words: str, today: date) -> Period | None:
    if words not in _DAYS:
        return None
    day = today + timedelta(days=_DAYS[words])
    return Period(day, day, "today" if day == today else "yesterday")


def _span(words: str, today: date) -> Period | None:
    span = read_span(_TO_DATE.get(words, words), today, "past")
    return None if span is None else Period(span.first, span.last, span.phrase)


def _rolling(words: str, today: date) -> Period | None:
    """ "the last 30 days", "the past year and a half": up to today."""
    match = re.fullmatch(
        r"(?:(?:this|these) )?(?:last|past|previous|recent) (.+)|(?:this |current )?(fortnight)", words
    )
    amount = read_amount(match[1] or match[2], bare=True) if match else None
    if match is None or not amount:
        return None
    whole_days = Amount(amount.months, amount.days, amount.working_days, 0)
    start = (-whole_days).from_day(today) + timedelta(days=1 if whole_days else 0)
    start -= timedelta(days=amount.seconds // 86_400)  # the last 24 hours reach into yesterday
    said = re.sub(r"^(?:1|an?) ([a-z]+?)s?$", r"\1", match[1] or match[2])
    return Period(start, today, f"in the last {said}")


def _week_of(words: str, today: date) -> Period | None:
    match = re.fullmatch(r"week of (.+)", words)
    day = read_day(match[1], today, "past") if match else None
    if day is None:
        return None
    first, last = bounds(day, "week")
    return Period(first, last, f"in the week of {calendar_day(first)}")


def _since(words: str, today: date) -> Period | None:
    match = re.fullmatch(r"since (.+)|from (.+?) on(?:wards?)?", words)
    start = _edge(match[1] or match[2], today, first=True) if match else None
    return None if start is None else Period(start, max(start, today), f"since {calendar_day(start)}")


def _until(words: str, today: date) -> Period | None:
    match = re.fullmatch(r"(?:until|till|up (?:un)?till?|up to) (.+)", words)
    end = _edge(match[1], today, first=False) if match else None
    return None if end is None else Period(_BEGINNING, end, f"until {calendar_day(end)}")


def _before(words: str, today: date) -> Period | None:
    """ "before may" ends on the last of April, "older than 30 days" 31 days ago."""
    end = _edge_of(BEFORE, words, today)
    if end is None:
        return None
    last = end - timedelta(days=1)
    return Period(min(_BEGINNING, last), last, f"before {calendar_day(end)}")


def _after(words: str, today: date) -> Period | None:
    """ "after may" begins on the first of June, "newer than 3 days" two days ago."""
    end = _edge_of(AFTER, words, today)
    if end is None:
        return None
    start = end + timedelta(days=1)
    return Period(start, max(start, today), f"after {calendar_day(end)}")


def _edge_of(pattern: re.Pattern[str], words: str, today: date) -> date | None:
    """The day that a period is before or after; none for a time of day, which is today's."""
    match = pattern.fullmatch(words)
    if match is None or take_time(match["base"]).said:
        return None
    if match["way"] in _AGES and (age := read_amount(match["base"])) and not age.seconds:
        return (-age).from_day(today)
    return _edge(match["base"], today, first=pattern is BEFORE)


def _range(words: str, today: date) -> Period | None:
    pattern = r"(?:from |between )?(.+?)(?: to | until | till | through | and | - | – |\.\.)(.+)"
    match = re.fullmatch(pattern, words)
    if match is None:
        return None
    start, end = _edge(match[1], today, first=True), _edge(match[2], today, first=False)
    if start is not None and end is not None and end < start:
        start = _edge(match[1], end, first=True)  # "october to february": the october before
    if start is None or end is None or end < start:
        return None
    return Period(start, end, f"from {calendar_day(start)} to {calendar_day(end)}")


def _days_of_month(words: str, today: date) -> Period | None:
    """ "october 3 to 9", "3-9 october": the month belongs to both."""
    days = r"(?P<first>\d{1,2}) ?(?:-|–|to|until|till|through|and) ?(?P<last>\d{1,2})"
    month = rf"(?P<month>{MONTH})(?P<year>,? \d{{4}})?"
    for pattern in (
        rf"(?:from |between )?{days} (?:of )?{month}",
        rf"(?:from |between )?(?P<month>{MONTH}) {days}(?P<year>,? \d{{4}})?",
    ):
        if match := re.fullmatch(pattern, words):
            named = f"{match['month']}{match['year'] or ''}"
            return _range(f"{match['first']} {named} to {match['last']} {named}", today)
    return None


def _edge(words: str, today: date, first: bool) -> date | None:
    """The first or last day of a named period, or a day."""
    if span := read_span(words, today, "past"):
        return span.first if first else span.last
    return read_day(words, today, "past")


def _single_day(words: str, today: date) -> Period | None:
    day = read_day(words, today, "past")
    return None if day is None else Period(day, day, f"on {calendar_day(day)}")


_READERS: tuple[Callable[[str, date], Period | None], ...] = (
    _everything, _near_day, _span, _rolling, _week_of, _since, _until, _before, _after,
    _days_of_month, _range, _single_day,
)  # fmt: skip
