"""Reads spans of days for reports: "this month", "last week", "october", "2026", "last 30 days".

Leans to the past, since reports are about what happened: "october" in March is last year's. Weeks begin on
Monday. The phrase of a period completes "spent 12.50 …", as in "this month" or "in October 2026".
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from .dates import AMOUNT, MONTH, add_units, amount_of, bounds, last_day, month_number, read_day
from .errors import ToolRetry
from .moments import calendar_day
from .wording import digits_for_words, plain

_UNITS = "day|week|fortnight|month|quarter|year"
_MAX_LENGTH = 100
_BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included, and how to say it after a verb."""

    start: date
    end: date
    phrase: str


def parse_period(text: str, today: date) -> Period:
    """Return the period that `text` means when said on `today`; raises ToolRetry."""
    words = digits_for_words(plain(text[:_MAX_LENGTH]))
    words = re.sub(r"^(?:in|during|for|of|over|within|on)\s+", "", words)
    words = re.sub(r"\bthe\s+|\s+so far$|\s+to date$", "", words).strip()
    try:
        found = (
            _named(words, today) or _rolling(words, today) or _calendar(words, today) or _range(words, today)
        )
    except (OverflowError, ValueError):
        found = None
    found = found or _single_day(words, today)
    if found is None:
        raise ToolRetry(
            f"{text!r} is not a period that can be read.",
            'Write it like "this month", "last week", "october", "2026", "last 30 days" or "May 3 to May 9".',
        )
    return found


def _named(words: str, today: date) -> Period | None:
    if words in ("", "all", "all time", "ever", "always", "everything", "total", "overall"):
        return Period(_BEGINNING, date(9999, 12, 31), "in all")
    if words in ("today", "yesterday"):
        day = today if words == "today" else today - timedelta(days=1)
        return Period(day, day, words)
    if words in ("mtd", "ytd", "wtd"):
        words = {"m": "month", "y": "year", "w": "week"}[words[0]]
    if match := re.fullmatch(rf"(?:(this|current|last|previous|next) )?({_UNITS})", words):
        relation = {"current": "this", "previous": "last"}.get(match[1] or "this", match[1] or "this")
        if match[2] == "day":
            day = today - timedelta(days=relation == "last")
            return Period(day, day, "today" if relation == "this" else "yesterday")
        if match[2] == "fortnight":
            return _last_days(14, today)
        shift = {"this": 0, "last": -1, "next": 1}[relation]
        first, last = bounds(add_units(today, shift, match[2]), match[2])
        return Period(first, last, f"{relation} {match[2]}")
    if match := re.fullmatch(r"(?:(this|last|past|next) )?weekend", words):
        saturday = bounds(today, "week")[0] + timedelta(days=5)
        shift = {"next": 7, "last": -7, "past": -7}.get(match[1] or "", 0)
        start = saturday + timedelta(days=shift)
        return Period(start, start + timedelta(days=1), f"{match[1] or 'this'} weekend")
    return None


def _rolling(words: str, today: date) -> Period | None:
    pattern = rf"(?:last|past|previous|recent) (?:{AMOUNT} )?(?P<unit>{_UNITS})s?"
    match = re.fullmatch(pattern, words)
    if match is None:
        return None
    amount = amount_of(match["amount"] or "a")
    if amount == 0:
        return None
    start = add_units(today, -amount, match["unit"]) + timedelta(days=1)
    unit = match["unit"] if amount == 1 else f"{amount} {match['unit']}s"
    return Period(start, today, f"in the last {unit}")


def _last_days(days: int, today: date) -> Period:
    return Period(today - timedelta(days=days - 1), today, f"in the last {days} days")


def _calendar(words: str, today: date) -> Period | None:
    if re.fullmatch(r"(?:19|20|21)\d\d", words):
        return Period(date(int(words), 1, 1), date(int(words), 12, 31), f"in {words}")
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})", words):
        return _month(int(match[1]), int(match[2]))
    if match := re.fullmatch(
        rf"(?:(last|this|next) )?({MONTH})(?: (?:of )?(\d{{4}}|last year|this year))?", words
    ):
        month = month_number(match[2])
        year = today.year if month <= today.month else today.year - 1
        if match[1] == "last" and month == today.month:
            year -= 1
        if match[1] == "next":
            year = today.year if month > today.month else today.year + 1
        named = {"last year": today.year - 1, "this year": today.year}
        return _month(named.get(match[3] or "") or int(match[3] or year), month)
    if match := re.fullmatch(
        r"q([1-4])(?: (\d{4}))?|([1-4])(?:st|nd|rd|th) quarter(?: (?:of )?(\d{4}))?", words
    ):
        quarter, year = int(match[1] or match[3]), match[2] or match[4]
        first = date(int(year) if year else today.year, 3 * quarter - 2, 1)
        if not year and first > today:
            first = first.replace(year=today.year - 1)
        return Period(first, bounds(first, "quarter")[1], f"in Q{quarter} {first.year}")
    if match := re.fullmatch(r"week of (.+)", words):
        day = read_day(match[1], today, "past")
        if day is not None:
            first, last = bounds(day, "week")
            return Period(first, last, f"in the week of {calendar_day(first)}")
    return None


def _month(year: int, month: int) -> Period:
    first = date(year, month, 1)
    return Period(first, last_day(year, month), f"in {first:%B %Y}")


def _range(words: str, today: date) -> Period | None:
    if match := re.fullmatch(r"since (.+)", words):
        start = _edge(match[1], today, first=True)
        return None if start is None else Period(start, max(start, today), f"since {calendar_day(start)}")
    pattern = r"(?:from |between )?(.+?)(?: to | until | till | through | and | - | – |\.\.)(.+)"
    if match := re.fullmatch(pattern, words):
        start, end = _edge(match[1], today, first=True), _edge(match[2], today, first=False)
        if start is not None and end is not None:
            if end < start and not re.search(r"\d{4}", match[1]):
                start = add_units(start, -12, "month")
            phrase = f"from {calendar_day(start)} to {calendar_day(end)}"
            return Period(start, end, phrase) if start <= end else None
    return None


def _edge(words: str, today: date, first: bool) -> date | None:
    """The first or last day of a named period, or a day."""
    span = _calendar(words, today) or _named(words, today)
    if span is not None and words:
        return span.start if first else span.end
    return read_day(words, today, "past")


def _single_day(words: str, today: date) -> Period | None:
    day = read_day(words, today, "past") if words else None
    return None if day is None else Period(day, day, f"on {calendar_day(day)}")
