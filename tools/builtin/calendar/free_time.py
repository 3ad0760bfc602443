"""Free time: the gaps between calendar entries within the hours of a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...when.appointments import read_period
from ...when.moments import day_words
from ...when.times import parse_moment
from ..synchronising import looked
from .occurrences import MOST
from .server import SECRETS, SHELF
from .stored import all_on

_IS_THERE = "find|look for|is there|do i have|have i got"
_FOR = "for [a|an|some|the] (coffee|lunch|dinner|breakfast|call|walk|drink|meeting|break|run|chat)"
_LENGTHS = (
    ("(an|one|1|a) [free] hour", 60),
    ("(two|2) [free] hours", 120),
    ("(three|3) [free] hours", 180),
    ("half an hour", 30),
)
"""How long a gap has to be at least, in words, and in minutes."""
_SHOWN = 20
_MOST_DAYS = 62
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class FreeSpan:
    """A gap; ISO 8601."""

    start: str
    end: str
    minutes: int


@dataclass(frozen=True, slots=True)
class FreeTime:
    """Gaps that are long enough, in their order."""

    text: str
    spans: list[FreeSpan]
    count: int


@tool(
    secrets=SECRETS,
    phrases=(
        "[am i] (free|available) {period:when}",
        "when am i (free|available) {period=the next 7 days}",
        "when am i (free|available) {period:when}",
        *(
            f"[find|show|look for|list] [me] [my|the|any|some|a] free (time|slot|slots|times) {when}"
            for when in ("{period=the next 7 days}", "{period:when}")
        ),
        f"[{_IS_THERE}] [me] [a|an|any|some] [free|enough] (time|slot|gap) {_FOR} {{period:when}}",
        "(gaps|free time|free slots|any gaps) in (my|the) (calendar|schedule|diary) {period:when}",
        "{minutes} (minutes|mins|min) (free|of free time) {period:when}",
        "{minutes} free minutes {period:when}",
        f"({_IS_THERE}) [me] {{minutes}} [free] (minutes|mins|min) [of] [free time|free] {{period:when}}",
        f"({_IS_THERE}) [me] {{minutes}} [free] (minutes|mins|min) {_FOR} {{period:when}}",
        *(
            wording + f" {{minutes={minutes}}} {{period:when}}"
            for length, minutes in _LENGTHS
            for wording in (
                f"({_IS_THERE}) [me] {length} [of] [free time|free]",
                f"({_IS_THERE}) [me] {length} {_FOR}",
                f"{length} (free|of free time)",
            )
        ),
        "free hour {minutes=60} {period:when}",
        "(do i have|have i got) [any|some] [free] time {period:when}",
        "when do i have [any|some] [free] time {period:when}",
        "(find|look for) [me] [some] free time {period:when}",
    ),
)
def find_free_time(
    period: Annotated[str, Field(max_length=100, examples=["tomorrow", "this week"])] = "today",
    minutes: Annotated[int, Field(ge=5, le=1440)] = 30,
    earliest: Annotated[str, Field(max_length=20)] = "9:00",
    latest: Annotated[str, Field(max_length=20)] = "18:00",
    weekends: bool = False,
    *,
    ctx: ToolContext,
) -> FreeTime:
    """Find free time in the calendar.

    Args:
        period: The day or period to look at.
        minutes: How long it has to be at least.
        earliest: The time of day from which on.
        latest: The time of day until which.
        weekends: Whether Saturdays and Sundays count, too.
    """
    now = ctx.now()
    first, last, said = read_period(period, now)
    first = max(first, now.date())
    if (last - first).days >= _MOST_DAYS:
        raise ToolRetry(f"{period!r} has more than {_MOST_DAYS} days.", "Give a shorter period.")
    opens, closes = _hours(earliest, latest, now)
    note = looked(ctx, SHELF)
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    counted = [day for day in days if day.weekday() < 5 or weekends or len(days) == 1]
    spans = [span for day in counted for span in _free_on(ctx, day, opens, closes)]
    wanted = [span for span in spans if span[1] - span[0] >= dt.timedelta(minutes=minutes)][:MOST]
    if not wanted:
        none = f"No {minutes} minutes are free {said} between {opens:%H:%M} and {closes:%H:%M}."
        return FreeTime(none + note, [], 0)
    lines = [
        f"- {day_words(one.date(), now.date())}, {one:%H:%M}–{end:%H:%M}" for one, end in wanted[:_SHOWN]
    ]
    free = [
        FreeSpan(one.isoformat(), end.isoformat(), int((end - one).total_seconds() // 60))
        for one, end in wanted
    ]
    return FreeTime("\n".join([f"Free {said}:", *lines]) + note, free, len(free))


def _hours(earliest: str, latest: str, now: dt.datetime) -> tuple[dt.time, dt.time]:
    """The times of day from which on, and until which; raises ToolRetry when there is none between them."""
    opens, closes = (
        parse_moment(f"tomorrow at {text.removeprefix('at ')}", now).time() for text in (earliest, latest)
    )
    if opens >= closes:
        raise ToolRetry(f"{earliest} is not before {latest}.", "Give an earlier beginning or a later end.")
    return opens, closes


def _free_on(ctx: ToolContext, day: dt.date, opens: dt.time, closes: dt.time) -> list[Span]:
    """The gaps of a day that are still to come."""
    now = ctx.now()
    begins = max(dt.datetime.combine(day, opens, now.tzinfo), _rounded(now))
    return gaps(_busy(ctx, day, now), begins, dt.datetime.combine(day, closes, now.tzinfo))


def gaps(busy: Iterable[Span], begins: dt.datetime, ends: dt.datetime) -> list[Span]:
    """What is left of the time between two moments."""
    free, at = [], begins
    for start, end in sorted(busy):
        if start > at and at < ends:
            free.append((at, min(start, ends)))
        at = max(at, end)
    if at < ends:
        free.append((at, ends))
    return free


def _busy(ctx: ToolContext, day: dt.date, now: dt.datetime) -> list[Span]:
    return [
        (one.begins(now.tzinfo), one.ends(now.tzinfo))
        for one, row in all_on(ctx, day, day)
        if not one.all_day and "TRANSP:TRANSPARENT" not in row.content
    ]


def _rounded(now: dt.datetime) -> dt.datetime:
    """The next full quarter of an hour."""
    bare = now.replace(second=0, microsecond=0)
    return bare + dt.timedelta(minutes=-bare.minute % 15)
