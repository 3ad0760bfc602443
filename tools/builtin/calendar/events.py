"""Calendar entries: added, moved, renamed and cancelled, in Homewit's own database.

What is added or changed here reaches a server with `sync_calendar`; until then nothing leaves the machine.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...records import CalendarEvent
from ...spec import Effect
from ...text.wording import gone
from ...when.appointments import on_its_day, read_period, read_times
from ...when.following import first_day, next_day
from ...when.repeating import parse_repeat, repeat_words, split_time
from ...when.wall import is_after
from ..choosing import named, take_back
from ..synchronising import (
    change,
    check_writable,
    looked,
    place_for,
    still_here,
    take_out,
    undo_adding,
)
from .agenda import MINE, Text
from .entries import Entry, moved, read_entry, renamed, without_occurrence, write_entry
from .occurrences import Occurrence
from .server import SECRETS, SHELF
from .stored import all_between, all_on, event_fields, live, search, when_words

Title = Annotated[str, Field(min_length=1, max_length=300)]
Start = Annotated[
    str, Field(min_length=1, max_length=100, examples=["friday at 10", "tomorrow", "2026-05-03 14:30"])
]
End = Annotated[str | None, Field(max_length=100, examples=["11:30", "90 minutes", "2 days"])]
Repeats = Annotated[str | None, Field(max_length=100, examples=["every week", "every year"])]


@dataclass(frozen=True, slots=True)
class EventAdded:
    """A new entry."""

    text: str
    title: str
    start: str
    id: str


@dataclass(frozen=True, slots=True)
class EventChanged:
    """An entry that was changed or cancelled; `changes` is what undo needs."""

    text: str
    title: str
    id: str
    changes: list[str]


def _remove(result: EventAdded, *, ctx: ToolContext) -> str:
    event = undo_adding(ctx, SHELF, result.id)
    return gone("entry") if event is None else f"Removed from your calendar: {event.summary}"


def _undo_change(result: EventChanged, *, ctx: ToolContext) -> str:
    take_back(result.changes, ctx, "entry")
    return f"As it was: {_described(read_entry(ctx.records.find('event', result.id).content), ctx)}"


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_remove,
    phrases=(
        f"(add|put|enter|write) [a|an|the|my] {{title:words}} {{start:when}} (to|in|into|on) {MINE}",
        f"(add|put|enter|write) [a|an|the|my] {{title:words}} (to|in|into|on) {MINE} {{start:when}}",
        "(schedule|book|arrange|set up|create) [a|an|my|the] [new] {title:~meeting|appointment|lunch|dinner|"
        "breakfast|coffee|interview|visit|lesson|class|haircut|dentist|doctor|checkup|party|trip|gym|call|"
        "session|viewing|massage} "
        "{start:when}",
        "(add|make|plan) [a|an|my|the] [new] {title:~meeting|appointment} {start:when}",
        *(
            f"{new} (event|appointment|calendar entry)[:] [called|named|for] {{title:words}} {{start:when}}"
            for new in ("[a] new", "(add|create|make|plan|schedule) [a|an|the] [new]")
        ),
        *(
            "[i am|i'm|im|i have|i've got|ive got|we have|we've got|there is|there's|theres] [a|an|the|my] "
            f"{{title:words}} {{start:when}}{joint} [please|pls] [(can|could) you] [please|pls] "
            f"(add|put|enter|write) (it|that|this) [down] (to|in|into|on) {MINE}"
            for joint in ("", ",", " and", ", and", ". ")
        ),
    ),
)
def add_event(
    title: Title,
    start: Start,
    end: End = None,
    location: Annotated[str | None, Field(max_length=300)] = None,
    repeats: Repeats = None,
    description: Text = None,
    calendar: Annotated[str | None, Field(max_length=100)] = None,
    *,
    ctx: ToolContext,
) -> EventAdded:
    """Add an appointment to the calendar.

    Args:
        title: What it is.
        start: When it begins; a day alone for something that lasts all day.
        end: When it ends, or how long it takes; an hour when not given.
        location: Where it is.
        repeats: How often it comes again.
        description: More about it.
        calendar: The name of the calendar that it goes into, if there are several.
    """
    title = " ".join(title.split())
    if not title:
        raise ToolRetry("The entry has no title.", "Say what it is.")
    again, when = split_time(start)
    if again:  # "every monday at 18:00"
        rule = parse_repeat(repeats or again)
        start = _first_of(rule, when.removeprefix("at "), ctx.now())
    else:
        rule = parse_repeat(repeats) if repeats and repeats.strip() else ""
    begins, ends = read_times(start, end, ctx.now())
    uid = f"{uuid.uuid4()}@homewit"
    entry = Entry(uid, title, begins, ends, location or "", description or "", rule=rule)
    content = write_entry(entry, ctx.now())
    place = place_for(ctx, SHELF, calendar)
    row = ctx.records.add("event", **event_fields(uid, content), collection=place, state="new")
    clash = _clash(ctx, row, entry)
    text = f"Added to your calendar: {_described(entry, ctx)}.{clash}{still_here(ctx, SHELF, place)}"
    return EventAdded(text, title, begins.isoformat(), row.id)


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_undo_change,
    phrases=(
        "(move|shift|push|reschedule) [my|the] {event} to {start:when}",
        "(move|push|shift|bring|put) [my|the] {event} (back|forward|up) to {start:when}",
        "(move|push|shift|bring|put) [my|the] {event} (back|forward|up) to {start:hour}",
        "(move|shift|push|reschedule) [my|the] {event} to {start:hour}",
        *(
            "(move|make|change|push|set|reschedule) {event:it} [appointment|meeting] [back|forward] "
            f"{when} [instead]"
            for when in ("[to|for|at] {start:when}", "(to|for|at) {start:hour}")
        ),
        "(move|shift|reschedule|postpone) [my|the] {event} appointment to {start:when}",
    ),
)
def move_event(event: Title, start: Start, end: End = None, *, ctx: ToolContext) -> EventChanged:
    """Move a calendar entry to another time.

    Args:
        event: Words of its title, or its id.
        start: When it begins now; a time of day alone is one of the same day.
        end: When it ends now, or how long it takes; as long as before when not given.
    """
    row = _the_event(event, ctx)
    entry = read_entry(row.content)
    begins, ends = read_times(on_its_day(start, entry.start, ctx.now()), end, ctx.now())
    if end is None and isinstance(begins, dt.datetime) == isinstance(entry.start, dt.datetime):
        ends = begins + (entry.end - entry.start)  # type: ignore[operator]
    content = moved(row.content, begins, ends, ctx.now())
    return _changed(row, content, "Moved", ctx)


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_undo_change,
    phrases=(
        "(change|set) the (place|location) of [the|my] {event:words} to {location:words}",
        "(change|set) [the|my] {event:words}'s (place|location) to {location:words}",
        "rename [the|my] {event:words} (appointment|meeting|event) (to|as|into) {title:words}",
        "rename [the|my] (appointment|meeting|event) {event:words} (to|as|into) {title:words}",
    ),
)
def edit_event(
    event: Title,
    title: Annotated[str | None, Field(max_length=300)] = None,
    location: Annotated[str | None, Field(max_length=300)] = None,
    description: Text = None,
    *,
    ctx: ToolContext,
) -> EventChanged:
    """Change the title, place or description of a calendar entry.

    Args:
        event: Words of its title, or its id.
        title: The new title.
        location: The new place.
        description: The new description.
    """
    if title is None and location is None and description is None:
        raise ToolRetry("Nothing was said to change.", "Give a title, location or description.")
    row = _the_event(event, ctx)
    content = renamed(row.content, ctx.now(), summary=title, location=location, description=description)
    return _changed(row, content, "Changed", ctx)


@tool(
    effect=Effect.RECORD,
    secrets=SECRETS,
    undo=_undo_change,
    phrases=(
        "(cancel|delete|remove) [my|the] {event} (appointment|meeting|event)",
        "(cancel|delete|remove) [my|the] {event} (appointment|meeting|event) {day:when}",
        "(cancel|delete|remove) [my|the] (appointment|meeting) with {event}",
        "(cancel|delete|remove) [my|the] (appointment|meeting) with {event} {day:when}",
        "(cancel|delete|remove) [my|the] (event|calendar entry) [called|named] {event:words}",
        "(cancel|delete|remove) {event:it} [appointment|meeting|event] [again]",
        *(
            f"cancel {day}'s {{event}} {{day={day}}}"
            for day in "today tomorrow monday tuesday wednesday thursday friday saturday sunday".split()
        ),
        "cancel [my|the] {event} {day:when}",
        "cancel (my|the) {event:~haircut|dentist|doctor|lunch|dinner|breakfast|coffee|interview|lesson|class|"
        "checkup|party|gym|visit}",
        f"(cancel|delete|remove|take) [my|the] {{event}} (from|off|in|on) {MINE}",
    ),
)
def cancel_event(
    event: Title,
    day: Annotated[str | None, Field(max_length=100, examples=["friday"])] = None,
    *,
    ctx: ToolContext,
) -> EventChanged:
    """Cancel a calendar entry, or one day of an entry that repeats.

    Args:
        event: Words of its title, or its id.
        day: Only the occurrence on this day.
    """
    row, now = _the_event(event, ctx), ctx.now()
    entry = read_entry(row.content)
    if day is not None and day.strip() and entry.rule:
        first, last, said = read_period(day, now)
        times = all_on(ctx, first, last, rows=[row])
        if not times:
            raise ToolRetry(f"{entry.summary!r} does not happen {said}.", "Give a day on which it does.")
        content = without_occurrence(row.content, times[0][0].start, now)
        return _changed(row, content, f"Cancelled {when_words(times[0][0], now)}", ctx)
    changed = take_out(ctx, SHELF, row)
    text = f"Cancelled: {_described(entry, ctx)}.{still_here(ctx, SHELF, row.collection)}"
    return EventChanged(text, entry.summary, row.id, [changed.change])


def _first_of(rule: str, when: str, now: dt.datetime) -> str:
    """The first day of a series, with its time; not today where that has passed."""
    today = now.date()
    day = first_day(rule, today)
    if not when:
        return day.isoformat()
    begins, _ = read_times(f"{day} at {when}", None, now)
    if isinstance(begins, dt.datetime) and not is_after(begins, now):
        day = next_day(rule, day, today) or day
    return f"{day} at {when}"


def _changed(row: CalendarEvent, content: str, what: str, ctx: ToolContext) -> EventChanged:
    changed = change(ctx, SHELF, row, **event_fields(row.uid, content))
    entry = read_entry(content)
    text = f"{what}: {_described(entry, ctx)}.{still_here(ctx, SHELF, row.collection)}"
    return EventChanged(text, entry.summary, row.id, [changed.change])


def _the_event(wanted: str, ctx: ToolContext) -> CalendarEvent:
    """The entry that is meant, one to come before one that is past; raises ToolRetry."""
    looked(ctx, SHELF)
    by_id = [row for row in live(ctx) if row.id == wanted.strip()]
    found = by_id or search(ctx, wanted, titles_only=True) or search(ctx, wanted)
    today = ctx.now().date()
    ahead = [row for row in found if row.last is None or row.last >= today]
    exact = [row for row in ahead or found if row.summary.casefold() == wanted.strip().casefold()]
    chosen = exact if len(exact) == 1 else ahead or found
    if len(chosen) == 1:
        check_writable(ctx, SHELF, chosen[0].collection, chosen[0].summary)
        return chosen[0]
    if not chosen:
        raise ToolRetry(f"There is no calendar entry {wanted!r}.", "`list_events` shows what there is.")
    said = named(
        f"{row.summary} ({_described(read_entry(row.content), ctx, bare=True)}, id {row.id})"
        for row in chosen
    )
    raise ToolRetry(f"{wanted!r} fits more than one entry: {said}.", "Give the id of one.")


def _clash(ctx: ToolContext, row: CalendarEvent, entry: Entry) -> str:
    """What else is at the same time, for an entry with a time."""
    if entry.all_day:
        return ""
    zone = ctx.now().tzinfo
    first = Occurrence(entry, entry.start, entry.end)
    others = [
        one.entry.summary
        for one, other in all_between(ctx, first.begins(zone), first.ends(zone))
        if other.id != row.id and not one.all_day
    ]
    return f" At the same time: {named(others)}." if others else ""


def _described(entry: Entry, ctx: ToolContext, bare: bool = False) -> str:
    when = when_words(Occurrence(entry, entry.start, entry.end), ctx.now())
    again = f", {repeat_words(entry.rule)}" if entry.rule else ""
    return f"{when}{again}" if bare else f"{entry.summary}, {when}{again}"
