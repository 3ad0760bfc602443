"""Reads days as people write them: "tomorrow", "next friday", "a week on tuesday", "3 days after christmas".

Own rules come first, because they are predictable and say what a yearless or ambiguous day means; only what
they miss and what is not English is left to `foreign`. Here are the days that are told by others; those that
stand for themselves are read in `weekdays`, `span_days`, `written_dates` and `holidays`. A time of day may be
named and is ignored.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from ..errors import ToolRetry
from ..numbers.words import digits_for_ordinals
from .amounts import read_amount
from .calendars import DAY, MONTH, monday_of, weekday_number
from .clocks import take_time
from .foreign import read_foreign
from .holidays import HOLIDAYS, holiday
from .span_days import read_span_day
from .spans import Lean, read_span, year_number
from .timewords import MAX_LENGTH, is_about_time, timely
from .weekdays import following, preceding, read_weekday
from .written_dates import day_of_month, read_written

__all__ = ["Lean", "found_day", "is_yearless", "parse_day", "read_day", "said_day"]

_Reader = Callable[[re.Match[str], date, Lean], date | None]

_WORDS = {
    "today": 0, "now": 0, "just now": 0, "right now": 0, "a moment ago": 0, "tonight": 0, "this morning": 0,
    "this afternoon": 0, "this evening": 0, "tomorrow": 1, "yesterday": -1, "last night": -1,
    "day after tomorrow": 2, "overmorrow": 2, "day before yesterday": -2, "night before last": -2,
}  # fmt: skip
_LEADING = re.compile(
    r"^(?:(?:due|by|on|at|until|till|before|for|from|since|over|during) |in (?!\d{1,3}\b))+(?=\S)"
)
_NOT_IN_A_NAME = {"not", "no", "never", "except", "but", "or", "and", "twice"}


def parse_day(text: str, today: date, lean: Lean = "future") -> date:
    """Return the day that `text` means when said on `today`; raises ToolRetry.

    `lean` decides what lacks a year or a month: the next such day (also today), or the last one.
    """
    return found_day(text, read_day(text, today, lean))


def found_day(text: str, found: date | None) -> date:
    """What was found in `text`; raises ToolRetry where that is nothing."""
    if found is None:
        raise ToolRetry(
            f"{text!r} is not a date that can be read.",
            'Write it like "2026-05-03", "May 3", "tomorrow", "next friday" or "in 2 weeks".',
        )
    return found


def read_day(text: str, today: date, lean: Lean = "future") -> date | None:
    """Like `parse_day`, with None for what cannot be read."""
    words = _normal(text)
    if not words or len(words) > MAX_LENGTH:
        return None
    try:
        if found := _ruled(words, today, lean):
            return found
        told = take_time(words)
        if told.said and (found := _ruled(_normal(told.rest), today, lean) if told.rest else today):
            return found
    except (OverflowError, ValueError):  # a day that no calendar has, such as May 42 or the year 99999
        return None
    foreign = read_foreign(text, datetime.combine(today, time(12)), lean)
    return foreign.date() if foreign else None


def said_day(text: str, today: date, lean: Lean) -> date | None:
    """The day that a text names by the rules alone: no time of day, no other language."""
    words = _normal(text)
    if not words or len(words) > MAX_LENGTH:
        return None
    try:
        return _ruled(words, today, lean)
    except (OverflowError, ValueError):
        return None


def is_yearless(text: str) -> bool:
    """Whether a text names a day of the year without the year, such as "May 3" or "christmas"."""
    words = _normal(text)
    if re.search(r"\b\d{4}\b", words):
        return False
    named = any(name in words for name in HOLIDAYS)
    return named or re.search(rf"\b({MONTH})\b|\b\d{{1,2}}[/.]\d{{1,2}}\b", words) is not None


def _normal(text: str) -> str:
    words = digits_for_ordinals(timely(text))
    words = re.sub(r"(?<!\d),|,(?!\d)", " ", words).replace(",", " ")
    words = re.sub(r"\s+", " ", words).strip()
    rest = _LEADING.sub("", words)
    return words if rest != words and words.startswith("in ") and read_amount(words[3:]) else rest


def _ruled(words: str, today: date, lean: Lean) -> date | None:
    if words in _WORDS:
        return today + timedelta(days=_WORDS[words])
    for reader in (_by_another_day, read_weekday, read_span_day, _holiday, read_written, _thing_on):
        if (found := reader(words, today, lean)) is not None:
            return found
    return None


def _by_another_day(words: str, today: date, lean: Lean) -> date | None:
    for pattern, reader in _RULES:
        if (match := pattern.fullmatch(words)) and (found := reader(match, today, lean)) is not None:
            return found
    return None


def _after_today(match: re.Match[str], today: date, lean: Lean) -> date | None:
    amount = read_amount(match["amount"])
    return amount.from_day(today) if amount else None


def _days_after_today(match: re.Match[str], today: date, lean: Lean) -> date:
    return today + timedelta(days=int(match["days"]))


def _before_today(match: re.Match[str], today: date, lean: Lean) -> date | None:
    amount = read_amount(match["amount"])
    return (-amount).from_day(today) if amount else None


def _from_another(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "3 days after christmas", "the day before May 3", "a week from friday"."""
    amount, base = read_amount(match["amount"], bare=True), _ruled(match["base"], today, lean)
    if amount is None or base is None:
        return None
    return (-amount if match["way"] in ("before", "prior to") else amount).from_day(base)


def _amount_on(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "a week on tuesday", "two weeks tomorrow": as long after the coming one."""
    amount, base = read_amount(match["amount"]), _ruled(match["base"], today, "future")
    return amount.from_day(base) if amount and base else None


def _within(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "last week on wednesday", "next month on the 5th", "next year in march"."""
    span, what = read_span(match["when"], today, lean), match["what"]
    if span is None:
        return None
    if span.unit == "week" and re.fullmatch(DAY, what):
        return span.first + timedelta(days=weekday_number(what))
    if span.unit == "month" and what.isdecimal():
        return span.first.replace(day=int(what))
    return _ruled(f"{what} {span.first.year}", today, lean) if span.unit == "year" else None


def _weekday_then(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "monday in two weeks", "a week ago on friday": the weekday of the week that holds the other day."""
    if read_amount(re.sub(r"^in | ago$| from now$", "", match["when"])) is None:
        return None
    day = _by_another_day(match["when"], today, lean)
    return monday_of(day) + timedelta(days=weekday_number(match["day"])) if day else None


def _weekday_beside(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "the friday after christmas", "the weekend before easter": the nearest that is not the day itself."""
    base = _ruled(match["base"], today, lean)
    number = 5 if match["day"] == "weekend" else weekday_number(match["day"])
    return base and (following if match["way"] == "after" else preceding)(number, base)


def _weekday_and_week(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "friday week": British for a week after the coming one."""
    return following(weekday_number(match["day"]), today) + timedelta(days=7)


def _weekday_and_date(match: re.Match[str], today: date, lean: Lean) -> date | None:
    """ "friday may 3": the date decides; "friday the 13th" is one that is both."""
    if match["number"]:
        return day_of_month(int(match["number"]), today, lean, weekday_number(match["day"]))
    return read_written(match["date"], today, lean)


def _same_day(match: re.Match[str], today: date, lean: Lean) -> date | None:
    amount = read_amount(match["unit"], bare=True)
    return (amount if match["way"] == "next" else -amount).from_day(today) if amount else None


def _week_of(match: re.Match[str], today: date, lean: Lean) -> date | None:
    day = _ruled(match["day"], today, lean)
    return day and monday_of(day)


_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"(?:in|within)(?: next)? (?P<amount>.+?)(?:'s?(?= time))?(?: time)?(?: from now)?", _after_today),
        (r"(?:today|now) ?\+ ?(?P<amount>.+)", _after_today),
        (r"(?:today|now) ?\+ ?(?P<days>\d{1,5})", _days_after_today),
        (r"(?P<amount>.+) (?:from now|hence|later)", _after_today),
        (r"(?P<amount>.+) ago(?: today)?", _before_today),
        (r"(?P<amount>.+?) (?P<way>after|before|from|prior to) (?P<base>.+)", _from_another),
        (rf"(?P<amount>.+?) (?:on )?(?P<base>today|tomorrow|{DAY})", _amount_on),
        (rf"(?P<when>.+?) (?:on )?(?P<what>{DAY})", _within),
        (r"(?P<when>.+?) (?:on|in) (?P<what>.+)", _within),
        (rf"(?P<when>in .+|.+ ago|.+ from now) (?:on )?(?P<day>{DAY})", _weekday_then),
        (rf"(?P<day>{DAY}) (?P<when>in .+|.+ ago|.+ from now)", _weekday_then),
        (rf"(?:1 )?(?P<day>{DAY}|weekend) (?P<way>after|before) (?P<base>.+)", _weekday_beside),
        (rf"(?P<day>{DAY}) week", _weekday_and_week),
        (rf"(?P<day>{DAY}) (?:(?P<number>\d{{1,2}})|(?P<date>.*\d.*))", _weekday_and_date),
        (r"(?:same|this) day (?P<way>next|last) (?P<unit>\w+)", _same_day),
        (r"week of (?P<day>.+)", _week_of),
    )
)


def _holiday(words: str, today: date, lean: Lean) -> date | None:
    match = re.fullmatch(
        r"(?:(?P<which>next|this|last) )?(?P<name>.+?)(?: (?:of )?(?P<year>\d{4}|(?:this|last|next) year))?",
        words,
    )
    if match is None or match["name"] not in HOLIDAYS:
        return None
    if match["year"]:
        return holiday(match["name"], year_number(match["year"], today))
    days = [holiday(match["name"], today.year + shift) for shift in (-1, 0, 1)]
    if lean == "future" and match["which"] != "last":
        return min(day for day in days if day >= today)
    return max(day for day in days if day <= today)


def _thing_on(words: str, today: date, lean: Lean) -> date | None:
    """ "my appointment on friday": the day decides, when nothing before it is about time."""
    thing, found, day = words.partition(" on ")
    names = [word for word in thing.split() if word != "next"]
    if not found or len(names) > 3 or any(is_about_time(word) or word in _NOT_IN_A_NAME for word in names):
        return None
    return _ruled(day, today, lean)
