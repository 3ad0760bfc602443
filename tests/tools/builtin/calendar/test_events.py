"""The calendar as it is used: added, listed, searched, moved, cancelled, free time, and files."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from homewit.tools import ToolContext, ToolFailed, ToolRetry

from ...conftest import TOOLS, Call


async def undo(name: str, result: Any, ctx: ToolContext) -> str:
    return await TOOLS[name].take_back(result.data, ctx)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("friday at 10", None, "Friday 27 November at 10:00–11:00"),
        ("tomorrow at noon", "13:30", "tomorrow at 12:00–13:30"),
        ("monday at 9:30", "15 minutes", "Monday 23 November at 09:30–09:45"),
        ("tomorrow at 11", "1:30", "tomorrow at 11:00–13:30"),
        ("december 21", "january 3", "Monday 21 December to Sunday 3 January 2027, all day"),
        ("tomorrow", None, "tomorrow, all day"),
        ("tomorrow", "2 days", "tomorrow to Sunday 22 November, all day"),
        ("in 2 hours", "an hour and a half", "today at 16:30–18:00"),
        ("every monday at 18:00", None, "Monday 23 November at 18:00–19:00, every Monday"),
        ("every friday at 13:30", None, "Friday 27 November at 13:30–14:30, every Friday"),
    ],
)
async def test_an_appointment_is_added_as_people_say_it(start: str, end: Any, said: str, call: Call):
    """A bare hour of the morning is in the morning; without a time it lasts all day."""
    assert (await call("add_event", title="dentist", start=start, end=end)).text == (
        f"Added to your calendar: dentist, {said}."
    )


async def test_a_period_is_listed_in_order(call: Call):
    """Repeating entries on each of their days, with place, and only those that hold the words."""
    await call(
        "add_event", title="standup", start="monday at 9:30", end="15 minutes", repeats="every weekday"
    )
    await call("add_event", title="lunch", start="tuesday at noon", location="Cafe Blau")
    listed = await call("list_events", period="tuesday")
    assert listed.text == (
        "2 entries tuesday:\n- Tuesday 24 November at 09:30–09:45: standup\n"
        "- Tuesday 24 November at 12:00–13:00: lunch (Cafe Blau)"
    )
    assert listed.data["events"][0]["start"] == "2026-11-24T09:30:00+01:00"
    assert (await call("list_events", period="next week", words="standup")).data["count"] == 5
    assert (await call("list_events", period="december", words="standup")).data["count"] == 23
    assert (await call("list_events", period="today")).text == "Nothing in your calendar today."
    assert (await call("search_events", words="blau")).data["count"] == 1


@pytest.mark.parametrize(
    ("said_at", "start", "end", "said"),
    [
        ("2027-03-27T12:00", "today at 23:00", "5:00", "today at 23:00 to tomorrow at 05:00"),
        ("2027-10-30T12:00", "today at 23:00", "5:00", "today at 23:00 to tomorrow at 05:00"),
        ("2027-10-30T12:00", "tomorrow at 01:30", "90 minutes", "tomorrow at 01:30–02:00"),
        ("2027-10-30T12:00", "today at 15:00", "1 day", "today at 15:00 to tomorrow at 15:00"),
        ("2027-12-31T22:00", "today at 23:30", None, "today at 23:30 to tomorrow at 00:30"),
        ("2028-02-28T22:00", "tomorrow", None, "tomorrow, all day"),
    ],
)
async def test_what_was_added_is_listed_with_the_same_times(
    said_at: str, start: str, end: Any, said: str, ctx: ToolContext
):
    """In the nights in which clocks change, too; also read back from the text that others get."""
    now = datetime.fromisoformat(said_at).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    there = replace(ctx, now=lambda: now)
    added = await TOOLS["add_event"].call({"title": "x", "start": start, "end": end}, there)
    assert added.text == f"Added to your calendar: x, {said}."
    listed = await TOOLS["list_events"].call({"period": "the next 3 days"}, there)
    assert listed.text.splitlines()[1:] == [f"- {said}: x"]


async def test_the_second_of_two_hours_is_kept_for_others(ctx: ToolContext):
    """In UTC: a zone and 02:10 would be the first."""
    now = datetime(2027, 10, 31, 2, 40, tzinfo=ZoneInfo("Europe/Berlin"))
    there = replace(ctx, now=lambda: now)
    await TOOLS["add_event"].call({"title": "x", "start": "in 30 minutes", "end": "10 minutes"}, there)
    (row,) = ctx.records.rows("event")
    assert "DTSTART:20271031T011000Z" in row.content
    listed = await TOOLS["list_events"].call({"period": "today"}, there)
    assert listed.data["events"][0]["start"] == "2027-10-31T01:10:00+00:00"


async def test_moving_and_cancelling_are_undone(call: Call, ctx: ToolContext):
    """The length stays when only the beginning is said; one day of a series can go alone."""
    await call("add_event", title="dentist", start="friday at 10", end="30 minutes")
    moved = await call("move_event", event="dentist", start="tuesday at 2pm")
    assert moved.text == "Moved: dentist, Tuesday 24 November at 14:00–14:30."
    assert await undo("move_event", moved, ctx) == "As it was: dentist, Friday 27 November at 10:00–10:30"
    await call("add_event", title="gym", start="monday at 18:00", repeats="every day")
    await call("cancel_event", event="gym", day="wednesday")
    days = [event["start"][:10] for event in (await call("list_events", period="next week")).data["events"]]
    assert days == [
        "2026-11-23",
        "2026-11-24",
        "2026-11-26",
        "2026-11-27",
        "2026-11-27",
        "2026-11-28",
        "2026-11-29",
    ]
    with pytest.raises(ToolRetry, match="does not happen wednesday"):
        await call("cancel_event", event="gym", day="wednesday")
    cancelled = await call("cancel_event", event="dentist")
    assert cancelled.text == "Cancelled: dentist, Friday 27 November at 10:00–10:30."
    await undo("cancel_event", cancelled, ctx)
    edited = await call("edit_event", event="dentist", location="Main Street 1", title="dentist, check-up")
    assert (await call("search_events", words="main street")).data["count"] == 1
    await undo("edit_event", edited, ctx)
    added = await call("add_event", title="x", start="tomorrow")
    assert await undo("add_event", added, ctx) == "Removed from your calendar: x"


async def test_a_time_alone_is_one_of_the_same_day(call: Call):
    """Nobody who moves it to noon means another day. Control: an entry of today is moved to what comes."""
    await call("add_event", title="dentist", start="friday at 10", end="30 minutes")
    moved = await call("move_event", event="dentist", start="at 12")
    assert moved.text == "Moved: dentist, Friday 27 November at 12:00–12:30."
    await call("add_event", title="walk", start="today at 18:00")
    moved = await call("move_event", event="walk", start="at 9am")
    assert moved.text == "Moved: walk, tomorrow at 09:00–10:00."


async def test_it_has_to_be_clear_which_entry(call: Call):
    """Two of the same title are told apart by their ids; an end before the beginning is refused."""
    one = await call("add_event", title="call", start="tomorrow at 9")
    await call("add_event", title="call", start="tomorrow at 15:00")
    with pytest.raises(ToolRetry, match=r"fits more than one entry: call \(tomorrow at 09:00"):
        await call("cancel_event", event="call")
    await call("cancel_event", event=one.data["id"])
    with pytest.raises(ToolRetry, match="no calendar entry 'vet'"):
        await call("move_event", event="vet", start="tomorrow")
    with pytest.raises(ToolRetry, match="before it begins"):
        await call("add_event", title="x", start="friday at 10", end="2026-11-20 09:00")
    with pytest.raises(ToolRetry, match="before it begins"):
        await call("add_event", title="x", start="december 5", end="2026-12-03")
    clash = await call("add_event", title="visit", start="tomorrow at 15:30")
    assert clash.text.endswith("At the same time: call.")


async def test_free_time(call: Call):
    """Within the hours of the day, on working days, around entries; all-day ones are no bar."""
    await call("add_event", title="a", start="monday at 10:00", end="11:00")
    await call("add_event", title="b", start="monday at 10:30", end="12:00")
    await call("add_event", title="c", start="monday")
    free = await call("find_free_time", period="monday", minutes=60)
    assert free.text == "Free monday:\n- Monday 23 November, 09:00–10:00\n- Monday 23 November, 12:00–18:00"
    assert [span["minutes"] for span in free.data["spans"]] == [60, 360]
    today = await call("find_free_time", period="today", latest="16:00")
    assert today.data["spans"][0]["start"].endswith("T14:30:00+01:00")
    assert "No 600 minutes are free" in (await call("find_free_time", period="monday", minutes=600)).text
    with pytest.raises(ToolRetry, match="is not before"):
        await call("find_free_time", period="monday", earliest="18:00", latest="9:00")


async def test_a_calendar_goes_out_and_comes_back(call: Call, ctx: ToolContext, folder: Path):
    """What is there is not added again; an import is taken back as a whole."""
    await call("add_event", title="standup", start="monday at 9:30", repeats="every weekday")
    await call("add_event", title="holiday", start="december 21", end="january 3")
    await call("export_calendar", path="mine")
    with pytest.raises(ToolFailed, match="2 known already"):
        await call("import_calendar", path="mine.ics")
    await call("cancel_event", event="holiday")
    imported = await call("import_calendar", path="mine.ics")
    assert imported.text == "Imported 1 entry from mine.ics. 1 were there already."
    assert (await call("list_events", period="december", words="holiday")).data["count"] == 1
    assert await undo("import_calendar", imported, ctx) == "Removed 1 entry that came from mine.ics."
    assert (await call("list_events", period="december", words="holiday")).data["count"] == 0
    with pytest.raises(ToolFailed, match="exists already"):
        await call("export_calendar", path="mine.ics")
    (folder / "bad.ics").write_text("BEGIN:VCALENDAR\nnonsense")
    with pytest.raises(ToolFailed):
        await call("import_calendar", path="bad.ics")
    assert TOOLS["import_calendar"].spec.untrusted_output
