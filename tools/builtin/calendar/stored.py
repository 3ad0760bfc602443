"""The calendar entries among the user's records: found by time and by words, and said in words."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ...context import ToolContext
from ...errors import ToolFailed
from ...records import CalendarEvent
from ...text.wording import plain
from ...when.moments import day_words, moment_words
from .entries import read_entry
from .occurrences import Occurrence, occurrences, span_of


def event_fields(uid: str, content: str) -> dict[str, Any]:
    """What is stored of an entry beside its text."""
    entry = read_entry(content)
    first, last = span_of(content)
    return {"uid": uid, "summary": entry.summary, "content": content, "first": first, "last": last}


def live(ctx: ToolContext, since: dt.date | None = None, until: dt.date | None = None) -> list[CalendarEvent]:
    """Entries that are not cancelled."""
    return [row for row in ctx.records.rows("event", since, until) if row.state != "removed"]


def all_on(
    ctx: ToolContext,
    first: dt.date,
    last: dt.date,
    words: str | None = None,
    rows: Iterable[CalendarEvent] | None = None,
) -> list[tuple[Occurrence, CalendarEvent]]:
    """As `all_between`, from the beginning of one day to the end of another."""
    zone = ctx.now().tzinfo
    since = dt.datetime.combine(first, dt.time(), zone)
    return all_between(
        ctx, since, dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone), words, rows
    )


def all_between(
    ctx: ToolContext,
    since: dt.datetime,
    until: dt.datetime,
    words: str | None = None,
    rows: Iterable[CalendarEvent] | None = None,
) -> list[tuple[Occurrence, CalendarEvent]]:
    """What happens between two moments, in order; an entry that cannot be read is left out.

    Args:
        words: only entries that hold all of these.
        rows: only these entries.
    """
    zone = ctx.now().tzinfo
    found: list[tuple[Occurrence, CalendarEvent]] = []
    days = (since.date() - dt.timedelta(days=1), until.date() + dt.timedelta(days=1))
    for row in live(ctx, *days) if rows is None else rows:
        if words and not _fits(row, words):
            continue
        try:
            found += [(one, row) for one in occurrences(row.content, since, until, zone)]
        except ToolFailed as error:
            ctx.progress(f"{row.summary} is left out: {error}")
    return sorted(found, key=lambda pair: (pair[0].begins(zone), not pair[0].all_day, pair[0].entry.summary))


def search(ctx: ToolContext, words: str, *, titles_only: bool = False) -> list[CalendarEvent]:
    """Entries that hold all the words."""
    return [row for row in live(ctx) if _fits(row, words, titles_only)]


def when_words(one: Occurrence, now: dt.datetime) -> str:
    """ "tomorrow at 10:00–11:00", "Friday 27 November, all day"."""
    zone, today = now.tzinfo, now.date()
    if one.all_day:
        first, last = one.start, one.end - dt.timedelta(days=1)
        days = day_words(first, today) + (f" to {day_words(last, today)}" if last > first else "")  # type: ignore[arg-type]
        return f"{days}, all day"
    begins, ends = one.begins(zone), one.ends(zone)
    if ends == begins:
        return moment_words(begins, now)
    if ends.date() == begins.date():
        return f"{moment_words(begins, now)}–{ends:%H:%M}"
    return f"{moment_words(begins, now)} to {moment_words(ends, now)}"


def _fits(row: CalendarEvent, words: str, titles_only: bool = False) -> bool:
    wanted = plain(words).split()
    if all(word in row.summary.casefold() for word in wanted):
        return True
    if titles_only:
        return False
    try:
        entry = read_entry(row.content)
    except ToolFailed:
        return False
    said = f"{entry.summary} {entry.location} {entry.description} {entry.organizer}".casefold()
    return all(word in said for word in wanted)
