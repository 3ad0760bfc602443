"""Reminders that repeat, are listed, moved, cancelled, and brought back."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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


async def test_reminders_are_listed_by_period_and_words(call: Call):
    """With their numbers in the whole list, by which they are cancelled; one that repeats on all its days."""
    await call("set_reminder", text="tea", at="in 2 hours")
    await call("set_reminder", text="bins", at="every tuesday at 18:00")
    await call("set_reminder", text="call mum", at="sunday at 9am")
    assert (await call("list_reminders", period="today")).text == "1 reminder:\n1. today at 16:30: tea"
    assert (await call("list_reminders", period="december 1")).text.endswith("every Tuesday: bins")
    assert (await call("list_reminders", period="december 2")).text == "No such reminders."
    assert (await call("list_reminders", words="mum")).text == (
        "1 reminder:\n2. Sunday 22 November at 09:00: call mum"
    )


async def test_a_timer_is_a_reminder_after_a_length_of_time(call: Call):
    assert (await call("set_reminder", text="eggs", at="10 minutes")).data[
        "at"
    ] == "2026-11-20T14:40:00+01:00"


async def test_a_time_alone_is_one_of_the_same_day(call: Call):
    """As with appointments."""
    await call("set_reminder", text="bins", at="sunday at 18:00")
    assert (await call("move_reminder", reminder="bins", at="9pm")).text == (
        "Moved to Sunday 22 November at 21:00: bins"
    )


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


async def test_one_time_of_a_repetition_is_moved_or_all_of_them(call: Call, ctx: ToolContext):
    """A moment moves the next time alone, and says when it comes again; a repetition changes them all."""
    await call("set_reminder", text="pills", at="every day at 8am")
    moved = await call("move_reminder", reminder="pills", at="today at 17:00")
    assert moved.text == "Moved to today at 17:00, every day at 08:00: pills"
    again = await call("move_reminder", reminder="pills", at="every monday at 9")
    assert again.text == "Moved to Monday 23 November at 09:00, every Monday: pills"
    assert await undo("move_reminder", again, ctx) == (
        "The reminder is again set for today at 17:00, every day at 08:00: pills"
    )


@pytest.mark.parametrize(
    ("said_at", "at", "text"),
    [
        ("2027-10-31T02:40+02:00", "in 30 minutes", "today at 02:10"),
        ("2027-10-31T02:10+01:00", "at 02:15", "today at 02:15"),
        ("2027-10-31T02:10+02:00", "in an hour", "today at 02:10"),
        ("2027-03-27T12:00+01:00", "tomorrow at 02:30", "tomorrow at 03:30"),
        ("2027-03-27T12:00+01:00", "every day at 02:30", "tomorrow at 03:30, every day at 02:30"),
        ("2027-03-28T01:30+01:00", "in an hour", "today at 03:30"),
        ("2027-12-31T23:50+01:00", "in 20 minutes", "tomorrow at 00:10"),
        ("2028-01-31T12:00+01:00", "in 1 month", "Tuesday 29 February at 12:00"),
        ("2028-01-31T12:00+01:00", "every month at 9",
         "Tuesday 29 February at 09:00, every month on the last day"),
        ("2028-02-29T01:00+01:00", "tonight", "today at 20:00"),
        ("2028-02-29T21:30+01:00", "tonight", "today at 22:30"),
    ],
)  # fmt: skip
async def test_reminders_of_odd_hours(said_at: str, at: str, text: str, ctx: ToolContext):
    """In the nights in which clocks change, at the end of a month and of a year, on 29 February."""
    now = datetime.fromisoformat(said_at).astimezone(ZoneInfo("Europe/Berlin"))
    result = await TOOLS["set_reminder"].call({"text": "x", "at": at}, replace(ctx, now=lambda: now))
    assert result.text == f"Reminder set for {text}: x"
    assert datetime.fromisoformat(result.data["at"]) > now.astimezone(ZoneInfo("UTC"))
