"""Reminders: a text to be shown at a moment, or again and again. Firing them is not this module's work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...records import Reminder
from ...spec import Effect
from ...text.wording import counted, gone, plain
from ...when.appointments import on_its_day, read_length, read_period
from ...when.following import first_day, next_moment, pinned, pinned_time
from ...when.moments import moment_words, on_the_clock_of
from ...when.repeating import parse_repeat, repeat_words, split_time
from ...when.times import parse_moment
from ...when.wall import at_wall, is_after
from ..choosing import take_back, the_one

At = Annotated[
    str, Field(min_length=1, max_length=100, examples=["in 2 hours", "tomorrow at 9am", "2026-05-03 14:30"])
]
_SHOW = "[show|list|check|see|view|give] [me] [all] [of] [my|the|any] [upcoming|coming|next]"
_MOVE = "(move|change|shift|postpone|reschedule|push)"
_LENGTH = "~second|seconds|minute|minutes|min|mins|hour|hours"
_INSTANT = timedelta(microseconds=1)
Which = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class ReminderSet:
    """A stored reminder; `at` is ISO 8601 with the zone's offset."""

    text: str
    at: str
    id: str


@dataclass(frozen=True, slots=True)
class ListedReminder:
    """One reminder that is still to come."""

    id: str
    text: str
    at: str
    repeats: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class ReminderList:
    """Reminders that are still to come, the earliest first."""

    text: str
    reminders: list[ListedReminder]
    count: int


@dataclass(frozen=True, slots=True)
class ReminderChanged:
    """A reminder that was moved or cancelled; `changes` is what undo needs."""

    text: str
    id: str
    changes: list[str]


def _remove_reminder(result: ReminderSet, *, ctx: ToolContext) -> str:
    reminder = ctx.records.find("reminder", result.id)
    if reminder is None:
        return gone("reminder")
    when = moment_words(reminder.at, ctx.now())
    if reminder.fired:
        raise ToolFailed(f"You were reminded of {reminder.text!r} already ({when}).")
    ctx.records.remove("reminder", result.id)
    return f"Removed the reminder for {when}: {reminder.text}"


def _undo_change(result: ReminderChanged, *, ctx: ToolContext) -> str:
    take_back(result.changes, ctx, "reminder")
    reminder = ctx.records.find("reminder", result.id)
    return f"The reminder is again set for {_when(reminder, ctx.now())}: {reminder.text}"


@tool(
    effect=Effect.RECORD,
    undo=_remove_reminder,
    phrases=(
        "[set|put|make|create|add] [an|my|the] alarm (for|at|to) {at:when} {text=alarm}",
        "[set|put|make|create|add] [an|my|the] alarm (for|at|to) {at:hour} {text=alarm}",
        "[set|put|make|create|add] [an|my|the] alarm {at:when} {text=alarm}",
        "wake me [up] {at:when} {text=wake up}",
        f"[set|start] [a|the] timer [for|of|to|in] {{at:{_LENGTH}}} {{text=timer}}",
        f"[set|start] [a|an|the] {{at:{_LENGTH}}} timer {{text=timer}}",
        f"[set|start] [a|the] timer [for|of|to|in] {{at:{_LENGTH}}} (for|to|called) [the] {{text:words}}",
        "[add|set|create|make] [a|an|the] [new] reminder[:] [to|for|about|that] {text:words} {at:when}",
        "(set|add|create|make) [a|an|the] [new] reminder [for|at|on] {at:when} (to|about|that) {text:words}",
    ),
)
def set_reminder(
    text: Annotated[str, Field(min_length=1, max_length=2_000)],
    at: At,
    repeats: Annotated[str | None, Field(max_length=100, examples=["every day", "every monday"])] = None,
    *,
    ctx: ToolContext,
) -> ReminderSet:
    """Set a reminder for a moment in the future.

    Args:
        text: What to be reminded of.
        at: When.
        repeats: How often it comes again.
    """
    now = ctx.now()
    moment, rule = _moment(at, repeats, now)
    if not is_after(moment, now):
        raise ToolRetry(
            f"{at!r} is in the past ({moment_words(moment, now)}).", "Give a moment that is still to come."
        )
    reminder = ctx.records.add("reminder", text=text.strip(), at=moment, repeats=rule)
    said = f"Reminder set for {_when(reminder, now)}: {reminder.text}"
    return ReminderSet(said, moment.isoformat(), reminder.id)


@tool(
    phrases=(
        "(what|which) reminders (are coming up|are set|are left|are due)",
        "(what|which) reminders (do i have|are there|have i got) [set|left|coming up|due]",
        "(show|list|check) [me] [all] [of] [my|the] [upcoming] reminders",
        "(do i have|are there|have i got|got) [any] reminders [set|left|coming up]",
        "any (upcoming reminders|reminders coming up)",
        "what are my reminders",
        f"{_SHOW} (reminders|alarms)",
        "[what is|when is] [my|the] next (reminder|alarm)",
        "(reminder list|list of reminders)",
        f"{_SHOW} reminders [for|from|on|set for] {{period:when}}",
        f"{_SHOW} {{period:when}}'s reminders",
        "(what|which) reminders (do i have|are there|have i got) {period:when}",
        *(
            f"{_SHOW} reminders (about|for|to|with|mentioning) [the|my|a|an] {{words:words}}{time}"
            for time in ("", " {period:when}")
        ),
    ),
)
def list_reminders(
    period: Annotated[str | None, Field(max_length=100, examples=["tomorrow", "next week"])] = None,
    words: Annotated[str | None, Field(max_length=200)] = None,
    *,
    ctx: ToolContext,
) -> ReminderList:
    """List the reminders that are still to come.

    Args:
        period: Only those that come in this period.
        words: Only those with these words.
    """
    now = ctx.now()
    coming = _narrowed(ctx.records.list_reminders(), period, words, now)
    found = [
        ListedReminder(
            one.id,
            one.text,
            one.at.isoformat(),
            repeat_words(one.repeats) if one.repeats else None,
            one.origin,
        )
        for _, one in coming
    ]
    if not found:
        none = "No such reminders." if period or words else "No reminders are set."
        return ReminderList(none, [], 0)
    lines = [f"{number}. {_when(one, now)}: {one.text}" for number, one in coming]
    return ReminderList(f"{counted(len(found), 'reminder')}:\n" + "\n".join(lines), found, len(found))


@tool(
    effect=Effect.RECORD,
    undo=_undo_change,
    phrases=(
        *(
            f"{_MOVE} [the|my] {which} [back|forward] to {when}"
            for which in ("reminder (to|about|for) {reminder:words}", "{reminder:words} reminder")
            for when in ("{at:when}", "{at:hour}")
        ),
        "(make|set) [the|my] {reminder:words} reminder [for|to|at] {at:when} [instead]",
        *(
            f"(move|make|change|push|set|snooze) {{reminder:it}} [reminder] [back|forward] {when} [instead]"
            for when in ("[to|for|at|until] {at:when}", "(to|for|at|until) {at:hour}")
        ),
        "snooze [the|my] {reminder:words} reminder (to|until|till) {at:when}",
    ),
)
def move_reminder(reminder: Which, at: At, *, ctx: ToolContext) -> ReminderChanged:
    """Move a reminder to another moment, or snooze one that was just shown.

    Args:
        reminder: Words of the reminder, or its number in the list.
        at: The new moment, or how often it comes from now on; a time of day alone is one of its day.
    """
    now = ctx.now()
    found = _the_reminder(reminder, ctx, fired=True)
    moment, rule = _moment(on_its_day(at, found.at, now), None, now)
    if not is_after(moment, now):
        raise ToolRetry(f"{at!r} is in the past ({moment_words(moment, now)}).", "Give a later moment.")
    rule = rule or (found.repeats and pinned(found.repeats, _goes_by(found, now)))
    changed = ctx.records.change("reminder", found.id, at=moment, fired=None, repeats=rule)
    return ReminderChanged(f"Moved to {_when(changed.row, now)}: {found.text}", found.id, [changed.change])


@tool(
    effect=Effect.RECORD,
    undo=_undo_change,
    phrases=(
        "(cancel|delete|remove) [the|my] reminder [to|about|for|of] {reminder:words}",
        "(cancel|delete|remove) [the|my] {reminder:words} reminder",
        "(cancel|delete|remove) {reminder:it} [reminder] [again]",
        "stop reminding me (about|of|to) {reminder:words}",
    ),
)
def cancel_reminder(reminder: Which, *, ctx: ToolContext) -> ReminderChanged:
    """Cancel a reminder, with all its repetitions.

    Args:
        reminder: Words of the reminder, or its number in the list.
    """
    found = _the_reminder(reminder, ctx)
    deleted = ctx.records.delete("reminder", found.id)
    said = f"Cancelled the reminder for {_when(found, ctx.now())}: {found.text}"
    return ReminderChanged(said, found.id, [deleted.change])


def _narrowed(
    reminders: Sequence[Reminder], period: str | None, words: str | None, now: datetime
) -> list[tuple[int, Reminder]]:
    """Those that are wanted, with their numbers in the whole list, by which they can be named."""
    found = list(enumerate(reminders, 1))
    if words and (wanted := plain(words).split()):
        found = [(number, one) for number, one in found if all(word in plain(one.text) for word in wanted)]
    if period and period.strip():
        first, last, _ = read_period(period, now)
        found = [(number, one) for number, one in found if _comes_in(one, first, last, now)]
    return found


def _comes_in(reminder: Reminder, first: date, last: date, now: datetime) -> bool:
    """Whether one of its times is on one of these days."""
    at: datetime | None = on_the_clock_of(now, reminder.at)
    if at is not None and at.date() < first and reminder.repeats:
        at = next_moment(reminder.repeats, at, datetime.combine(first, time.min, at.tzinfo) - _INSTANT)
    return at is not None and first <= at.date() <= last


def _moment(at: str, repeats: str | None, now: datetime) -> tuple[datetime, str | None]:
    """The first moment and the rule; "every monday at 9" may stand in `at`."""
    if (length := read_length(at)) is not None:  # "10 minutes", as of a timer
        at = f"in {length.total_seconds():.0f} seconds"
    again, when = split_time(at)
    rule = parse_repeat(repeats) if repeats and repeats.strip() else parse_repeat(again) if again else None
    if rule is None:
        return parse_moment(at, now), None
    if not again:
        moment = parse_moment(at, now)
        return moment, pinned(rule, moment)
    # A time of day is read as of tomorrow, where 8:30 is in the morning, and holds on every day of the rule;
    # by an offset alone, since clocks may leave that time out tomorrow.
    same_hours = now.replace(tzinfo=timezone(now.utcoffset() or timedelta(0)))
    told = parse_moment(f"tomorrow {'at ' if when[:1].isdigit() else ''}{when or 'at 9:00'}", same_hours)
    wall = datetime.combine(first_day(rule, now.date()), told.time())
    moment, rule = at_wall(wall, now.tzinfo), pinned(rule, wall)
    return (moment if is_after(moment, now) else next_moment(rule, moment, now) or moment), rule


def _when(reminder: Reminder | None, now: datetime) -> str:
    if reminder is None:
        return "a moment that is gone"
    said = moment_words(reminder.at, now)
    if not reminder.repeats:
        return said
    goes_by = f"{_goes_by(reminder, now):%H:%M}"
    return f"{said}, {repeat_words(reminder.repeats)}" + ("" if said.endswith(goes_by) else f" at {goes_by}")


def _goes_by(reminder: Reminder, now: datetime) -> datetime:
    """The present time of a reminder, with the time of day at which it comes again."""
    at = on_the_clock_of(now, reminder.at)
    kept = pinned_time(reminder.repeats or "")
    return at if kept is None else datetime.combine(at.date(), kept, at.tzinfo)


def _the_reminder(wanted: str, ctx: ToolContext, *, fired: bool = False) -> Reminder:
    pending = ctx.records.list_reminders()
    try:
        return the_one(wanted, pending, lambda one: one.text, "reminder", "list_reminders")
    except ToolRetry:
        shown = [one for one in ctx.records.list_reminders(pending_only=False) if one.fired]
        if not fired or not shown:
            raise
        return the_one(wanted, shown[-20:], lambda one: one.text, "reminder", "list_reminders", False)
