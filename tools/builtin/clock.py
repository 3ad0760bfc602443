"""The clock and the calendar: what time it is somewhere, days between dates, a date plus days."""

from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolFailed
from ..text.wording import counted, plain
from ..when.dates import is_yearless, parse_day
from ..when.moments import calendar_day, full_day
from ..when.zones import find_zone

_NOW_WORDS = {"", "local", "here", "my time", "my time zone", "current", "now", "home"}


@dataclass(frozen=True, slots=True)
class Clock:
    """A moment as a clock on the wall shows it."""

    text: str
    time: str
    date: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Days:
    """A number of days, negative when the end is before the start."""

    text: str
    days: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as YYYY-MM-DD."""

    text: str
    date: str


@tool(
    phrases=(
        "[(what is|tell me|give me|show me)] [the] [current|local] time [(now|right now|rn|here)]",
        "[(what is|tell me|give me|show me)] [the] [current|local] time [(now|right now)] in {timezone:name} "
        "[(now|right now|rn)]",
        "what time is it [(now|right now|rn|here)]",
        "what time is it [(now|right now)] in {timezone:name} [(now|right now|rn)]",
        "[(what is|tell me|give me|show me)] [the] (date today|today's date|current date)",
        "(what|which) (day|date|weekday|year) is (it|today|it today)",
    ),
)
def current_time(
    timezone: Annotated[
        str | None, Field(max_length=100, examples=["Tokyo", "New York", "UTC", "PST"])
    ] = None,
    *,
    ctx: ToolContext,
) -> Clock:
    """Tell the current time and date, here or in a city, country or time zone.

    Args:
        timezone: A city, a country or a time zone; nothing for the local time.
    """
    now = ctx.now()
    if timezone is None or plain(timezone) in _NOW_WORDS:
        key = str(getattr(now.tzinfo, "key", None) or now.tzname() or "local")
        where = ""
    else:
        key, zone = find_zone(timezone)
        now = now.astimezone(zone)
        where = f" in {key}" if "/" not in key else f" in {timezone.strip()} ({key})"
        where = where.replace(f"{key} ({key})", key)
    clock = f"{now:%H:%M}"
    return Clock(f"It is {clock} on {full_day(now.date())}{where}.", clock, f"{now:%Y-%m-%d}", key)


@tool(
    phrases=(
        "[(how many|number of)] days [(are there|is it|left|to go)] (until|till|to|before) {end:when} "
        "{start=today}",
        "how long [(is it|left|to go)] (until|till) {end:when} {start=today}",
        "[(how many|number of)] days [(are there|is it)] since {start:when} {end=today}",
        "[(how many|number of)] days [(are there|is it)] between {start:when} and {end:when}",
        "[(how many|number of)] days [(are there|is it)] from {start:when} (to|until|till) {end:when}",
    ),
)
def date_difference(
    start: Annotated[str, Field(min_length=1, max_length=100, examples=["today", "2026-05-03"])],
    end: Annotated[str, Field(min_length=1, max_length=100, examples=["christmas", "May 3"])],
    *,
    ctx: ToolContext,
) -> Days:
    """Count the days from one date to another.

    Args:
        start: The first date.
        end: The second date.
    """
    today = ctx.now().date()
    until_now = plain(end) in ("today", "now", "yesterday")
    first = parse_day(start, today, "past" if until_now else "future")
    last = parse_day(end, today)
    if last < first and is_yearless(end):
        last = parse_day(end, first)
    days = (last - first).days
    if days < 0:
        text = f"{calendar_day(last)} is {counted(-days, 'day')} before {calendar_day(first)}."
        return Days(text, days)
    verb = "is" if days == 1 else "are"
    span = f"from {calendar_day(first)} to {calendar_day(last)}"
    return Days(f"There {verb} {counted(days, 'day')} {span}.", days)


@tool(
    phrases=(
        "[(tell me|give me|show me|what is)] [the] (tomorrow's date|date tomorrow|date of tomorrow) "
        "{date=today} {days=1}",
        "[(tell me|give me|show me|what is)] [the] (yesterday's date|date yesterday|date of yesterday) "
        "{date=today} {days=-1}",
        "(what|which) (day|date|weekday) is [it] tomorrow {date=today} {days=1}",
        "(what|which) (day|date|weekday) is [it] [the] day after tomorrow {date=today} {days=2}",
        "[(what is|tell me)] [the] date [(on|of)] [the] day after tomorrow {date=today} {days=2}",
        "[(what is|tell me)] [the] date in {days} days {date=today}",
        "[(what is|tell me)] [the] date {days} days from (now|today) {date=today}",
    ),
)
def date_add(
    date: Annotated[str, Field(min_length=1, max_length=100, examples=["today", "2026-05-03"])],
    days: Annotated[int, Field(examples=[30, -7])],
    *,
    ctx: ToolContext,
) -> Day:
    """Tell the date that lies a number of days after (or, negative, before) a date.

    Args:
        date: The date to start from.
        days: How many days to add; negative to go back.
    """
    start = parse_day(date, ctx.now().date())
    try:
        result: Date = start + timedelta(days=days)
    except OverflowError as error:
        raise ToolFailed(f"{days} days from {start} is beyond the calendar.") from error
    way = "after" if days >= 0 else "before"
    away = f"{counted(abs(days), 'day')} {way} {calendar_day(start)}"
    return Day(f"{away} is {full_day(result)}.", str(result))
