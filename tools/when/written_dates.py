"""Reads dates that are written with digits: "2026-05-03", "3/14", "14.3.", "May 3rd, 2027", "the 15th".

"3/14" is month and day unless only day and month fits; "14.3." is day and month. A day without a year or a
month is the next such day or the last one, as it is leant to. Expects timely words, with ordinals as digits.
"""

import re
from collections.abc import Callable
from datetime import date

from .calendars import MONTH, last_day, month_number, months_later
from .spans import Lean

_Reader = Callable[[re.Match[str], date, Lean], date | None]
_YEAR = r"(?:[ -]+(?P<year>\d{4}|'\d{2}|(?:this|last|next) year))?"


def read_written(words: str, today: date, lean: Lean) -> date | None:
    """The day that is written; None for another form, ValueError for a day that no calendar has."""
    for pattern, reader in _RULES:
        if (match := pattern.fullmatch(words)) and (found := reader(match, today, lean)) is not None:
            return found
    return None


def in_year(month: int, day: int, year: str | None, today: date, lean: Lean) -> date:
    """A day of the year: in the year that is named, or the nearest that has it."""
    if year is not None:
        relative = {"this year": today.year, "last year": today.year - 1, "next year": today.year + 1}
        digits = year.lstrip("'")
        number = relative.get(year) or int(digits) + (2000 if len(digits) == 2 else 0)
        return date(number, month, day)
    step = 1 if lean == "future" else -1
    for shift in range(0, 9 * step, step):  # February 29 may be years away
        try:
            found = date(today.year + shift, month, day)
        except ValueError:
            if (month, day) != (2, 29):
                raise
            continue
        if (found >= today) if lean == "future" else (found <= today):
            return found
    raise ValueError("no such day")


def day_of_month(day: int, today: date, lean: Lean, weekday: int | None = None) -> date | None:
    """The next or last month's day with that number, and on that weekday where one is given."""
    step = 1 if lean == "future" else -1
    for months in range(0, 48 * step, step):
        first = months_later(today.replace(day=1), months)
        if 1 <= day <= last_day(first.year, first.month).day:
            found = first.replace(day=day)
            if weekday in (None, found.weekday()) and (
                (found >= today) if lean == "future" else (found <= today)
            ):
                return found
    return None


def _year_first(match: re.Match[str], today: date, lean: Lean) -> date:
    return date(int(match[1]), int(match[2]), int(match[3]))


def _with_month_name(match: re.Match[str], today: date, lean: Lean) -> date:
    return in_year(month_number(match["month"]), int(match["day"]), match["year"], today, lean)


def _slashes(match: re.Match[str], today: date, lean: Lean) -> date:
    first, second = int(match[1]), int(match[2])
    month, day = (first, second) if first <= 12 else (second, first)
    return in_year(month, day, match[3], today, lean)


def _dots(match: re.Match[str], today: date, lean: Lean) -> date:
    first, second = int(match[1]), int(match[2])
    day, month = (first, second) if second <= 12 else (second, first)
    return in_year(month, day, match[3], today, lean)


def _number_alone(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "the 15th", also "of next month"; "of the month" is the nearest."""
    day, month = int(match["day"]), match["month"]
    if not 1 <= day <= 31:
        return None
    if month in ("this month", "next month", "last month"):
        shift = {"next month": 1, "last month": -1}.get(month, 0)
        return months_later(today.replace(day=1), shift).replace(day=day)
    return day_of_month(day, today, lean)


_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})(?:t.*)?", _year_first),
        (r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", _year_first),
        (rf"(?P<month>{MONTH})\.?[ -]*(?P<day>\d{{1,2}}){_YEAR}", _with_month_name),
        (rf"(?P<day>\d{{1,2}})\.?[ -]*(?:of )?(?P<month>{MONTH})\.?{_YEAR}", _with_month_name),
        (rf"(?P<year>\d{{4}})[ -](?P<month>{MONTH})[ -](?P<day>\d{{1,2}})", _with_month_name),
        (r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?", _slashes),
        (r"(\d{1,2})[.-](\d{1,2})(?:[.-](\d{4}|\d{2}))?\.?", _dots),
        (r"(?P<day>\d{1,2})(?: (?:of )?(?P<month>(?:this |next |last )?month))?", _number_alone),
    )
)
