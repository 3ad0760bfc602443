"""Reads times of day: "9am", "half past six", "18h30", "noon", "late tomorrow afternoon", "first thing".

A time is taken out of a text and the rest is left to others. Conventions: breakfast and first thing are at
8:00, morning 9:00, lunch 12:00, afternoon 15:00, the end of the day 17:00, dinner and evening 19:00, tonight
20:00, night 21:00, bedtime 22:00; early is two hours before, late two hours after. "half six" is half past
six.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Literal

from .calendars import DAY, MONTH

Half = Literal["am", "pm", "24h", "midnight", ""]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as read: "" is an hour of either half of the day, "midnight" the end of the day."""

    hour: int
    minute: int
    half: Half


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day: the hour that it usually means, and the half of the day of a bare hour."""

    hour: int
    half: Literal["am", "pm", "night", ""]


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """What a text says of the time, and its other words."""

    clock: Clock | None
    part: Part | None
    rest: str

    @property
    def said(self) -> bool:
        """Whether anything was said."""
        return self.clock is not None or self.part is not None


_PARTS = {
    "first thing": Part(8, "am"), "breakfast": Part(8, "am"), "morning": Part(9, "am"), "lunch": Part(12, ""),
    "afternoon": Part(15, "pm"), "end of day": Part(17, "pm"), "evening": Part(19, "pm"),
    "dinner": Part(19, "pm"), "supper": Part(19, "pm"), "tonight": Part(20, "night"),
    "night": Part(21, "night"), "bed": Part(22, "night"),
}  # fmt: skip
_NAMED_DAY = rf"(?:today|tomorrow|yesterday|{DAY})"
_A_TIME = r"noon|midday|midnight|\d{1,2}(?:$|[:h]| ?[ap]\.?m|\d\d\b(?![-/.])| o'clock)"
_SHIFT = r"(?:(?P<shift>early|late) )?"
_DAY_TIME = r"(?P<name>morning|afternoon|evening|night)"
_MEAL_TIME = r"(?P<meal>breakfast|lunch|dinner|supper) ?(?:time)?"
# pattern, the part that it means (or the group that names it), what stays of the match
_PART_FORMS: tuple[tuple[str, str, str], ...] = (
    (rf"\b{_SHIFT}tonight\b", "tonight", "today"),
    (rf"\b{_SHIFT}last night\b", "night", "yesterday"),
    (r"\bnight before last\b", "night", "2 days ago"),
    (rf"\b{_SHIFT}this (?P<name>morning|afternoon|evening)(?: of)?\b", "", "today"),
    (rf"\b(?:on )?{_DAY_TIME} before (?!{_A_TIME})", "", "day before "),
    (r"\bfirst thing(?: in morning)?\b", "first thing", ""),
    (
        r"\b(?:(?:at|by) )?(?:end of (?:day|business)(?: today)?|eod|cob|close of (?:business|play))\b",
        "end of day",
        "",
    ),
    (rf"\b(?:(?:at|by) )?end of (?={_NAMED_DAY}\b)", "end of day", ""),
    (
        rf"\b{_SHIFT}(?:(?:in|at|during|over|on) )?(?:(?P<again>early|late) )?"
        rf"(?:{_DAY_TIME}(?: of)?|{_MEAL_TIME}|(?P<bed>bed) ?time)\b",
        "",
        "",
    ),
    (rf"\bearly (?:on )?(?={_NAMED_DAY}\b)", "early", ""),
    (rf"\blate (?:on )?(?={_NAMED_DAY}\b)", "late", ""),
)
_WHOLE_DAY = {"early": Part(7, "am"), "late": Part(21, "pm")}

_AT = r"(?:\b(?:at|by|before|after|until|till|from) )"
_HALF = r"\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?)"
_NOT_A_DATE = rf"(?![/.:-]\d| ?(?:{MONTH})\b| (?:of|(?:second|minute|hour|day|week|month|year)s?)\b)"


def take_time(words: str) -> TimeOfDay:
    """Take the time of day out of timely words; raises ValueError for one that no clock shows."""
    part, rest = _take_part(words)
    clock, rest = _take_clock(rest)
    if part is not None and clock is None:
        clock, rest = _take_hour(rest)
    rest = re.sub(r"\s+", " ", rest).strip(" ,.-")
    rest = re.sub(r"(?:(?:^| )(?:at|in|on|by|of|this))+$", "", rest)
    return TimeOfDay(clock, part, rest.strip())


def time_on(clock: Clock | None, part: Part | None, later: Callable[[time], bool]) -> tuple[time, int]:
    """The time on the clock, and the days after the one that was named: one for midnight and the small hours.

    `later` tells whether a time is still to come on that day; it decides which half a bare hour is in.
    """
    if clock is None:
        return time(part.hour if part else 9), 0
    hour = clock.hour % 24
    if clock.half == "midnight" or (clock.hour == 24):
        return time(0), 1
    if clock.half in ("am", "pm"):
        return time(hour % 12 + (12 if clock.half == "pm" else 0), clock.minute), 0
    if clock.half == "24h":
        return time(hour, clock.minute), 0
    half = part.half if part else ""
    if half == "am":
        return time(hour % 12, clock.minute), 0
    if half == "night" and (hour == 12 or hour < 5):
        return time(hour % 12, clock.minute), 1
    if half:
        return time(hour % 12 + 12, clock.minute), 0
    likely = time(hour + 12 if 1 <= hour <= 6 else hour, clock.minute)
    other = time(hour + 12, clock.minute) if hour < 12 else likely
    return (other if not later(likely) and later(other) else likely), 0


def _take_part(words: str) -> tuple[Part | None, str]:
    for pattern, name, left in _PART_FORMS:
        if match := re.search(pattern, words):
            groups = match.groupdict()
            said = name or groups.get("name") or groups.get("meal") or groups["bed"]
            rest = f"{words[: match.start()]} {left} {words[match.end() :]}"
            if said in _WHOLE_DAY:
                return _WHOLE_DAY[said], rest
            shift = groups.get("shift") or groups.get("again")
            if not shift and (far := re.search(rf"\b(early|late) (?:on )?(?={_NAMED_DAY}\b)", rest)):
                shift, rest = far[1], f"{rest[: far.start()]}{rest[far.end() :]}"  # "late tomorrow afternoon"
            part = _PARTS[said]
            return Part(part.hour + {"early": -2, "late": 2}.get(shift or "", 0), part.half), rest
    return None, words


def _take_clock(words: str) -> tuple[Clock | None, str]:
    for pattern, read in _CLOCK_FORMS:
        if (match := re.search(pattern, words)) and (clock := read(match)) is not None:
            return clock, f"{words[: match.start()]} {words[match.end() :]}"
    return None, words


def _take_hour(words: str) -> tuple[Clock | None, str]:
    """Take out a bare hour next to a part of the day: "8 in the morning", "friday 8 in the morning"."""
    pattern = rf"(?P<before>{_NAMED_DAY} )?(?P<hour>\d{{1,2}})(?P<after> {_NAMED_DAY})?"
    match = re.fullmatch(pattern, re.sub(r"\s+", " ", words).strip())
    if match is None:
        return None, words
    return _read(match), f"{match['before'] or ''}{match['after'] or ''}"


def _half(text: str | None) -> Half:
    return "" if not text else "am" if text[0] == "a" else "pm"


def _read(match: re.Match[str]) -> Clock:
    groups = match.groupdict()
    hour, minute, half = int(groups["hour"]), int(groups.get("minute") or 0), _half(groups.get("half"))
    if not half and (hour > 12 or hour == 0 or groups["hour"].startswith("0")):
        half = "24h"
    if hour > (12 if half in ("am", "pm") else 24) or minute > 59 or (hour == 24 and minute):
        raise ValueError("no such time of day")
    return Clock(hour, minute, half)


def _read_past(match: re.Match[str]) -> Clock:
    """ "quarter to 8", "10 past 9", "half 6"."""
    much, way, hour = match["much"], match["way"], int(match["hour"])
    minutes = 30 if much == "half" else 15 if "quarter" in much else int(much.split()[0])
    if hour > 12 or minutes > 59:
        raise ValueError("no such time of day")
    if way in ("to", "before", "of"):
        hour, minutes = (hour - 1) or 12, 60 - minutes
    return Clock(hour, minutes, _half(match["half"]))


_CLOCK_FORMS: tuple[tuple[str, Callable[[re.Match[str]], Clock | None]], ...] = (
    (rf"{_AT}?\b(?:12 )?(?:noon|midday)\b", lambda match: Clock(12, 0, "24h")),
    (rf"{_AT}?\b(?:12 )?midnight\b", lambda match: Clock(0, 0, "midnight")),
    (
        rf"{_AT}?\b(?P<much>half|(?:a )?quarter|\d{{1,2}}(?: minutes| mins?)?) (?P<way>past|after|to|before) "
        rf"(?P<hour>\d{{1,2}})\b(?![:.]\d)(?:{_HALF})?",
        _read_past,
    ),
    (rf"{_AT}?\b(?P<much>a quarter|quarter) (?P<way>of) (?P<hour>\d{{1,2}})\b(?:{_HALF})?", _read_past),
    (rf"{_AT}?\b(?P<much>half) (?P<way>)(?P<hour>\d{{1,2}})\b(?![:.]\d)(?:{_HALF})?", _read_past),
    (rf"{_AT}?\b(?P<hour>\d{{1,2}})[:.](?P<minute>\d\d){_HALF}", _read),
    (rf"(?:^|{_AT})(?P<hour>\d{{1,2}}) (?P<minute>[0-5]\d){_HALF}", _read),
    (rf"{_AT}?\b(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::\d\d)?\b", _read),
    (rf"{_AT}?\b(?P<hour>\d{{1,2}}){_HALF}", _read),
    (rf"\bat (?P<hour>\d{{1,2}})[. ](?P<minute>\d\d)\b(?:{_HALF})?", _read),
    (rf"{_AT}?\b(?P<hour>\d{{1,2}})h(?P<minute>\d\d)?\b", _read),
    (rf"{_AT}?\b(?P<hour>\d{{1,2}}) ?(?:o'clock|oclock|uhr)\b", _read),
    (r"\bat (?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)\b(?![/.:-])(?: (?:hours|hrs)\b)?", _read),
    (rf"{_AT}?(?<![\d./:-])(?P<hour>0\d)(?P<minute>[0-5]\d)\b(?![/.:-])(?: (?:hours|hrs)\b)?", _read),
    (rf"{_AT}?(?<![\d./:-])(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d) (?:hours|hrs)\b", _read),
    (rf"{_AT}(?P<hour>\d{{1,2}})\b{_NOT_A_DATE}", _read),
    (r"^(?P<hour>\d{1,2})(?= (?:today|tomorrow)\b)", _read),
    (r"(?<=today )(?P<hour>\d{1,2})$", _read),
    (r"(?<=tomorrow )(?P<hour>\d{1,2})$", _read),
)
