"""Reads days as people write them: "tomorrow", "next friday", "the 15th", "end of the month", "christmas".

Own rules come first, because they are predictable and say what a yearless or ambiguous day means; only what
they miss goes to dateparser, which also reads other languages. Conventions: weeks begin on Monday; "next
friday" is the Friday of next week; "friday" is the first one after today; "3/14" is month and day unless
only day and month fits; "14.3." is day and month. Times of day are read in `times`, spans in `periods`.
"""

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

from .errors import ToolRetry
from .holidays import HOLIDAYS, holiday
from .wording import digits_for_ordinals, digits_for_words, plain

Lean = Literal["future", "past"]
Rule = Callable[[str, date, Lean], date | None]

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
AMOUNT = r"(?P<amount>\d+|an?|a couple of|a few)"
UNIT = r"(?P<unit>day|week|fortnight|month|quarter|year|weekday|business day|working day)s?"
_AMOUNTS = {"a": 1, "an": 1, "a couple of": 2, "a few": 3}
_WORDS = {
    "today": 0, "now": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0,
    "end of day": 0, "end of today": 0, "eod": 0, "tomorrow": 1, "tmr": 1, "tmrw": 1, "tomorow": 1,
    "tommorow": 1, "tommorrow": 1, "yesterday": -1, "last night": -1, "day after tomorrow": 2,
    "overmorrow": 2, "day before yesterday": -2,
}  # fmt: skip


def parse_day(text: str, today: date, lean: Lean = "future") -> date:
    """Return the day that `text` means when said on `today`; raises ToolRetry.

    `lean` decides what lacks a year or a month: the next such day (also today), or the last one.
    """
    found = read_day(text, today, lean)
    if found is None:
        raise ToolRetry(
            f"{text!r} is not a date that can be read.",
            'Write it like "2026-05-03", "May 3", "tomorrow", "next friday" or "in 2 weeks".',
        )
    return found


def read_day(text: str, today: date, lean: Lean = "future") -> date | None:
    """Like `parse_day`, with None for what cannot be read."""
    words = _normal(text)
    if not words or len(words) > 100:
        return None
    try:
        for rule in _RULES:
            if (found := rule(words, today, lean)) is not None:
                return found
        return _foreign(text, today, lean) if re.search(r"[^\W\d_]{3}", words) else None
    except (OverflowError, ValueError):  # a day that no calendar has, such as May 42 or the year 99999
        return None


def is_yearless(text: str) -> bool:
    """Whether a text names a day of the year without the year, such as "May 3" or "christmas"."""
    words = _normal(text)
    if re.search(r"\b\d{4}\b", words):
        return False
    named = any(name in words for name in HOLIDAYS)
    return named or re.search(rf"\b({MONTH})\b|\b\d{{1,2}}[/.]\d{{1,2}}\b", words) is not None


def add_units(day: date, amount: int, unit: str) -> date:
    """Move a day by an amount of days, weeks, months, quarters, years or working days."""
    if unit in ("weekday", "business day", "working day"):
        step = timedelta(days=1 if amount >= 0 else -1)
        for _ in range(min(abs(amount), 10_000)):
            day += step
            while day.weekday() >= 5:
                day += step
        return day
    days = {"day": 1, "week": 7, "fortnight": 14}.get(unit)
    if days is not None:
        return day + timedelta(days=days * amount)
    months = {"month": 1, "quarter": 3, "year": 12}[unit] * amount
    return day + relativedelta(months=months)


def amount_of(words: str) -> int:
    """The number that a match of `AMOUNT` stands for."""
    return _AMOUNTS[words] if words in _AMOUNTS else int(words)


def month_number(name: str) -> int:
    """1 to 12 for a month's name or its first three letters."""
    return _MONTH_NAMES[name]


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def monday_of(day: date) -> date:
    """The Monday of the week that holds a day."""
    return day - timedelta(days=day.weekday())


def _normal(text: str) -> str:
    words = digits_for_words(digits_for_ordinals(plain(text)))
    words = re.sub(r"(?<!\d),|,(?!\d)", " ", words).replace(",", " ")
    words = re.sub(r"^(?:due|by|on|until|till|before|for|from|since)\s+", "", words)
    words = re.sub(r"\bthe\s+", "", words)
    return re.sub(r"\s+", " ", words).strip()


def _fixed(words: str, today: date, lean: Lean) -> date | None:
    if words in _WORDS:
        return today + timedelta(days=_WORDS[words])
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:t.*)?", words):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", words):
        return date(int(match[1]), int(match[2]), int(match[3]))
    return None


def _relative(words: str, today: date, lean: Lean) -> date | None:
    if match := re.fullmatch(rf"(?:in|within) {AMOUNT} {UNIT}(?: time)?", words):
        return add_units(today, amount_of(match["amount"]), match["unit"])
    if match := re.fullmatch(rf"(?:today|now) ?\+ ?{AMOUNT}(?: {UNIT})?", words):
        return add_units(today, amount_of(match["amount"]), match["unit"] or "day")
    pattern = (
        rf"{AMOUNT} {UNIT} (?P<way>ago|from now|hence|later|after|before|from|prior to)(?: (?P<base>.+))?"
    )
    if match := re.fullmatch(pattern, words):
        backwards = match["way"] in ("ago", "before", "prior to")
        base = today
        if match["base"]:
            other = read_day(match["base"], today, lean)
            if other is None or match["way"] in ("ago", "hence", "later", "from now"):
                return None
            base = other
        elif match["way"] in ("after", "before", "from", "prior to"):
            return None
        return add_units(
            base, -amount_of(match["amount"]) if backwards else amount_of(match["amount"]), match["unit"]
        )
    if match := re.fullmatch(rf"(?P<day>{DAY}) week", words):  # British: a week after the coming one
        return _weekday("", _DAY_NAMES[match["day"]], today, "future") + timedelta(days=7)
    return None


def _weekday(which: str, number: int, today: date, lean: Lean) -> date:
    ahead = (number - today.weekday()) % 7
    if which == "next":
        return monday_of(today) + timedelta(days=7 + number)
    if which in ("last", "past", "previous") or (not which and lean == "past"):
        return today - timedelta(days=(today.weekday() - number) % 7 or 7)
    if which in ("this", "coming", "this coming"):
        return today + timedelta(days=ahead)
    return today + timedelta(days=ahead or 7)


def _weekdays(words: str, today: date, lean: Lean) -> date | None:
    pattern = rf"(?:(?P<which>this coming|this|next|coming|last|past|previous) )?(?P<day>{DAY})"
    if match := re.fullmatch(rf"{pattern}(?: (?P<part>morning|afternoon|evening|night))?", words):
        return _weekday(match["which"] or "", _DAY_NAMES[match["day"]], today, lean)
    if match := re.fullmatch(rf"(?P<day>{DAY}) (?:of )?(?P<week>next|this|last) week", words):
        shift = {"last": -7, "this": 0, "next": 7}[match["week"]]
        return monday_of(today) + timedelta(days=shift + _DAY_NAMES[match["day"]])
    if match := re.fullmatch(rf"(?:{DAY}) (?P<rest>.*\d.*)", words):  # "friday may 3": the date decides
        return read_day(match["rest"], today, lean)
    return None


def _spans(words: str, today: date, lean: Lean) -> date | None:
    """A day for a week, a month or a year: its end for "this", its start for "next"."""
    if match := re.fullmatch(r"(?:(this|next|last) )?weekend", words):
        shift = {"next": 7, "last": -7}.get(match[1] or "", 0)
        return monday_of(today) + timedelta(days=5 + shift)
    if match := re.fullmatch(
        r"(?:(start|beginning|middle|mid|end|last day|1|1 day)(?: of|-)? ?)?(.+)", words
    ):
        part = {"beginning": "start", "mid": "middle", "last day": "end", "1": "start", "1 day": "start"}
        where = part.get(match[1] or "", match[1] or "")
        span = _span(match[2], today, lean, where)
        if span is not None:
            first, last, relation = span
            where = where or ("start" if relation == "next" else "end")
            return {"start": first, "middle": first + (last - first) // 2, "end": last}[where]
    if words in ("eom", "eoy", "eow"):
        unit = {"eom": "month", "eoy": "year", "eow": "week"}[words]
        return _spans(f"end of {unit}", today, lean)
    return None


def _span(words: str, today: date, lean: Lean, where: str) -> tuple[date, date, str] | None:
    """First and last day of "this week", "next month", "october 2027", with how it is meant."""
    if match := re.fullmatch(r"(?:(this|next|last) )?(week|month|quarter|year)", words):
        if not (match[1] or where):
            return None
        relation = match[1] or "this"
        base = add_units(today, {"this": 0, "next": 1, "last": -1}[relation], match[2])
        first, last = bounds(base, match[2])
        if match[2] == "week" and where != "start" and today <= last - timedelta(days=2):
            last -= timedelta(days=2)  # a working week ends on Friday
        return first, last, relation
    if match := re.fullmatch(rf"({MONTH})(?: (\d{{4}}))?", words):
        month = _MONTH_NAMES[match[1]]
        year = int(match[2]) if match[2] else today.year
        if not match[2] and lean == "future" and last_day(year, month) < today:
            year += 1
        elif not match[2] and lean == "past" and date(year, month, 1) > today:
            year -= 1
        return date(year, month, 1), last_day(year, month), "next"
    return None


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


def _nth_weekday(words: str, today: date, lean: Lean) -> date | None:
    pattern = rf"(?P<nth>[1-5]|last) (?P<day>{DAY}) (?:of|in) (?P<month>.+)"
    match = re.fullmatch(pattern, words)
    if match is None:
        return None
    span = _span(match["month"].replace("of ", ""), today, lean, "start")
    if span is None:
        return None
    first, last, _ = span
    number = _DAY_NAMES[match["day"]]
    if match["nth"] == "last":
        return last - timedelta(days=(last.weekday() - number) % 7)
    found = first + timedelta(days=(number - first.weekday()) % 7 + 7 * (int(match["nth"]) - 1))
    return found if found <= last else None


def _month_and_day(words: str, today: date, lean: Lean) -> date | None:
    year = r"(?:[ -]+(?P<year>\d{4}|'\d{2}))?"
    patterns = (
        rf"(?P<month>{MONTH})\.?[ -]*(?P<day>\d{{1,2}}){year}",
        rf"(?P<day>\d{{1,2}})\.?[ -]*(?:of )?(?P<month>{MONTH})\.?{year}",
        rf"(?P<year>\d{{4}})[ -](?P<month>{MONTH})[ -](?P<day>\d{{1,2}})",
    )
    for pattern in patterns:
        if match := re.fullmatch(pattern, words):
            month, day = _MONTH_NAMES[match["month"]], int(match["day"])
            return _in_year(month, day, match["year"], today, lean)
    return None


def _numeric(words: str, today: date, lean: Lean) -> date | None:
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?", words):
        first, second = int(match[1]), int(match[2])
        month, day = (first, second) if first <= 12 else (second, first)
        return _in_year(month, day, match[3], today, lean)
    if match := re.fullmatch(r"(\d{1,2})[.-](\d{1,2})(?:[.-](\d{4}|\d{2}))?\.?", words):
        first, second = int(match[1]), int(match[2])
        day, month = (first, second) if second <= 12 else (second, first)
        return _in_year(month, day, match[3], today, lean)
    if match := re.fullmatch(
        r"(\d{1,2})(?: (?:of )?(?P<month>this month|next month|last month|month))?", words
    ):
        return _day_of_month(int(match[1]), match["month"], today, lean)
    return None


def _day_of_month(day: int, month: str | None, today: date, lean: Lean) -> date | None:
    if not 1 <= day <= 31:
        return None
    if month:
        shift = {"next month": 1, "last month": -1}.get(month, 0)
        return add_units(today.replace(day=1), shift, "month").replace(day=day)
    step = 1 if lean == "future" else -1
    for months in range(0, 12 * step, step):  # the next or last month that has such a day
        first = add_units(today.replace(day=1), months, "month")
        if day <= last_day(first.year, first.month).day:
            found = first.replace(day=day)
            if (found >= today) if lean == "future" else (found <= today):
                return found
    return None


def _holiday(words: str, today: date, lean: Lean) -> date | None:
    match = re.fullmatch(r"(?:(?P<which>next|this|last) )?(?P<name>.+?)(?: (?P<year>\d{4}))?", words)
    if match is None or match["name"] not in HOLIDAYS:
        return None
    if match["year"]:
        return holiday(match["name"], int(match["year"]))
    lean = "past" if match["which"] == "last" else lean
    days = [holiday(match["name"], today.year + shift) for shift in (-1, 0, 1)]
    return (
        min(day for day in days if day >= today) if lean == "future" else max(d for d in days if d <= today)
    )


def _in_year(month: int, day: int, year: str | None, today: date, lean: Lean) -> date:
    if year is not None:
        digits = year.lstrip("'")
        return date(int(digits) + (2000 if len(digits) == 2 else 0), month, day)
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


def _foreign(text: str, today: date, lean: Lean) -> date | None:
    """What the rules miss, such as other languages; loaded only when it is needed."""
    if not re.fullmatch(r"[\w\s.,'/-]+", text):
        return None  # dateparser skips signs that it does not know, and with them what they say
    import dateparser

    base = dateparser.parse(
        text,
        settings={
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "PREFER_DATES_FROM": lean,
            "RETURN_AS_TIMEZONE_AWARE": False,
            "STRICT_PARSING": False,
        },  # type: ignore[arg-type]
    )
    return None if base is None else base.date()


_RULES: tuple[Rule, ...] = (
    _fixed, _relative, _nth_weekday, _weekdays, _spans, _month_and_day, _numeric, _holiday,
)  # fmt: skip
