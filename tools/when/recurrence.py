"""Reads how often something comes: "every day at 7", "on weekdays at 8:30", "the last friday of every month".

What is read becomes a cron expression of five fields, which says everything but the time zone. Conventions
are those of `clocks`: without a time it is 9:00, and a bare hour is the likelier one. What no such expression
can say ("every other week", "every 90 minutes") is refused, with the reason.
"""

import re

from ..errors import ToolRetry
from ..numbers.words import digits_for_ordinals
from .calendars import DAY
from .clocks import TimeOfDay, take_time, time_on
from .repeating import read_repeat, rule_parts
from .timewords import MAX_LENGTH, timely

Cron = str
_EVERY = r"(?:every|each|all)"
EVERY_DAY = "* * *"
_PLURAL_PART = re.compile(rf"^(?:on |in )?((?:{DAY}) )?(morning|afternoon|evening|night)s\b")
_GROUPED = {"MO,TU,WE,TH,FR": "1-5", "SA,SU": "6,0"}
_FIRST = "1"
"""Where only a week or a month is named: its first day."""


def read_recurrence(text: str) -> Cron | None:
    """The cron expression that ``text`` means, None for what names no recurrence.

    Raises ToolRetry for one that no cron can say.
    """
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
    rule = read_repeat(rest)
    days = None if rule is None else _days(rule, text)
    return None if days is None else f"{_clock(told, days)} {days}"


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


def _days(rule: str, text: str) -> str | None:
    """The last three fields for a rule of RFC 5545; raises ToolRetry for one that counts."""
    parts = rule_parts(rule)
    if "INTERVAL" in parts or "COUNT" in parts:
        raise ToolRetry(
            f"{text!r} counts from one time to the next, which cannot be repeated here.",
            "Name the days instead, such as: every monday, or on the 1st and the 15th of every month.",
        )
    by_day, day, month = parts.get("BYDAY", ""), parts.get("BYMONTHDAY", ""), parts.get("BYMONTH", "*")
    match parts["FREQ"]:
        case "DAILY":
            return EVERY_DAY
        case "WEEKLY":
            named = ",".join(sorted(map(_number, by_day.split(",")))) if by_day else _FIRST
            return f"* * {_GROUPED.get(by_day, named)}"
        case "MONTHLY" if by_day:
            nth, name = by_day[:-2], by_day[-2:]
            return f"* * {_number(name)}{'L' if nth == '-1' else f'#{nth}'}"
        case "MONTHLY":
            return f"{'L' if day == '-1' else day or _FIRST} * *"
        case "YEARLY" if day and month != "*":
            return f"{day} {month} *"
    return None  # "every year" names no day


def _number(name: str) -> str:
    """Days as cron counts them, from Sunday on."""
    return str(("SU", "MO", "TU", "WE", "TH", "FR", "SA").index(name))
