"""Reads how often something comes: "every day at 7", "on weekdays at 8:30", "the last friday of every month".

What is read becomes a cron expression of five fields, which says everything but the time zone. Conventions
are those of `clocks`: without a time it is 9:00, and a bare hour is the likelier one. What no such expression
can say ("every other week", "every 90 minutes") is refused, with the reason.
"""

import re
from collections.abc import Callable
from datetime import date

from ..errors import ToolRetry
from ..wording import digits_for_ordinals
from .calendars import DAY, MONTH, month_number, weekday_number
from .clocks import TimeOfDay, take_time, time_on
from .timewords import MAX_LENGTH, timely

Cron = str
_EVERY = r"(?:every|each|all)"
_DAYS = rf"(?:{DAY})s?"
_COUNTED = re.compile(rf"\b{_EVERY} (?:other|2|second|3|4|few|couple)\b|\bfortnight")
_SPAN_AT_END = re.compile(rf"\b(?:days?|weeks?|months?|years?|fortnights?|{_DAYS})$")
EVERY_DAY = "* * *"
_PLURAL_PART = re.compile(rf"^(?:on |in )?((?:{DAY}) )?(morning|afternoon|evening|night)s\b")
_AND = r"(?: ?, ?and | ?, ?| and | or | & )"
_NAMED = {"weekday": "1-5", "workday": "1-5", "work day": "1-5", "working day": "1-5", "business day": "1-5",
          "weekend": "6,0"}  # fmt: skip
_WEEKLY_ON, _MONTHLY_ON = "1", "1"
"""Where only a week or a month is named: its first day."""


def parse_recurrence(text: str) -> Cron:
    """The cron expression that ``text`` means; raises ToolRetry."""
    found = read_recurrence(text)
    if found is None:
        raise ToolRetry(
            f"{text!r} does not say how often in a way that can be read.",
            'Write it like "every day at 7", "every monday at 9:00", "on weekdays at 8", "every 15 minutes" '
            'or "on the 1st of every month".',
        )
    return found


def read_recurrence(text: str) -> Cron | None:
    """The same, with None for what names no recurrence; raises ToolRetry for one that no cron can say."""
    words = _PLURAL_PART.sub(r"every \1\2", timely(text))
    if not words or len(text) > MAX_LENGTH:
        return None
    if (interval := _interval(words)) is not None:
        return interval
    try:
        told = take_time(words)
    except ValueError:  # a time that no clock shows
        return None
    rest = _bare(told.rest)
    if told.part is not None and re.fullmatch(_EVERY, rest):
        rest = "every day"  # "every morning"
    for pattern, reader in _RULES:
        if match := pattern.fullmatch(rest):
            days = reader(match)
            return None if days is None else f"{_clock(told, days)} {days}"
    if _COUNTED.search(rest) and _SPAN_AT_END.search(rest):
        raise ToolRetry(
            f"{text!r} counts from one time to the next, which cannot be repeated here.",
            "Name the days instead, such as: every monday, or on the 1st and the 15th of every month.",
        )
    return None


def says_time(text: str) -> bool:
    """Whether a recurrence says at what time of day, or needs none."""
    words = timely(text)
    return _interval(words) is not None or take_time(words).said


def _bare(rest: str) -> str:
    """Without what stands around the days: "(on) every monday", "mondays at"."""
    words = digits_for_ordinals(rest)
    words = re.sub(r"^(?:(?:repeat(?:ing|edly)?|always|starting|from now on) )+", "", words)
    return re.sub(r"^(?:on|in|at) (?=\S)", "", words).strip(" ,")


def _clock(told: TimeOfDay, days: str) -> str:
    moment, next_day = time_on(told.clock, told.part, lambda _time: True)
    if next_day and days != EVERY_DAY:
        raise ToolRetry(
            "It is not clear whether that is the night before the day or after it.",
            'Name the day that begins then, with "at 00:00", such as: every tuesday at 00:00.',
        )
    return f"{moment.minute} {moment.hour}"


def _interval(words: str) -> Cron | None:
    """ "every 15 minutes", "hourly", "every half hour"."""
    match = re.fullmatch(
        rf"(?:{_EVERY} )?(?:(?P<count>\d{{1,3}}|1/2|half an?|half|quarter of an|other) )?"
        r"(?P<unit>minute|min|hour|hr|hourly)s?",
        words,
    )
    if match is None or not (words.startswith(("every", "each")) or words == "hourly"):
        return None
    count, hours = match["count"] or "1", match["unit"].startswith("h")
    if count in ("half", "half a", "half an", "1/2", "quarter of an"):
        return None if not hours else "*/15 * * * *" if count.startswith("quarter") else "*/30 * * * *"
    number = 2 if count == "other" else int(count)
    whole = 24 if hours else 60
    if number < 1 or number > whole or whole % number:
        unit = "hours" if hours else "minutes"
        raise ToolRetry(
            f"Every {number} {unit} does not divide a{' day' if hours else 'n hour'} evenly.",
            f"Take a number of {unit} that {whole} can be divided by, such as {whole // 4}.",
        )
    if number == whole:
        return "0 0 * * *" if hours else "0 * * * *"
    step = "*" if number == 1 else f"*/{number}"
    return f"0 {step} * * *" if hours else f"{step} * * * *"


def _daily(_match: re.Match[str]) -> str:
    return EVERY_DAY


def _named_days(match: re.Match[str]) -> str:
    return f"* * {_NAMED[match['days']]}"


def _weekdays(match: re.Match[str]) -> str | None:
    names = re.findall(rf"\b({DAY})s?\b", match["days"])
    told = match["every"] or match["weekly"] or all(f"{name}s" in match["days"] for name in names)
    if not told:
        return None  # "monday": one day, not each
    return f"* * {','.join(sorted({str((weekday_number(name) + 1) % 7) for name in names}))}"


def _weekly(_match: re.Match[str]) -> str:
    return f"* * {_WEEKLY_ON}"


def _monthly(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    if groups.get("last"):
        return "L * *"
    numbers = [int(number) for number in re.findall(r"\d+", groups.get("days") or _MONTHLY_ON)]
    if not all(1 <= number <= 31 for number in numbers):
        return None
    return f"{','.join(map(str, sorted(set(numbers))))} * *"


def _nth_weekday(match: re.Match[str]) -> str | None:
    day = (weekday_number(match["day"]) + 1) % 7
    if match["nth"] == "last":
        return f"* * {day}L"
    return f"* * {day}#{match['nth']}" if 1 <= int(match["nth"]) <= 5 else None


def _yearly(match: re.Match[str]) -> str | None:
    month = month_number(match["month"] or match["month2"])
    day = int(match["day"] or match["day2"])
    try:
        date(2028, month, day)  # a leap year: February 29 comes every fourth year
    except ValueError:
        return None
    return f"{day} {month} *"


_MONTH_DAYS = rf"(?:day )?(?P<days>\d{{1,2}}(?:{_AND}(?:on )?\d{{1,2}})*)"
_OF_MONTH = rf"(?: (?:day )?(?:of|in) (?:{_EVERY} |a )?months?)"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"{_EVERY} (?:single )?days?|daily|nightly|once a day", _daily),
        (rf"(?:{_EVERY} )?(?P<days>{'|'.join(_NAMED)})s?", _named_days),
        (
            rf"(?:(?P<every>{_EVERY}) |(?P<weekly>weekly|{_EVERY} week) (?:on )?)?"
            rf"(?P<days>{_DAYS}(?:{_AND}(?:on )?(?:{_EVERY} )?{_DAYS})*)",
            _weekdays,
        ),
        (rf"weekly|{_EVERY} week|once a week", _weekly),
        (rf"(?:monthly|{_EVERY} month|once a month)(?: on {_MONTH_DAYS}(?: day)?)?", _monthly),
        (rf"(?:monthly|{_EVERY} month) on (?P<last>last) day", _monthly),
        (rf"(?:{_EVERY} )?{_MONTH_DAYS}{_OF_MONTH}", _monthly),
        (rf"(?:{_EVERY} )?(?P<last>last) day{_OF_MONTH}", _monthly),
        (rf"(?:{_EVERY} )?(?P<nth>\d|last) (?P<day>{DAY}){_OF_MONTH}", _nth_weekday),
        (
            rf"(?:{_EVERY}(?: year)?|yearly|annually)(?: on)? "
            rf"(?:(?P<month>{MONTH}) (?P<day>\d{{1,2}})|(?P<day2>\d{{1,2}}) (?:of )?(?P<month2>{MONTH}))",
            _yearly,
        ),
        (
            rf"(?:(?P<month>{MONTH}) (?P<day>\d{{1,2}})|(?P<day2>\d{{1,2}}) (?:of )?(?P<month2>{MONTH})) "
            rf"(?:{_EVERY} year|yearly|annually)",
            _yearly,
        ),
    )
)
