"""Tools that need the store of schedules: to keep one, and to say a reminder when its time has come.

Keeping a schedule means that things are done later with nobody there, so it is asked for every time.
"""

import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from ...memory import Schedule, ScheduleBook
from ...tools import Tool, ToolContext, ToolRetry, tool
from ...tools.text.wording import gone
from ...tools.when.moments import moment_words
from ..errors import AgentError
from .flows import Flows
from .reading import Wanted, new_schedule
from .triggers import zone_of

TOOL = "add_schedule"
REMIND_TOOL = "remind_now"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`next` is ISO 8601, the first time that it comes up."""

    text: str
    id: str
    next: str


@dataclass(frozen=True, slots=True)
class Reminded:
    text: str
    id: str


def _take_reminder_back(result: Reminded, *, ctx: ToolContext) -> str:
    if not ctx.records.remove("reminder", result.id):
        return gone("reminder")
    return f"Removed the reminder: {result.text.removeprefix('Reminder: ')}."


def schedule_tools(book: ScheduleBook, flows: Flows) -> tuple[Tool[Any, Any], ...]:
    @tool(effect="execute", sinks=("when", "request"), untrusted_output=False, idempotent=True)
    def add_schedule(
        when: Annotated[
            str,
            Field(
                min_length=1, max_length=100, examples=["every day at 7", "tomorrow at 9am", "0 7 * * 1-5"]
            ),
        ],
        request: Annotated[str, Field(min_length=1, max_length=4_000)],
        *,
        ctx: ToolContext,
    ) -> Scheduled:
        """Have a request carried out later, once or again and again, by the scheduler.

        Args:
            when: How often, or the moment.
            request: What to do then, as one would ask for it, or a workflow: /run NAME input=value.
        """
        now = ctx.now()
        try:
            new = new_schedule(flows.resolved(Wanted(when, request, ctx.cwd)), now)
        except AgentError as error:
            raise ToolRetry(str(error)) from error
        kept = book.add(new, ctx.call_key)
        return Scheduled(told(kept, now), kept.id, new.next.isoformat())

    @tool(effect="record", undo=_take_reminder_back)
    def remind_now(
        text: Annotated[str, Field(min_length=1, max_length=4_000)], *, ctx: ToolContext
    ) -> Reminded:
        """Remind the user of something at this moment.

        Args:
            text: What to be reminded of.
        """
        kept = ctx.records.add_reminder(text, ctx.now())
        return Reminded(f"Reminder: {text}", kept.id)

    return (add_schedule, remind_now)


def told(schedule: Schedule, now: datetime) -> str:
    """What was scheduled, and when it comes first, in a sentence or two."""
    what = f"remind you: {schedule.prompt}" if schedule.kind == "reminder" else as_typed(schedule)
    again = f"{schedule.said}: " if schedule.cron is not None else ""
    return f"Scheduled {again}{what}. {first_time(schedule, now)}"


def as_typed(schedule: Schedule) -> str:
    """What is done, with the inputs of a workflow behind its name."""
    given = (f"{name}={shlex.quote(str(value))}" for name, value in schedule.inputs.items())
    return " ".join([schedule.prompt, *given])


def first_time(schedule: Schedule, now: datetime) -> str:
    if schedule.next is None:
        return "It does not come up any more."
    local = now.astimezone(zone_of(schedule.zone))
    word = "First" if schedule.cron is not None else "It comes up"
    return f"{word} {moment_words(schedule.next, local)} ({schedule.zone})."
