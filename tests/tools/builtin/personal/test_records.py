"""Notes, tasks, reminders and expenses, on records kept in memory."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from homewit.tools import InvalidArguments, MissingSetting, ToolContext, ToolRetry

from ...conftest import TOOLS, Call


async def test_notes(call: Call):
    """A note is kept and found by its words; one hit is answered with its text alone."""
    added = await call("add_note", text="  The wifi password is on the fridge ")
    assert added.text == "Noted: The wifi password is on the fridge"
    await call("add_note", text="Ask about the wifi bill")
    one = await call("search_notes", query="fridge")
    assert (one.text, one.data["count"]) == ("The wifi password is on the fridge", 1)
    both = await call("search_notes", query="wifi")
    assert both.text == "2 notes:\n1. Ask about the wifi bill\n2. The wifi password is on the fridge"
    assert [note["id"] for note in both.data["notes"]] == ["n_2", added.data["id"]]
    assert (await call("search_notes", query="all notes")).data["count"] == 2
    assert (await call("search_notes", query="car")).data == {
        "text": "No notes about 'car'.",
        "notes": [],
        "count": 0,
    }
    with pytest.raises(ToolRetry, match="The note is empty"):
        await call("add_note", text="   ")


async def test_tasks(call: Call):
    """Added with and without a day, listed with numbers, completed by title, part or number."""
    assert (await call("list_tasks")).text == "No open tasks."
    milk = await call("add_task", title="milk")
    assert (milk.text, milk.data["due"]) == ("Added to your tasks: milk", None)
    bob = await call("add_task", title="call  Bob", due="monday")
    assert bob.data == {
        "text": "Added to your tasks: call Bob (due Monday 23 November)",
        "title": "call Bob",
        "due": "2026-11-23",
        "id": "t_2",
    }
    await call("add_task", title="buy stamps", due="tomorrow at 5pm")
    listed = await call("list_tasks")
    assert listed.text == (
        "1. buy stamps (due tomorrow, 21 November)\n2. call Bob (due Monday 23 November)\n3. milk"
    )
    assert listed.data["tasks"][1] == {
        "id": "t_2",
        "title": "call Bob",
        "due": "2026-11-23",
        "done": False,
        "origin": "unknown",
        "priority": "normal",
        "project": None,
        "repeats": None,
    }

    assert (await call("complete_task", title="Call BOB")).data["title"] == "call Bob"
    assert (await call("complete_task", title="1")).text == "Done: buy stamps"
    assert (await call("list_tasks")).text == "1. milk"
    assert (await call("list_tasks", status="done")).text == "1. buy stamps\n2. call Bob"
    assert (await call("list_tasks", status="all")).data["count"] == 3
    with pytest.raises(ToolRetry, match=r"There is no open task 'bob'\. Open tasks: milk\."):
        await call("complete_task", title="bob")


async def test_a_task_that_is_not_clear_is_not_completed(call: Call):
    """Several candidates: nothing is done and they are named; an exact title wins."""
    for title in ("buy milk", "oat milk"):
        await call("add_task", title=title)
    with pytest.raises(ToolRetry, match=r"'milk' fits more than one task: buy milk, oat milk\."):
        await call("complete_task", title="milk")
    assert (await call("list_tasks")).data["count"] == 2
    await call("add_task", title="milk")
    assert (await call("complete_task", title="Milk")).data["title"] == "milk"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"title": ""}, InvalidArguments),
        ({"title": "  "}, ToolRetry),
        ({"title": "x", "due": "whenever"}, ToolRetry),
        ({"title": "x" * 501}, InvalidArguments),
    ],
)
async def test_tasks_that_cannot_be_added(arguments: dict[str, Any], error: type[Exception], call: Call):
    """An empty title or an unreadable day adds nothing."""
    with pytest.raises(error):
        await call("add_task", **arguments)
    assert (await call("list_tasks")).data["count"] == 0


async def test_reminders(call: Call, ctx: ToolContext):
    """Set for a moment in the future, said back with the day."""
    soon = await call("set_reminder", text="tea", at="in 2 hours")
    assert soon.data == {
        "text": "Reminder set for today at 16:30: tea",
        "at": "2026-11-20T16:30:00+01:00",
        "id": "r_1",
    }
    later = await call("set_reminder", text="call mum", at="sunday at 9am")
    assert later.text == "Reminder set for Sunday 22 November at 09:00: call mum"
    for at in ("yesterday", "today at 2pm", "2020-01-01 10:00"):
        with pytest.raises(ToolRetry, match="is in the past"):
            await call("set_reminder", text="x", at=at)
    with pytest.raises(ToolRetry, match=r"is in the past \(today at 14:00\)"):
        await call("set_reminder", text="x", at="today at 2pm")
    with pytest.raises(ToolRetry, match="is not a time"):
        await call("set_reminder", text="x", at="at some point")
    assert [reminder.text for reminder in ctx.records.list_reminders()] == ["tea", "call mum"]


async def test_expenses(call: Call, ctx: ToolContext):
    """Recorded to the cent, added up by period and category."""
    lunch = await call("add_expense", amount=12.5, category="Food", description="lunch")
    assert lunch.data == {
        "text": "Recorded 12.50 on food (lunch).",
        "amount": 12.5,
        "category": "food",
        "id": "e_1",
    }
    ride = await call("add_expense", amount="40,10", category="transport", date="last friday")
    assert ride.text == "Recorded 40.10 on transport, Friday 13 November."
    await call("add_expense", amount=0.1, category="food", date="november 2")
    await call("add_expense", amount=0.2, category="coffee", date="2026-10-31")
    rows = ctx.records.list_expenses(date(2026, 1, 1), date(2026, 12, 31))
    assert [(row.amount, row.category, row.description, str(row.date)) for row in rows] == [
        (Decimal("12.50"), "food", "lunch", "2026-11-20"),
        (Decimal("40.10"), "transport", None, "2026-11-13"),
        (Decimal("0.10"), "food", None, "2026-11-02"),
        (Decimal("0.20"), "food", "coffee", "2026-10-31"),
    ]

    food = await call("expense_report", period="this month", category="food")
    assert food.data == {
        "text": "Spent 12.60 on food this month (2 expenses).",
        "total": 12.6,
        "count": 2,
        "period": "this month",
        "sums": {"": "12.60"},
    }
    everything = await call("expense_report", period="this month")
    assert everything.text == "Spent 52.70 this month (3 expenses):\n- transport: 40.10\n- food: 12.60"
    assert (await call("expense_report", period="october")).text == "Spent 0.20 in October 2026 (1 expense)."
    coffee = await call("expense_report", period="this year", category="coffee")
    assert coffee.text == "Spent 0.20 on coffee this year (1 expense)."
    lunch_report = await call("expense_report", period="today", category="lunch")
    assert lunch_report.data["total"] == 12.5
    none = await call("expense_report", period="this week", category="gifts")
    assert none.data == {
        "text": "Nothing spent on gifts this week.",
        "total": 0,
        "count": 0,
        "period": "this week",
        "sums": {},
    }


@pytest.mark.parametrize(
    ("amount", "kept"),
    [("12.50", "12.50"), ("12,50", "12.50"), ("€12,50", "12.50"), ("1,200", "1200.00"),
     ("1,200.5", "1200.50"),
     (0.125, "0.13"), (1e9, "1000000000.00"), (0.1 + 0.2, "0.30")],
)  # fmt: skip
async def test_amounts_are_read_and_kept_to_the_cent(amount: Any, kept: str, call: Call, ctx: ToolContext):
    """Currency signs, separators and float noise do not reach the database."""
    await call("add_expense", amount=amount, category="other")
    (row,) = ctx.records.list_expenses(date(2026, 11, 20), date(2026, 11, 20))
    assert str(row.amount) == kept


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"amount": 0, "category": "food"}, InvalidArguments, "greater than 0"),
        ({"amount": -5, "category": "food"}, InvalidArguments, "greater than 0"),
        ({"amount": "much", "category": "food"}, InvalidArguments, "valid number"),
        ({"amount": float("inf"), "category": "food"}, InvalidArguments, "amount"),
        ({"amount": 2e9, "category": "food"}, InvalidArguments, "less than or equal"),
        ({"amount": 0.001, "category": "food"}, ToolRetry, "less than a cent"),
        ({"amount": 5, "category": ""}, InvalidArguments, "category"),
        ({"amount": 5, "category": "food", "date": "someday"}, ToolRetry, "is not a date"),
        ({"amount": 5}, InvalidArguments, "category is missing"),
    ],
)
async def test_expenses_that_cannot_be_recorded(
    arguments: dict[str, Any], error: type[Exception], message: str, call: Call, ctx: ToolContext
):
    """Nothing is recorded from a value that makes no sense."""
    with pytest.raises(error, match=message):
        await call("add_expense", **arguments)
    assert not ctx.records.list_expenses(date(1900, 1, 1), date(2100, 1, 1))


async def test_without_a_database_personal_tools_say_so(tmp_path):
    """A context without records names what is missing."""
    with pytest.raises(MissingSetting, match="needs Homewit's database"):
        await TOOLS["add_note"].call({"text": "x"}, ToolContext(cwd=tmp_path))


def test_the_built_in_tools_keep_their_names_and_effects():
    """Names, required arguments, effects and sinks are a contract with plans, models and policies."""
    declared = {
        tool.name: (tool.spec.effect.value, tool.spec.sinks, tool.spec.parameters.get("required", []))
        for tool in TOOLS.values()
    }
    known_by_heart = {
        "calculate": ("read", (), ["expression"]),
        "convert_units": ("read", (), ["value", "from_unit", "to_unit"]),
        "current_time": ("read", (), []),
        "date_difference": ("read", (), ["start", "end"]),
        "date_add": ("read", (), ["date", "days"]),
        "list_files": ("read", (), []),
        "read_file": ("read", (), ["path"]),
        "write_file": ("write", ("path",), ["path", "content"]),
        "search_files": ("read", (), ["query"]),
        "add_note": ("record", (), ["text"]),
        "search_notes": ("read", (), ["query"]),
        "add_task": ("record", (), ["title"]),
        "list_tasks": ("read", (), []),
        "complete_task": ("record", (), ["title"]),
        "set_reminder": ("record", (), ["text", "at"]),
        "add_expense": ("record", (), ["amount", "category"]),
        "expense_report": ("read", (), ["period"]),
        "web_search": ("network", ("query",), ["query"]),
        "fetch_page": ("network", ("url",), ["url"]),
        "run_command": ("execute", ("command",), ["command"]),
    }
    assert {name: declared[name] for name in known_by_heart} == known_by_heart
    untrusted = {name for name in known_by_heart if TOOLS[name].spec.untrusted_output}
    assert untrusted == {"list_files", "read_file", "search_files", "web_search", "fetch_page", "run_command"}
