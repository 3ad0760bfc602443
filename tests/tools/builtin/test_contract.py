"""Every tool that comes with Homewit keeps the contract: typed, checked, undone, clear about what is wrong.

A new tool without a call that works, or one that cannot, fails here.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import Effect, ToolContext, ToolError, tool
from homewit.tools.context import ClientsFor
from homewit.tools.testing import ContractBroken, check_bad_input, check_tool

from ..conftest import TOOLS
from ..sandboxes import REASON

WORKS: dict[str, dict[str, Any]] = {
    "calculate": {"expression": "1 + 1"},
    "convert_units": {"value": 1, "from_unit": "km", "to_unit": "m"},
    "convert_currency": {"amount": 2, "from_currency": "EUR", "to_currency": "USD", "rate": 1.1},
    "current_time": {},
    "date_difference": {"start": "today", "end": "tomorrow"},
    "date_add": {"date": "today", "days": 1},
    "list_files": {},
    "read_file": {"path": "a.txt"},
    "write_file": {"path": "b.txt", "content": "x"},
    "search_files": {"query": "roses"},
    "find_in_document": {"path": "a.txt", "about": "roses"},
    "read_table": {"path": "table.csv"},
    "edit_file": {"path": "a.txt", "old": "roses", "new": "tulips"},
    "move_file": {"path": "a.txt", "to": "c.txt"},
    "copy_file": {"path": "a.txt", "to": "c.txt"},
    "delete_file": {"path": "a.txt"},
    "make_folder": {"path": "beds"},
    "add_note": {"text": "x"},
    "search_notes": {"query": "roses"},
    "edit_note": {"note": "roses", "text": "tulips"},
    "tag_note": {"note": "roses", "tags": ["garden"]},
    "delete_note": {"note": "roses"},
    "add_task": {"title": "x"},
    "list_tasks": {},
    "complete_task": {"title": "prune"},
    "reopen_task": {"title": "dig"},
    "edit_task": {"task": "prune", "title": "cut"},
    "delete_task": {"task": "prune"},
    "set_reminder": {"text": "x", "at": "tomorrow"},
    "list_reminders": {},
    "move_reminder": {"reminder": "sow", "at": "tomorrow at 5pm"},
    "cancel_reminder": {"reminder": "sow"},
    "add_expense": {"amount": 1, "category": "food"},
    "expense_report": {"period": "this month"},
    "list_expenses": {"period": "this month"},
    "edit_expense": {"expense": "bulbs", "amount": 3},
    "delete_expense": {"expense": "bulbs"},
    "set_budget": {"amount": 50, "category": "garden"},
    "remove_budget": {"category": "seeds"},
    "budget_report": {},
    "monthly_report": {},
    "save_spending_chart": {"path": "chart"},
    "preview_statement": {"path": "statement.csv"},
    "import_statement": {"path": "statement.csv"},
    "list_events": {},
    "search_events": {"words": "dentist"},
    "add_event": {"title": "x", "start": "tomorrow at 9am"},
    "move_event": {"event": "dentist", "start": "tomorrow at 10am"},
    "edit_event": {"event": "dentist", "location": "Main Street"},
    "cancel_event": {"event": "dentist"},
    "find_free_time": {},
    "import_calendar": {"path": "calendar.ics"},
    "export_calendar": {"path": "out.ics"},
    "find_contacts": {},
    "add_contact": {"name": "Bo Berg"},
    "edit_contact": {"contact": "Ann", "phone": "+49 30 1234567"},
    "delete_contact": {"contact": "Ann"},
    "import_contacts": {"path": "contacts.vcf"},
    "export_contacts": {"path": "out.vcf"},
    "run_command": {"command": "echo hello"},
    "run_python": {"code": "print(1)"},
}
"""For each tool a call that works, with what `seeded` has."""

ELSEWHERE = {
    "exchange_rate": "test_currency.py",
    "web_search": "test_web.py",
    "fetch_page": "test_web.py",
    "find_on_page": "test_web.py",
    "sync_calendar": "../dav/test_calendars.py",
    "sync_contacts": "../dav/test_contacts.py",
    "list_mail": "mail/test_mail_servers.py",
    "search_mail": "mail/test_mail_servers.py",
    "read_mail": "mail/test_mail_servers.py",
    "read_thread": "mail/test_mail_servers.py",
    "save_attachment": "mail/test_mail_servers.py",
    "draft_mail": "mail/test_mail_servers.py",
    "send_mail": "mail/test_mail_servers.py",
}
"""Tools that need a server, and where they are called with one."""

FAILS: dict[str, tuple[dict[str, Any], str]] = {
    "calculate": ({"expression": "one and one"}, "Write it with numbers"),
    "convert_units": ({"value": 1, "from_unit": "km", "to_unit": "litres"}, "Name two units of one kind"),
    "convert_currency": (
        {"amount": 2, "from_currency": "EUR", "to_currency": "leaves"},
        'Write it like "EUR"',
    ),
    "exchange_rate": ({"from_currency": "EUR", "to_currency": "leaves"}, 'Write it like "EUR"'),
    "current_time": ({"timezone": "Atlantis"}, "Did you mean"),
    "date_difference": ({"start": "someday", "end": "tomorrow"}, "Write it like"),
    "date_add": ({"date": "someday", "days": 1}, "Write it like"),
    "list_files": ({"path": "gone"}, "`list_files` shows"),
    "read_file": ({"path": "gone.txt"}, "Did you mean a.txt"),
    "write_file": ({"path": "../out.txt", "content": "x"}, "Give a path inside"),
    "search_files": ({"query": "x", "path": "gone"}, "`list_files` shows"),
    "find_in_document": ({"path": "gone.txt", "about": "roses"}, "Did you mean a.txt"),
    "read_table": ({"path": "gone.csv"}, "`list_files` shows"),
    "edit_file": ({"path": "a.txt", "old": "daisies", "new": "x"}, "Read the file first"),
    "move_file": ({"path": "gone.txt", "to": "c.txt"}, "Did you mean a.txt"),
    "copy_file": ({"path": "gone.txt", "to": "c.txt"}, "Did you mean a.txt"),
    "delete_file": ({"path": "gone.txt"}, "Did you mean a.txt"),
    "make_folder": ({"path": "a.txt"}, "choose another name"),
    "add_note": ({"text": " "}, "Say what to note"),
    "search_notes": ({"query": 7}, "It takes: query"),
    "edit_note": ({"note": "daisies", "text": "x"}, "`search_notes` shows"),
    "tag_note": ({"note": "daisies", "tags": ["x"]}, "`search_notes` shows"),
    "delete_note": ({"note": "daisies"}, "`search_notes` shows"),
    "add_task": ({"title": "x", "due": "someday"}, "Write it like"),
    "list_tasks": ({"until": "someday"}, "Write it like"),
    "complete_task": ({"title": "daisies"}, "Open tasks: prune"),
    "reopen_task": ({"title": "daisies"}, "`list_tasks` shows"),
    "edit_task": ({"task": "daisies", "title": "x"}, "Open tasks: prune"),
    "delete_task": ({"task": "daisies"}, "Open tasks: prune"),
    "set_reminder": ({"text": "x", "at": "yesterday"}, "still to come"),
    "list_reminders": ({"period": "whenever"}, "Write it like"),
    "move_reminder": ({"reminder": "daisies", "at": "tomorrow"}, "`list_reminders` shows"),
    "cancel_reminder": ({"reminder": "daisies"}, "`list_reminders` shows"),
    "add_expense": ({"amount": -1, "category": "food"}, "should be greater than 0"),
    "expense_report": ({"period": "whenever"}, "Write it like"),
    "list_expenses": ({"period": "whenever"}, "Write it like"),
    "edit_expense": ({"expense": "daisies", "amount": 3}, "`list_expenses` shows"),
    "delete_expense": ({"expense": "daisies"}, "`list_expenses` shows"),
    "set_budget": ({"amount": "lots", "category": "garden"}, "such as 12.50"),
    "remove_budget": ({"category": "daisies"}, "Budgets: seeds"),
    "budget_report": ({"month": "whenever"}, "Write it like"),
    "monthly_report": ({"month": "whenever"}, "Write it like"),
    "save_spending_chart": ({"path": "chart", "month": "2019-01"}, "Name a month"),
    "preview_statement": ({"path": "gone.csv"}, "Give the path"),
    "import_statement": ({"path": "a.txt"}, "exports as CSV"),
    "list_events": ({"period": "whenever"}, "Write it like"),
    "search_events": ({"words": ""}, "at least 1 character"),
    "add_event": ({"title": "x", "start": "someday"}, "Write it like"),
    "move_event": ({"event": "daisies", "start": "tomorrow"}, "`list_events` shows"),
    "edit_event": ({"event": "daisies", "location": "x"}, "`list_events` shows"),
    "cancel_event": ({"event": "daisies"}, "`list_events` shows"),
    "find_free_time": ({"earliest": "late"}, "Write it like"),
    "import_calendar": ({"path": "a.txt"}, "Give an iCalendar file"),
    "export_calendar": ({"path": "../out.ics"}, "Give a path inside"),
    "sync_calendar": ({}, "section [tools.dav] of config.toml"),
    "find_contacts": ({"words": 7}, "It takes: words"),
    "add_contact": ({"name": "Bo", "email": "bo at home"}, "Write it like ann@example.org"),
    "edit_contact": ({"contact": "daisies", "phone": "1"}, "`find_contacts` shows"),
    "delete_contact": ({"contact": "daisies"}, "`find_contacts` shows"),
    "import_contacts": ({"path": "a.txt"}, "Give a file"),
    "export_contacts": ({"path": "../out.vcf"}, "Give a path inside"),
    "sync_contacts": ({}, "section [tools.dav] of config.toml"),
    "web_search": ({"query": "roses"}, "set the address of a SearXNG server"),
    "fetch_page": ({"url": "http://127.0.0.1/"}, "can be named under allowed_hosts in config.toml"),
    "find_on_page": (
        {"url": "http://127.0.0.1/", "about": "x"},
        "can be named under allowed_hosts in config.toml",
    ),
    "run_command": ({"command": 7}, "It takes: command"),
    "run_python": ({"code": 7}, "It takes: code"),
    "list_mail": ({}, "section [tools.mail] of config.toml"),
    "search_mail": ({"words": "x"}, "section [tools.mail] of config.toml"),
    "read_mail": ({"mail": "1"}, "section [tools.mail] of config.toml"),
    "read_thread": ({"mail": "1"}, "section [tools.mail] of config.toml"),
    "save_attachment": ({"mail": "1", "number": 1, "path": "x"}, "section [tools.mail] of config.toml"),
    "draft_mail": ({"to": "ann@example.org", "body": "x"}, "section [tools.mail] of config.toml"),
    "send_mail": ({"to": "ann@example.org", "body": "x"}, "section [tools.mail] of config.toml"),
}
"""For each tool a call that cannot work, and what of its error says what to do."""


def needs(name: str) -> Any:
    """A tool as a parameter; what runs commands needs the sandbox."""
    runs = TOOLS[name].spec.effect is Effect.EXECUTE
    return pytest.param(name, marks=pytest.mark.skipif(runs and bool(REASON), reason=REASON or "sandbox"))


@pytest.fixture
async def seeded(folder: Path, ctx: ToolContext) -> ToolContext:
    """Some of everything: files, a note, tasks, a reminder, an expense, a budget, an entry, a contact."""
    for name, lines in {
        "a.txt": ["roses are red"],
        "table.csv": ["name,count", "rose,3"],
        "statement.csv": ["Date,Amount,Description", "2026-11-02,-12.50,Bulbs"],
        "calendar.ics": ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1",
                         "DTSTART:20261202T090000Z", "SUMMARY:Fair", "END:VEVENT", "END:VCALENDAR"],
        "contacts.vcf": ["BEGIN:VCARD", "VERSION:3.0", "FN:Cy Dahl", "N:Dahl;Cy;;;", "END:VCARD"],
    }.items():  # fmt: skip
        (folder / name).write_text("\r\n".join(lines) + "\r\n")
    for name, args in (
        ("add_note", {"text": "roses"}),
        ("add_task", {"title": "prune"}),
        ("add_task", {"title": "dig"}),
        ("complete_task", {"title": "dig"}),
        ("set_reminder", {"text": "sow", "at": "tomorrow"}),
        ("add_expense", {"amount": 2, "category": "garden", "description": "bulbs"}),
        ("set_budget", {"amount": 9, "category": "seeds"}),
        ("add_event", {"title": "dentist", "start": "tomorrow at 9am"}),
        ("add_contact", {"name": "Ann Ask"}),
    ):
        await TOOLS[name].call(args, ctx)
    return ctx


def test_no_tool_is_left_out():
    """Each has a call that works, here or with a server, and one that does not."""
    assert WORKS.keys() | ELSEWHERE.keys() == TOOLS.keys()
    assert FAILS.keys() == TOOLS.keys()
    for name, file in ELSEWHERE.items():
        assert re.search(rf"\b{name}\b", (Path(__file__).parent / file).read_text()), name


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_an_effect_can_be_told_and_taken_back(name: str):
    """What is written or sent has a check, what is recorded a way back; each result has a text."""
    one = TOOLS[name]
    if one.spec.effect in (Effect.WRITE, Effect.SEND, Effect.SPEND):
        assert one.check is not None
    if one.spec.effect is Effect.RECORD:
        assert one.can_undo
    assert "text" in one.spec.returns["properties"]


@pytest.mark.parametrize("name", map(needs, sorted(TOOLS)))
async def test_a_call_gives_what_is_declared(name: str, seeded: ToolContext):
    """Descriptions, sinks, valid examples; and a call that works, where no server is needed."""
    await check_tool(TOOLS[name], *([WORKS[name]] if name in WORKS else []), ctx=seeded)


@pytest.mark.parametrize("name", sorted(TOOLS))
async def test_what_cannot_be_done_is_told_with_a_way_out(name: str, seeded: ToolContext):
    """An error of the tool's own that says what would be accepted, or where to look."""
    args, told = FAILS[name]
    with pytest.raises(ToolError) as error:
        await TOOLS[name].call(args, replace(seeded, net=ClientsFor({})))
    assert told in str(error.value)


@pytest.mark.parametrize("name", map(needs, sorted(WORKS)))
async def test_bad_input_is_refused_or_told(name: str, seeded: ToolContext):
    """Whatever an argument is, a tool works or says what is wrong; none of its code falls over."""
    await check_bad_input(TOOLS[name], WORKS[name], seeded)


@tool
def careless(text: str, times: int = 1) -> str:
    """Repeat the first word.

    Args:
        text: the words.
        times: how often.
    """
    return text.split()[0] * times


async def test_a_tool_that_falls_over_is_found(ctx: ToolContext):
    """Control: its author did not think of empty text; the argument and the error are named."""
    with pytest.raises(ContractBroken) as broken:
        await check_bad_input(careless, {"text": "a b"}, ctx)
    assert "called with text=' ' it raised IndexError" in str(broken.value)
