"""Reads days by their weekday: "friday", "next tuesday", "monday before last", "the last friday of may".

"next friday" is the Friday of next week, "friday" the first one after today, or the last one before it where
the past is leant to. Expects timely words, with ordinals as digits.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta

from .calendars import DAY, monday_of, weekday_number
from .spans import Lean, read_span

_WEEKDAYS = (MO, TU, WE, TH, FR, SA, SU)
_Reader = Callable[[re.Match[str], date, Lean], date | None]


def read_weekday(words: str, today: date, lean: Lean) -> date | None:
    """The day that is meant; None for another form."""
    for pattern, reader in _RULES:
        if (match := pattern.fullmatch(words)) and (found := reader(match, today, lean)) is not None:
            return found
    return None


def following(number: int, day: date) -> date:
    """The first such weekday after a day."""
    return day + relativedelta(days=1, weekday=_WEEKDAYS[number])


def preceding(number: int, day: date) -> date:
    """The last such weekday before a day."""
    return day + relativedelta(days=-1, weekday=_WEEKDAYS[number](-1))


def _near(match: re.Match[str], today: date, lean: Lean) -> date:
    number = weekday_number(match["day"])
    of_this_week = monday_of(today) + timedelta(days=number)
    before, after = preceding(number, today), following(number, today)
    which = match["which"] or match["far"] or ("last" if lean == "past" else "first")
    if which == "this" and lean == "past":
        return of_this_week if of_this_week <= today else before  # an expense of "this sunday" has been
    return {
        "first": after,
        "next": of_this_week + timedelta(days=7),
        "after next": of_this_week + timedelta(days=14),
        "last": before,
        "past": before,
        "previous": before,
        "this past": before,
        "before last": before - timedelta(days=7),
    }.get(which) or following(number, today - timedelta(days=1))


def _of_week(match: re.Match[str], today: date, lean: Lean) -> date:
    weeks = {"last": -1, "this": 0, "next": 1}[match["week"]]
    return monday_of(today) + timedelta(days=7 * weeks + weekday_number(match["day"]))


def _nth(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "the first monday of next month", "the last friday in may"."""
    span = read_span(match["span"], today, lean)
    if span is None:
        return None
    number = weekday_number(match["day"])
    if match["nth"] == "last":
        return preceding(number, span.last + timedelta(days=1))
    first = following(number, span.first - timedelta(days=1))
    found = first + timedelta(days=7 * (int(match["nth"]) - 1))
    return found if found <= span.last else None


_WHICH = "this coming|this past|this|next|coming|last|past|previous"
_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"(?:(?P<which>{_WHICH}) )?(?P<day>{DAY})(?: (?P<far>after next|before last))?", _near),
        (rf"(?P<day>{DAY}) (?:of |in )?(?P<week>next|this|last) week", _of_week),
        (rf"(?P<nth>[1-5]|last) (?P<day>{DAY}) (?:of|in) (?P<span>.+)", _nth),
    )
)
