"""Reminders: a text to be shown at a moment. Firing them is not this module's work."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolFailed, ToolRetry
from ..spec import Effect
from ..when.moments import moment_words
from ..when.times import parse_moment
from ..wording import gone


@dataclass(frozen=True, slots=True)
class ReminderSet:
    """A stored reminder; `at` is ISO 8601 with the zone's offset."""

    text: str
    at: str
    id: str


def _remove_reminder(result: ReminderSet, *, ctx: ToolContext) -> str:
    reminder = ctx.records.find("reminder", result.id)
    if reminder is None:
        return gone("reminder")
    when = moment_words(reminder.at, ctx.now())
    if reminder.fired:
        raise ToolFailed(f"You were reminded of {reminder.text!r} already ({when}).")
    ctx.records.remove("reminder", result.id)
    return f"Removed the reminder for {when}: {reminder.text}"


@tool(effect=Effect.RECORD, undo=_remove_reminder)
def set_reminder(
    text: Annotated[str, Field(min_length=1, max_length=2_000)],
    at: Annotated[
        str,
        Field(min_length=1, max_length=100, examples=["in 2 hours", "tomorrow at 9am", "2026-05-03 14:30"]),
    ],
    *,
    ctx: ToolContext,
) -> ReminderSet:
    """Set a reminder for a moment in the future.

    Args:
        text: What to be reminded of.
        at: When.
    """
    now = ctx.now()
    moment = parse_moment(at, now)
    if moment <= now:
        raise ToolRetry(
            f"{at!r} is in the past ({moment_words(moment, now)}).", "Give a moment that is still to come."
        )
    reminder = ctx.records.add_reminder(text.strip(), moment)
    text = f"Reminder set for {moment_words(moment, now)}: {reminder.text}"
    return ReminderSet(text, moment.isoformat(), reminder.id)
