"""What is in the calendar: listed by time, and found by words."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...dav.shelves import HOME
from ...decorator import tool
from ...records import CalendarEvent
from ...text.wording import counted
from ...when.appointments import read_period
from ..synchronising import looked, names_of_places
from .occurrences import Occurrence
from .server import SECRETS, SHELF
from .stored import all_between, all_on, search, when_words

_SHOWN = 50
_OCCASIONS = (
    "meeting|appointment|evening|party|wedding|concert|game|match|flight|train|lesson|class|course|interview|"
    "dentist|doctor|haircut|lunch|dinner|breakfast|checkup|exam|trip|festival|funeral|graduation"
)
"""Words of what has its time in a calendar."""
MINE = "((my|the) (calendar|agenda|diary|schedule)|calendar)"
"""What phrases call the calendar."""
_SHOW = "[show|list|open|check|read|see|view|give] [me] [all] [of] [my|the|any]"
_ENTRIES = "(events|appointments|meetings|calendar events|calendar entries|entries in my calendar)"
_AGENDA = "(calendar|agenda|diary|schedule)"
_KEPT = "dentist doctor doctors doctor's haircut hair optician physio vet bank therapy".split()
"""Whom people have an appointment with, or for what, without a word before it."""
_COMES_AGAIN = "lesson class interview checkup party wedding trip gym yoga training lunch dinner".split()
Period = Annotated[str, Field(max_length=100, examples=["today", "tomorrow", "this week", "next friday"])]
Text = Annotated[str | None, Field(max_length=4000)]


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """One time that something happens; moments are ISO 8601, days for what lasts all day."""

    id: str
    title: str
    start: str
    end: str
    location: str
    calendar: str
    origin: str


@dataclass(frozen=True, slots=True)
class EventList:
    """Entries in the order in which they happen."""

    text: str
    events: list[ListedEvent]
    count: int


@tool(
    secrets=SECRETS,
    phrases=(
        f"what is [there] [coming up] (on|in) {MINE} [{{period:when}}]",
        f"[is there|do i have|have i got] anything (on|in) {MINE} [{{period:when}}]",
        "[is there|do i have|have i got] anything [on|planned|scheduled|happening|coming up] {period:when}",
        "am i busy {period:when}",
        "(do i have|have i got) [any|an|a] (appointments|appointment|meetings|meeting|events) {period:when}",
        "(what|which) (appointments|meetings|events|plans) (do i have|have i got) {period:when}",
        "what (do i have|have i got) [on|planned|going on|scheduled|coming up] {period:when}",
        "what is (planned|scheduled|going on|happening|coming up) {period:when}",
        f"{_SHOW} (calendar|agenda|diary|{_ENTRIES})",
        "[show|list|open|check|read|see|view|give] [me] (my|the) schedule",
        f"{_SHOW} ({_AGENDA}|{_ENTRIES}) [for|from|of] {{period:when}}",
        f"{_SHOW} {{period:when}}'s ({_AGENDA}|{_ENTRIES}|plans)",
        f"{{period:when}} ({_AGENDA}|{_ENTRIES})",
        *(
            f"[show] [me] [my|the] {often} ({_AGENDA}|{_ENTRIES}) {{period={period}}}"
            for often, period in (("daily", "today"), ("weekly", "this week"), ("monthly", "this month"))
        ),
        f"{{period:when}} (in|on) {MINE}",
        f"{_SHOW} (upcoming|coming|future) {_ENTRIES} {{period=upcoming}}",
        f"{_SHOW} (past|previous|earlier) {_ENTRIES} {{period=the last 30 days}}",
        *(
            f"{_SHOW} (events|appointments|meetings|calendar entries) "
            f"(with|about) [the|my|a|an] {{words:words}}{time}"
            for time in ("", " {period:when}")
        ),
        "[any|my|what are my|what are the|what are our|do i have any|do we have any] plans {period:when}",
        "busy {period:when}",
        "what does my (day|week|schedule|calendar) look like [{period:when}]",
        *(
            f"{how} {{period={period}}}"
            for word, period in (("day", "today"), ("week", "this week"), ("weekend", "this weekend"))
            for how in (f"how is my {word} [looking]", f"how does my {word} look", f"my {word}")
        ),
        "what is my (schedule|agenda) [{period:when}]",
        "what is on {period:when}",
        "[what is|when is] [my|the] next (appointment|meeting|event)",
        f"what is next (on|in) {MINE}",
    ),
)
def list_events(period: Period = "the next 7 days", words: Text = None, *, ctx: ToolContext) -> EventList:
    """Show what is in the calendar in a period.

    Args:
        period: The period.
        words: Only entries with these words in their title, place or description.
    """
    first, last, said = read_period(period, ctx.now())
    note = looked(ctx, SHELF)
    found = all_on(ctx, first, last, words)
    if not found:
        about = f" about {words!r}" if words else ""
        return EventList(f"Nothing in your calendar {said}{about}.{note}", [], 0)
    shown = found[:_SHOWN]
    lines = [f"- {when_words(one, ctx.now())}: {_title(one)}" for one, _ in shown]
    more = [f"… and {len(found) - len(shown)} more"] if len(found) > len(shown) else []
    head = f"{counted(len(found), 'entry', 'entries')} {said}:"
    return EventList("\n".join([head, *lines, *more]) + note, _listed(found, ctx), len(found))


@tool(
    secrets=SECRETS,
    phrases=(
        "when is my [next] {words} (appointment|meeting|lesson|class|visit)",
        "when is my next {words}",
        *(f"[my|the|next|my next] {what} (appointment|appointments) {{words={what}}}" for what in _KEPT),
        "[my|the] next {words} (appointment|meeting|lesson|class|visit)",
        "[my|the] next (appointment|meeting|lesson|class|visit) (with|at) {words:words}",
        *(f"[my|the] next {what} {{words={what}}}" for what in (*_KEPT, *_COMES_AGAIN)),
        f"(when is|what time is) (my|the) {{words:~{_OCCASIONS}}}",
        "when do (i|we) see {words:name}",
        "when (am i|are we) (seeing|meeting|visiting) [the|my] {words:words} [next|again]",
        f"(find|search [for]|look for|look up) [the|my] {{words}} (in|on) {MINE}",
        f"(search|look in|look through) {MINE} for {{words}}",
        f"is [the|my] {{words}} (in|on) {MINE}",
    ),
)
def search_events(
    words: Annotated[str, Field(min_length=1, max_length=300)], *, ctx: ToolContext
) -> EventList:
    """Find calendar entries by words, past ones and those to come.

    Args:
        words: Words of the title, place or description.
    """
    now, note = ctx.now(), looked(ctx, SHELF)
    found = []
    for row in search(ctx, words):
        times = all_between(ctx, now - dt.timedelta(days=3660), now + dt.timedelta(days=3660), rows=[row])
        ahead = [one for one in times if one[0].ends(now.tzinfo) > now]
        found += ahead[:1] or times[-1:]
    if not found:
        return EventList(f"Nothing in your calendar about {words!r}.{note}", [], 0)
    found.sort(key=lambda pair: pair[0].begins(now.tzinfo))
    lines = [f"- {when_words(one, now)}: {_title(one)}" for one, _ in found[:_SHOWN]]
    return EventList("\n".join(lines) + note, _listed(found, ctx), len(found))


def _title(one: Occurrence) -> str:
    return f"{one.entry.summary} ({one.entry.location})" if one.entry.location else one.entry.summary


def _listed(found: list[tuple[Occurrence, CalendarEvent]], ctx: ToolContext) -> list[ListedEvent]:
    elsewhere = any(row.collection != HOME for _, row in found)
    names = names_of_places(ctx, SHELF) if elsewhere else {}
    return [
        ListedEvent(
            row.id, one.entry.summary, one.start.isoformat(), one.end.isoformat(), one.entry.location,
            names.get(row.collection, row.collection), row.origin,
        )
        for one, row in found
    ]  # fmt: skip
