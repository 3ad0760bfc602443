"""Reads stretches of the calendar: "next week", "october 2027", "q2", "last summer", "the first half of may".

Expects timely words, with ordinals as digits. Conventions: "this" or no word before a named stretch is the
one that holds today, otherwise the nearest in the direction that is leant to; "last" has ended and "next" has
not begun. Seasons are those of the northern half of the world, in whole months. The first week of a month is
its first seven days.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .calendars import MONTH, bounds, last_day, monday_of, month_number, months_later
from .moments import calendar_day

Lean = Literal["future", "past"]
Relation = Literal["this", "last", "next", "bare", "named"]
_Reader = Callable[[re.Match[str], date, Lean], "Span | None"]


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day, both included; `phrase` completes "spent 5 …".

    `relation` tells how it was named: "bare" is a unit alone ("the month"), "named" has a name of its own.
    """

    first: date
    last: date
    phrase: str
    unit: str
    relation: Relation


_WRAPPINGS = re.compile(
    r"^(?:all|full|complete)(?: of)? |\b(?:whole|entire|calendar)(?: of)? |^month of |^year (?:of )?(?=\d)"
)
_RELATIONS: dict[str, tuple[Relation, int]] = {
    "this": ("this", 0), "current": ("this", 0), "last": ("last", -1), "previous": ("last", -1),
    "past": ("last", -1), "before last": ("last", -2), "after next": ("next", 2),
    "this past": ("last", -1), "next": ("next", 1), "coming": ("next", 1), "following": ("next", 1),
    "upcoming": ("next", 1), "this coming": ("next", 1),
}  # fmt: skip
_WHICH = r"(?P<which>(?:this )?(?:past|coming)|this|current|last|previous|next|following|upcoming)"
_YEAR = r"(?: (?:of |in )?(?P<year>\d{4}|'\d\d|(?:this |last |next )?year))?"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_LENGTHS = {"day": 1, "week": 7, "month": 1, "quarter": 3}


def read_span(words: str, today: date, lean: Lean) -> Span | None:
    """The stretch that `words` name when said on `today`; None for what names none."""
    words = _WRAPPINGS.sub("", words)
    for pattern, reader in _RULES:
        if (match := pattern.fullmatch(words)) and (found := reader(match, today, lean)) is not None:
            return found
    return None


def _unit(match: re.Match[str], today: date, lean: Lean) -> Span | None:
    which, unit = match["which"] or match["far"], match["unit"]
    relation, shift = _RELATIONS[which] if which else ("bare", 0)
    if unit == "weekend":
        return _weekend(which, relation, shift, today, lean)
    if which in ("past", "this past"):
        return None  # "the past month" ends today
    day = today + timedelta(days=7 * shift) if unit == "week" else months_later(today, shift * _months(unit))
    first, last = bounds(day, unit)
    near = {"this": "this", "bare": "this", "last": "last", "next": "next"}[relation]
    return Span(first, last, f"{near} {unit}" if abs(shift) < 2 else _phrase(first, unit), unit, relation)


def _weekend(which: str | None, relation: Relation, shift: int, today: date, lean: Lean) -> Span:
    saturday = monday_of(today) + timedelta(days=5)
    if which in ("coming", "this coming", "upcoming"):
        shift = 0 if saturday > today else 1
    if shift == 0 and lean == "past" and saturday > today:
        relation, shift = "last", -1
    first = saturday + timedelta(days=7 * shift)
    near = "this" if relation == "bare" else relation
    phrase = f"{near} weekend" if abs(shift) < 2 else f"on the weekend of {calendar_day(first)}"
    return Span(first, first + timedelta(days=1), phrase, "weekend", relation)


def _months(unit: str) -> int:
    return {"month": 1, "quarter": 3, "year": 12}[unit]


def _phrase(first: date, unit: str) -> str:
    """The name of the week, month, quarter or year that begins on a day."""
    return {
        "week": f"in the week of {calendar_day(first)}",
        "month": f"in {first:%B %Y}",
        "quarter": f"in Q{(first.month + 2) // 3} {first.year}",
        "year": f"in {first.year}",
    }[unit]


def _iso_month(match: re.Match[str], today: date, lean: Lean) -> Span:
    return _in_year(f"{date(2000, int(match['month']), 1):%B}".lower(), int(match["year"]))


def _year(match: re.Match[str], today: date, lean: Lean) -> Span:
    first, last = bounds(date(int(match[0]), 1, 1), "year")
    return Span(first, last, f"in {match[0]}", "year", "named")


def _named(match: re.Match[str], today: date, lean: Lean) -> Span | None:
    """A month, quarter, half or season, of a year or the nearest one."""
    name, year = match["name"], match["year"]
    if year:
        return _in_year(name, year_number(year, today))
    near = [_in_year(name, today.year + shift) for shift in (-2, -1, 0, 1, 2)]
    relation = _RELATIONS[match["which"]][0] if match["which"] else "this"
    if relation == "this":
        if holding := [span for span in near if span.first <= today <= span.last]:
            return holding[0]
        relation = "next" if lean == "future" else "last"
    if relation == "next":
        return next(span for span in near if span.first > today)
    return next(span for span in reversed(near) if span.last < today)


def year_number(words: str, today: date) -> int:
    """The year of "2027", "'27", "last year" or "the year"."""
    if words.startswith("'"):
        return 2000 + int(words[1:])
    return int(words) if words.isdecimal() else today.year + {"last year": -1, "next year": 1}.get(words, 0)


def _in_year(name: str, year: int) -> Span:
    if match := re.fullmatch(r"q([1-4])|([1-4]) quarter", name):
        number = int(match[1] or match[2])
        first = date(year, 3 * number - 2, 1)
        return Span(first, last_day(year, 3 * number), f"in Q{number} {year}", "quarter", "named")
    if match := re.fullmatch(r"h([12])|([12]) half", name):
        number = int(match[1] or match[2])
        which = "first" if number == 1 else "second"
        first, last = date(year, 6 * number - 5, 1), last_day(year, 6 * number)
        return Span(first, last, f"in the {which} half of {year}", "half", "named")
    if name in _SEASONS:
        first = date(year, _SEASONS[name], 1)
        last = months_later(first, 3) - timedelta(days=1)
        label = f"{year}" if last.year == year else f"{year}/{last.year % 100:02}"
        return Span(first, last, f"in {name} {label} ({first:%B} to {last:%B})", "season", "named")
    first = date(year, month_number(name), 1)
    return Span(first, last_day(year, first.month), f"in {first:%B %Y}", "month", "named")


def _part(match: re.Match[str], today: date, lean: Lean) -> Span | None:
    """ "the first week of june", "the last 2 months of 2025", "the second half of may"."""
    outer = read_span(match["outer"], today, lean)
    if outer is None:
        return None
    nth, unit = match["nth"], match["unit"]
    first, last = _half(outer, nth) if unit == "half" else _count(outer, nth, int(match["count"] or 1), unit)
    if not outer.first <= first <= outer.last or (last > outer.last and unit != "weekend"):
        return None
    phrase = (
        f"from {calendar_day(first)} to {calendar_day(last)}" if first < last else f"on {calendar_day(first)}"
    )
    return Span(first, last, phrase, unit, "named")


def _half(outer: Span, nth: str) -> tuple[date, date]:
    """Whole months where they can be halved, otherwise days, of which the second half may have one more."""
    end = outer.last + timedelta(days=1)
    months = 12 * (end.year - outer.first.year) + end.month - outer.first.month
    if outer.first.day == end.day == 1 and months % 2 == 0:
        middle = months_later(outer.first, months // 2)
    else:
        middle = outer.first + (end - outer.first) // 2
    halves = {
        "1": (outer.first, middle - timedelta(days=1)),
        "2": (middle, outer.last),
        "last": (middle, outer.last),
    }
    if nth not in halves:
        raise ValueError("a whole has two halves")
    return halves[nth]


def _count(outer: Span, nth: str, count: int, unit: str) -> tuple[date, date]:
    if unit == "weekend":
        saturday = outer.first + timedelta(days=(5 - outer.first.weekday()) % 7)
        last = outer.last - timedelta(days=(outer.last.weekday() - 5) % 7)
        first = last if nth == "last" else saturday + timedelta(days=7 * (int(nth) - 1))
        return first, first + timedelta(days=1)
    if nth == "last":
        end = outer.last + timedelta(days=1)
        return _move(end, -count, unit), outer.last
    first = _move(outer.first, (int(nth) - 1) * count, unit)
    return first, _move(first, count, unit) - timedelta(days=1)


def _move(day: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=count * _LENGTHS[unit])
    return months_later(day, count * _LENGTHS[unit])


_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (
            rf"(?:{_WHICH} )?(?P<unit>weekend|week|month|quarter|year)(?: (?P<far>before last|after next))?",
            _unit,
        ),
        (r"(?:19|20|21)\d\d", _year),
        (r"(?P<year>\d{4})-(?P<month>\d{1,2})", _iso_month),
        (
            rf"(?:{_WHICH} )?(?P<name>{MONTH}|{'|'.join(_SEASONS)}|q[1-4]|h[12]|[1-4] quarter|[12] half)"
            rf"{_YEAR}",
            _named,
        ),
        (
            r"(?P<nth>[1-9]|last)(?: (?P<count>[1-9]\d?))? (?P<unit>day|weekend|week|month|quarter|half)s? "
            r"(?:of|in) (?P<outer>.+)",
            _part,
        ),
    )
)
