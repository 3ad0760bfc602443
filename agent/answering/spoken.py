"""ISO 8601 days and moments inside results, as an answer says them to the user.

A result keeps its ISO fields for later steps and for programs; only what people read is reworded, in their
own time zone. Knows nothing of models or steps.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from ...tools.when.moments import day_words, full_day, moment_words, on_day, on_the_clock_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_PREPOSITION = re.compile(r"\b(?:at|on) $")


def spoken(value: Any, now: datetime) -> str | None:
    """``value`` in words when it is a day or a moment and nothing else; None for anything else."""
    match _read(value):
        case datetime() as moment:
            return moment_words(moment, now)
        case date() as day:
            return day_words(day, now.date())
    return None


def append(text: str, value: Any, now: datetime) -> str:
    """``text`` with ``value`` at its end; a day or a moment in words, with the preposition that it takes.

    "at" and "on" give way to "today" and "tomorrow"; what stays "on" a day names the day in full.
    """
    read = _read(value)
    if read is None:
        return text + ("" if value is None else str(value))
    before = _PREPOSITION.search(text)
    if before is None:
        return text + str(spoken(value, now))
    start = text[: before.start()]
    if not isinstance(read, datetime):
        return f"{start}on {full_day(read)}"
    local = on_the_clock_of(now, read)
    return f"{start}{on_day(local.date(), now.date())} at {local:%H:%M}"


def spoken_in(data: Any, now: datetime) -> Iterator[str]:
    """Every day and moment of a JSON value in words: what an answer may say of it."""
    if isinstance(data, Mapping):
        for part in data.values():
            yield from spoken_in(part, now)
    elif isinstance(data, list | tuple):
        for part in data:
            yield from spoken_in(part, now)
    elif (words := spoken(data, now)) is not None:
        yield words


def _read(value: Any) -> date | datetime | None:
    """The day or moment that ``value`` is; one without a zone is a time on the user's own clock."""
    if not isinstance(value, str):
        return None
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
    except ValueError:
        return None  # looks like one, and is none: 2026-02-30
