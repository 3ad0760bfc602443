"""Reads moments as people write them: "in 2 hours", "tomorrow at 9am", "tonight", "friday morning".

A text is split into a time of day and a day; the day goes to `dates`. Conventions: a day without a time
means 9:00; morning is 9:00, afternoon 15:00, evening 19:00, night 21:00, tonight 20:00; "at 5" is the
afternoon, "at 8" the morning, and on the same day always the one still to come.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from .dates import DAY, read_day
from .errors import ToolRetry
from .wording import digits_for_words, plain

_PARTS = {"morning": 9, "lunchtime": 12, "lunch": 12, "afternoon": 15, "evening": 19, "night": 21}
_DEFAULT_HOUR = 9
_MAX_LENGTH = 100
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AMOUNT_OF = re.compile(
    r"(\d+(?:\.\d+)?(?=\s*)|\b(?:half an?|a couple of|a few|an?)\b(?=\s))\s*"
    r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)\b( and a half)?"
)
_WORD_AMOUNTS = {"a": 1.0, "an": 1.0, "half a": 0.5, "half an": 0.5, "a couple of": 2.0, "a few": 3.0}
_PM_PARTS = {"afternoon", "evening", "night", "tonight"}


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day as read; `half` is "am", "pm", "24h" or "" when it may be either."""

    hour: int
    minute: int
    half: str


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that `text` means when said at `now` (aware); in the zone of `now`.

    Leans to the future where the text leaves it open. Raises ToolRetry.
    """
    words = digits_for_words(plain(text[:_MAX_LENGTH]))
    try:
        found = _instant(words, now) or _exact(text, now) or _day_and_time(words, now)
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise ToolRetry(
            f"{text!r} is not a time that can be read.",
            'Write it like "2026-05-03 14:30", "tomorrow at 9am", "friday 18:00" or "in 2 hours".',
        )
    return found


def _instant(words: str, now: datetime) -> datetime | None:
    """ "now", and amounts of time from now: "in 2 hours", "in 1h 30m", "20 minutes from now"."""
    if words in ("now", "right now", "immediately"):
        return now
    match = re.fullmatch(r"(?:in|after)\s+(.+)|(.+) (?:from now|later)", words)
    if match is None:
        return None
    rest = match[1] or match[2]
    seconds, used = 0.0, 0
    for amount in _AMOUNT_OF.finditer(rest):
        if rest[used : amount.start()].strip(" ,") not in ("", "and"):
            return None
        number = _WORD_AMOUNTS[amount[1]] if amount[1] in _WORD_AMOUNTS else float(amount[1])
        seconds += (number + (0.5 if amount[3] else 0)) * _SECONDS[amount[2][0]]
        used = amount.end()
    if used == 0 or rest[used:].strip() not in ("", "time"):
        return None
    if seconds % 86_400 == 0:  # whole days keep the time on the clock, also over a change to summer time
        return _at(now, now.date() + timedelta(days=int(seconds // 86_400)), now.time())
    return (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(now.tzinfo)


def _exact(text: str, now: datetime) -> datetime | None:
    """ISO 8601, with or without a zone."""
    if not re.match(r"\s*\d{4}-\d\d-\d\d[T ]\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(now.tzinfo) if moment.tzinfo else _at(now, moment.date(), moment.time())


def _day_and_time(words: str, now: datetime) -> datetime | None:
    part, rest = _take_part(words)
    clock, rest = _take_clock(rest)
    if part is not None and clock is None:
        clock, rest = _take_hour(rest)
    rest = re.sub(r"\b(?:at|in the|during the|around|about|by|on)\b\s*", " ", rest)
    rest = re.sub(r"\s+", " ", rest).strip(" ,.-")
    if rest in ("", "this", "in", "the"):
        if clock is None and part is None:
            return None
        return _next_occurrence(clock, part, now)
    day = read_day(rest, now.date(), "future")
    if day is None:
        return None
    if clock is None and part is None:
        return _without_time(day, now)
    if clock is not None and day - now.date() == timedelta(days=7) and _is_weekday_name(rest):
        today = _at(now, now.date(), _time_on(clock, part, now.date(), now))
        if today > now:  # "friday at 18:00", said on a Friday morning
            return today
    if clock is not None and clock.half == "midnight":
        return _at(now, day + timedelta(days=1), time(0))
    return _at(now, day, _time_on(clock, part, day, now))


def _take_part(words: str) -> tuple[str | None, str]:
    """Take out a part of the day; "tonight" is one and means today."""
    if match := re.search(r"\b(tonight|tonite)\b", words):
        return "tonight", words.replace(match[0], " today ", 1)
    pattern = r"\b(?:in the |at |this )?(morning|lunchtime|lunch|afternoon|evening|night)\b"
    if match := re.search(pattern, words):
        return match[1], f"{words[: match.start()]} {words[match.end() :]}"
    return None, words


def _take_clock(words: str) -> tuple[_Clock | None, str]:
    """Take out a time of day."""
    for pattern, read in _CLOCK_FORMS:
        if match := re.search(pattern, words):
            clock = read(match)
            if clock is not None:
                return clock, f"{words[: match.start()]} {words[match.end() :]}"
    return None, words


def _take_hour(words: str) -> tuple[_Clock | None, str]:
    """Take out a bare hour next to a part of the day: "8 in the morning", "friday 8 in the morning"."""
    day = rf"(?:today|tomorrow|{DAY})"
    pattern = rf"^\s*(?P<before>{day} )?(?P<hour>\d{{1,2}})(?P<after> {day})?\s*$"
    match = re.match(pattern, re.sub(r"\s+", " ", words))
    if match is None:
        return None, words
    return _read_plain(match), f"{match['before'] or ''}{match['after'] or ''}"


def _half(text: str | None) -> str:
    return f"{text[0]}m" if text else ""


def _read_plain(match: re.Match[str]) -> _Clock | None:
    groups = match.groupdict()
    hour, minute = int(groups["hour"]), int(groups.get("minute") or 0)
    half = _half(groups.get("half"))
    if not half and (hour > 12 or hour == 0 or groups["hour"].startswith("0")):
        half = "24h"
    if hour > (12 if half in ("am", "pm") else 24) or minute > 59 or (hour == 24 and minute):
        raise ValueError("no such time of day")
    return _Clock(hour, minute, half)


def _read_past(match: re.Match[str]) -> _Clock | None:
    minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(match["much"]) or int(match["much"].split()[0])
    hour = int(match["hour"])
    if match["way"] in ("to", "before"):
        hour, minutes = (hour - 1) or 12, 60 - minutes
    return _Clock(hour, minutes, _half(match["half"]))


_HALF = r"\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?)"
_CLOCK_FORMS = (
    (r"\b(?:at )?(?:12 )?(?:noon|midday)\b", lambda match: _Clock(12, 0, "24h")),
    (r"\b(?:at )?(?:12 )?midnight\b", lambda match: _Clock(0, 0, "midnight")),
    (
        rf"\b(?P<much>half|a quarter|quarter|\d{{1,2}}(?: minutes)?) (?P<way>past|after|to|before) "
        rf"(?P<hour>\d{{1,2}})\b(?:{_HALF})?",
        _read_past,
    ),
    (rf"\b(?P<hour>\d{{1,2}})[:.](?P<minute>\d\d){_HALF}", _read_plain),
    (r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?\b", _read_plain),
    (rf"\b(?P<hour>\d{{1,2}}){_HALF}", _read_plain),
    (rf"\bat (?P<hour>\d{{1,2}})[. ](?P<minute>\d\d)\b(?:{_HALF})?", _read_plain),
    (r"\b(?P<hour>\d{1,2})h(?P<minute>\d\d)?\b", _read_plain),
    (r"\b(?P<hour>\d{1,2}) ?(?:o'clock|oclock|uhr)\b", _read_plain),
    (r"\bat (?P<hour>\d{1,2})\b(?![/.:-]\d)", _read_plain),
    (r"^(?P<hour>\d{1,2})(?= (?:today|tomorrow|tonight)\b)", _read_plain),
    (r"(?<=today )(?P<hour>\d{1,2})$|(?<=tomorrow )(?P<hour2>\d{1,2})$", lambda match: _bare(match)),
)


def _bare(match: re.Match[str]) -> _Clock | None:
    hour = int(match["hour"] or match["hour2"])
    return _Clock(hour, 0, "24h" if hour > 12 else "") if hour <= 24 else None


def _time_on(clock: _Clock | None, part: str | None, day: object, now: datetime) -> time:
    """The time on the clock, with the open half of the day decided."""
    if clock is None:
        return time(20 if part == "tonight" else _PARTS[part or "morning"])
    hour = clock.hour % 24
    if clock.half in ("am", "pm"):
        return time(hour % 12 + (12 if clock.half == "pm" else 0), clock.minute)
    if clock.half in ("24h", "midnight"):
        return time(hour, clock.minute)
    if part == "morning":
        return time(hour % 12, clock.minute)
    if part in _PM_PARTS:
        return time(hour % 12 + 12 if hour % 12 else 12, clock.minute)
    likely = time(hour + 12 if 1 <= hour <= 6 else hour, clock.minute)
    if day == now.date() and _at(now, now.date(), likely) <= now and hour < 12:
        later = time(hour + 12, clock.minute)
        return later if _at(now, now.date(), later) > now else likely
    return likely


def _next_occurrence(clock: _Clock | None, part: str | None, now: datetime) -> datetime:
    """A time without a day: the next time that it comes."""
    if clock is not None and clock.half == "midnight":
        return _at(now, now.date() + timedelta(days=1), time(0))
    today = _at(now, now.date(), _time_on(clock, part, now.date(), now))
    if today > now:
        return today
    tomorrow = now.date() + timedelta(days=1)
    return _at(now, tomorrow, _time_on(clock, part, tomorrow, now))


def _without_time(day: object, now: datetime) -> datetime:
    """A day alone: 9:00, or an hour from now when that has passed today."""
    moment = _at(now, day, time(_DEFAULT_HOUR))
    if day == now.date() and moment <= now:
        return (now + timedelta(hours=1)).replace(second=0, microsecond=0)
    return moment


def _is_weekday_name(rest: str) -> bool:
    return re.fullmatch(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?", rest) is not None


def _at(now: datetime, day: object, clock: time) -> datetime:
    return datetime.combine(day, clock.replace(microsecond=0), tzinfo=now.tzinfo)  # type: ignore[arg-type]
