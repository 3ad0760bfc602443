"""The days that a repeating entry names by its rule: the part of RFC 5545 that calendars write.

Rules come from strangers. A library that follows any rule looks for the days of one that has none up to the
year 9999, for many seconds and once for every look at the calendar; here only so many days without one are
looked at. Knows nothing of times on a clock.
"""

import calendar as months
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

_MOST_EMPTY = 16_500
"""Days that are looked at in vain: 45 years, since a 29 February that is a Monday may take 40."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EVERY_MONTH = frozenset(range(1, 13))

Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says; an empty set says nothing.

    Attributes:
        month_days: 1 to 31, or -1 to -31 from the end.
        nth: weekdays with a number, as in the second Monday, or the last.
        places: which of the days of a period, from 1, or from -1 at the end.
    """

    frequency: str
    interval: int = 1
    most: int | None = None
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    places: frozenset[int] = frozenset()
    week_start: int = 0


def read_rule(parts: Mapping[str, str], start: dt.date) -> Rule:
    """A rule from its parts, as in {"FREQ": "DAILY"}; raises ValueError for one without sense.

    What it leaves open, the entry's first day says.
    """
    frequency = parts["FREQ"]
    weekdays, nth = set[int](), set[tuple[int, int]]()
    for text in _listed(parts, "BYDAY"):
        weekday, number = _WEEKDAYS.index(text[-2:]), text[:-2]
        if number and frequency in ("MONTHLY", "YEARLY"):
            nth.add((int(number), weekday))
        else:
            weekdays.add(weekday)
    named, days = _numbers(parts, "BYMONTH"), _numbers(parts, "BYMONTHDAY")
    if not (weekdays or nth or days):
        if frequency == "WEEKLY":
            weekdays.add(start.weekday())
        elif frequency != "DAILY":
            days = frozenset({start.day})
            if frequency == "YEARLY":
                named = named or frozenset({start.month})
    return Rule(
        frequency=frequency,
        interval=max(int(parts.get("INTERVAL", "1")), 1),
        most=int(parts["COUNT"]) if "COUNT" in parts else None,
        months=named,
        month_days=days,
        weekdays=frozenset(weekdays),
        nth=frozenset(nth),
        places=_numbers(parts, "BYSETPOS"),
        week_start=_WEEKDAYS.index(parts.get("WKST", "MO")),
    )


def days_of(rule: Rule, start: dt.date) -> Iterator[dt.date]:
    """The days from `start` on, in their order; no more after many that were looked at in vain."""
    left, empty = rule.most, 0
    for first, last in _periods(rule, start):
        found = _within(rule, first, last)
        empty = 0 if found else empty + (last - first).days + 1
        for day in found:
            if day < start:
                continue
            if left is not None and (left := left - 1) < 0:
                return
            yield day
        if empty > _MOST_EMPTY:
            return


def _periods(rule: Rule, start: dt.date) -> Iterator[Span]:
    """First and last day of each day, week, month or year that the rule is about; up to the year 9999."""
    try:
        for number in count(0, rule.interval):
            match rule.frequency:
                case "DAILY":
                    day = start + dt.timedelta(days=number)
                    yield day, day
                case "WEEKLY":
                    back = (start.weekday() - rule.week_start) % 7
                    first = start + dt.timedelta(days=7 * number - back)
                    yield first, first + dt.timedelta(days=6)
                case "MONTHLY":
                    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
                    yield _month(year, month + 1)
                case _:
                    yield dt.date(start.year + number, 1, 1), dt.date(start.year + number, 12, 31)
    except (OverflowError, ValueError):
        return


def _within(rule: Rule, first: dt.date, last: dt.date) -> list[dt.date]:
    """The days of one period that the rule names."""
    found: list[dt.date] = []
    for start, end in _parts_of(rule, first, last):
        found += [
            day
            for number in range((end - start).days + 1)
            if _fits(rule, day := start + dt.timedelta(days=number), first, last)
        ]
    if not rule.places:
        return found
    chosen = {place - 1 if place > 0 else len(found) + place for place in rule.places}
    return [day for number, day in enumerate(found) if number in chosen]


def _parts_of(rule: Rule, first: dt.date, last: dt.date) -> list[Span]:
    """The period, or of a year the months that are named."""
    if rule.frequency != "YEARLY" or not rule.months:
        return [(first, last)]
    return [_month(first.year, month) for month in sorted(rule.months & _EVERY_MONTH)]


def _fits(rule: Rule, day: dt.date, first: dt.date, last: dt.date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.weekdays and day.weekday() not in rule.weekdays:
        return False
    if rule.month_days:
        from_end = day.day - months.monthrange(day.year, day.month)[1] - 1
        if day.day not in rule.month_days and from_end not in rule.month_days:
            return False
    if not rule.nth:
        return True
    if rule.frequency == "YEARLY" and rule.months:
        first, last = _month(day.year, day.month)
    numbers = ((day - first).days // 7 + 1, -((last - day).days // 7 + 1))
    return any((number, day.weekday()) in rule.nth for number in numbers)


def _month(year: int, month: int) -> Span:
    return dt.date(year, month, 1), dt.date(year, month, months.monthrange(year, month)[1])


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return [text for text in parts.get(name, "").split(",") if text]


def _numbers(parts: Mapping[str, str], name: str) -> frozenset[int]:
    return frozenset(int(text) for text in _listed(parts, name))
