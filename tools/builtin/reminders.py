"""Reminders: a text to be shown at a moment. Firing them is not this module's work."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolRetry
from ..moments import moment_words
from ..spec import Effect
from ..times import parse_moment


@dataclass(frozen=True, slots=True)
class ReminderSet:
    """A stored reminder; `at` is ISO 8601 with the zone's offset."""

    text: str
    at: str
    id: str


@tool(effect=Effect.RECORD)
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
