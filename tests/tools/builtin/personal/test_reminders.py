"""Reminders that repeat, are listed, moved, cancelled, and brought back."""

from typing import Any

import pytest

from homewit.tools import ToolContext, ToolRetry

from ...conftest import TOOLS, Call


async def undo(name: str, result: Any, ctx: ToolContext) -> str:
    return await TOOLS[name].take_back(result.data, ctx)


@pytest.mark.parametrize(
    ("at", "repeats", "said", "first"),
    [
        ("every monday at 9", None, "Monday 23 November at 09:00, every Monday", "2026-11-23T09:00"),
        ("every day at 8am", None, "tomorrow at 08:00, every day", "2026-11-21T08:00"),
        ("every day at 20:15", None, "today at 20:15, every day", "2026-11-20T20:15"),
        ("tomorrow at 7", "every 2 days", "tomorrow at 07:00, every 2 days", "2026-11-21T07:00"),
        ("on weekdays at 8:30", None, "Monday 23 November at 08:30, every weekday", "2026-11-23T08:30"),
        ("monthly on the 1st", None, "Tuesday 1 December at 09:00, every month on day 1", "2026-12-01T09:00"),
    ],
)
async def test_repetition_is_read_from_the_words(at: str, repeats: Any, said: str, first: str, call: Call):
    """In its own argument, or where the moment is said."""
    result = await call("set_reminder", text="pills", at=at, repeats=repeats)
    assert result.text == f"Reminder set for {said}: pills"
    assert result.data["at"].startswith(first)


async def test_reminders_are_listed_moved_and_cancelled(call: Call, ctx: ToolContext):
    """By their words or by their number; undo restores the moment."""
    assert (await call("list_reminders")).text == "No reminders are set."
    await call("set_reminder", text="call mum", at="sunday at 9am")
    await call("set_reminder", text="tea", at="in 2 hours")
    assert (await call("list_reminders")).text == (
        "2 reminders:\n1. today at 16:30: tea\n2. Sunday 22 November at 09:00: call mum"
    )
    moved = await call("move_reminder", reminder="tea", at="tomorrow at noon")
    assert moved.text == "Moved to tomorrow at 12:00: tea"
    assert await undo("move_reminder", moved, ctx) == "The reminder is again set for today at 16:30: tea"
    cancelled = await call("cancel_reminder", reminder="2")
    assert cancelled.text == "Cancelled the reminder for Sunday 22 November at 09:00: call mum"
    assert (await call("list_reminders")).data["count"] == 1
    await undo("cancel_reminder", cancelled, ctx)
    assert (await call("list_reminders")).data["count"] == 2


async def test_what_was_shown_can_be_snoozed(call: Call, ctx: ToolContext):
    """It comes once more; a reminder that is nowhere does not."""
    reminder = await call("set_reminder", text="stretch", at="in 5 minutes")
    ctx.records.change("reminder", reminder.data["id"], fired=True)
    with pytest.raises(ToolRetry, match="There is no reminder 'stretch'"):
        await call("cancel_reminder", reminder="stretch")
    assert (
        await call("move_reminder", reminder="stretch", at="in 1 hour")
    ).text == "Moved to today at 15:30: stretch"
    assert (await call("list_reminders")).data["count"] == 1
    with pytest.raises(ToolRetry, match="is in the past"):
        await call("move_reminder", reminder="stretch", at="yesterday")
    with pytest.raises(ToolRetry, match="does not say how something repeats"):
        await call("set_reminder", text="x", at="tomorrow", repeats="now and then")
