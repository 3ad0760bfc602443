"""Previews: the card shows what a call would do, and the consent holds only while that stays so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.tools import ToolContext, ToolFailed, tool


def _seen(name: str, line: str, ctx: ToolContext) -> str:
    path = ctx.cwd / name
    if not path.exists():
        raise ToolFailed(f"There is no {name}.")
    return f" {path.read_text()}\n+{line}"


@tool(effect="write", sinks=("name",), preview=lambda name, line, *, ctx: _seen(name, line, ctx))
def append(name: str, line: str, *, ctx: ToolContext) -> str:
    """Append a line to a file that exists."""
    path = ctx.cwd / name
    path.write_text(f"{path.read_text()}\n{line}")
    return f"appended to {name}"


@tool(effect="write", sinks=("name",))
def create(name: str, *, ctx: ToolContext) -> str:
    """Create an empty file, without a preview."""
    (ctx.cwd / name).write_text("")
    return f"created {name}"


async def converse(agent: Any, prompt: str, decide: Callable[[Any], str]) -> list[dict[str, Any]]:
    events = []
    async for event in agent.stream(prompt):
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            agent.active(event.run).approve(event.body.approval, decide(event.body))
    return events


def previews(events: list[dict[str, Any]]) -> list[list[str]]:
    cards = [event for event in events if event["type"] == "approval.requested"]
    return [[step["preview"] for step in card["steps"]] for card in cards]


def endings(events: list[dict[str, Any]]) -> dict[str, str]:
    return {event["id"]: event["status"] for event in events if event["type"] == "step.finished"}


@pytest.fixture
def diary(folder: Path) -> Path:
    path = folder / "diary.txt"
    path.write_text("monday")
    return path


async def test_the_card_shows_what_would_happen_and_it_happens(opened, plan, diary):
    """What the tool foresees stands on the card; after a yes the call runs, and nobody is asked again."""
    written = plan(("append", {"name": "diary.txt", "line": "rain"}))
    async with opened("act", written, "ok", tools=[append], interactive=True) as agent:
        events = await converse(agent, "append rain to diary.txt", lambda card: "allow")
    assert previews(events) == [[" monday\n+rain"]]
    assert diary.read_text() == "monday\nrain"


async def test_a_file_that_changed_behind_the_card_is_shown_again(opened, plan, diary):
    """The consent was for another outcome: nothing runs until the new one was seen, and a no is a no."""
    written = plan(("append", {"name": "diary.txt", "line": "rain"}))
    answers = iter(["allow", "deny"])

    def decide(card: Any) -> str:
        diary.write_text(f"{diary.read_text()}!")
        return next(answers)

    async with opened("act", written, "ok", tools=[append], interactive=True) as agent:
        events = await converse(agent, "append rain to diary.txt", decide)
    assert previews(events) == [[" monday\n+rain"], [" monday!\n+rain"]]
    assert (endings(events), diary.read_text()) == ({"s1": "denied"}, "monday!!")


async def test_control_without_a_preview_the_change_goes_unnoticed(opened, plan, folder):
    """Control: a tool that foresees nothing runs whatever happened behind the card."""
    written = plan(("create", {"name": "a.txt"}))

    def decide(card: Any) -> str:
        (folder / "a.txt").write_text("mine")
        return "allow"

    async with opened("act", written, "ok", tools=[create], interactive=True) as agent:
        events = await converse(agent, "create a.txt", decide)
    assert previews(events) == [[""]]
    assert (folder / "a.txt").read_text() == ""


async def test_a_call_that_would_fail_is_not_asked_for(opened, plan):
    """The user is not bothered with something that cannot work; the step says why it failed."""
    written = plan(("append", {"name": "gone.txt", "line": "rain"}))
    async with opened("act", written, "it failed", tools=[append], interactive=True) as agent:
        events = await converse(agent, "append rain to gone.txt", lambda card: "allow")
    ends = [event for event in events if event["type"] == "step.finished"]
    assert previews(events) == []
    assert [(end["status"], end["text"]) for end in ends] == [("failed", "There is no gone.txt.")]


async def test_what_an_earlier_step_makes_possible_is_approved_by_its_arguments(opened, plan, folder):
    """Before the first step has run there is nothing to foresee; one card covers both steps."""
    written = plan(("create", {"name": "a.txt"}), ("append", {"name": "a.txt", "line": "rain"}))
    async with opened("plan", written, "ok", tools=[create, append], interactive=True) as agent:
        events = await converse(agent, "create a.txt, then append rain to a.txt", lambda card: "allow")
    assert previews(events) == [["", ""]]
    assert (folder / "a.txt").read_text() == "\nrain"


async def test_two_changes_of_one_file_are_both_seen(opened, plan, diary):
    """The first change makes the second another one, so the second is shown again."""
    steps = [("append", {"name": "diary.txt", "line": line}) for line in ("rain", "wind")]
    async with opened("plan", plan(*steps), "ok", tools=[append], interactive=True) as agent:
        events = await converse(
            agent, "append rain to diary.txt, then append wind to diary.txt", lambda card: "allow"
        )
    assert previews(events) == [[" monday\n+rain", " monday\n+wind"], [" monday\nrain\n+wind"]]
    assert diary.read_text() == "monday\nrain\nwind"


async def test_items_of_a_list_are_looked_at_one_by_one(opened, plan, folder):
    """Each call of a step over a list has its own preview, and is held against it."""
    for name in ("a", "b"):
        (folder / name).write_text(name)
    step = {"id": "s1", "tool": "append", "foreach": ["a", "b"]}
    written = {"steps": [{**step, "args": {"name": {"$ref": "item"}, "line": "x"}}], "question": None}
    async with opened("act", written, "ok", tools=[append], interactive=True) as agent:
        events = await converse(agent, "append x to a and b", lambda card: "allow")
    assert previews(events) == [[" a\n+x", " b\n+x"]]
    assert [(folder / name).read_text() for name in ("a", "b")] == ["a\nx", "b\nx"]


async def test_headless_the_card_tells_what_would_have_happened(opened, plan, diary):
    """With nobody there nothing runs, and the event says what would have."""
    written = plan(("append", {"name": "diary.txt", "line": "rain"}))
    async with opened("act", written, "refused", tools=[append]) as agent:
        events = [event.to_wire() async for event in agent.stream("append rain to diary.txt")]
    assert previews(events) == [[" monday\n+rain"]]
    assert diary.read_text() == "monday"


def types(events: list[dict]) -> list[str]:
    return [event["type"] for event in events]


@pytest.mark.parametrize("tool", ["send_mail", "draft_mail"])
async def test_nobody_is_asked_for_a_mail_that_cannot_be_sent(opened, plan, home, tool: str):
    """The answer says what is missing. Control: with an account, there is a card, which names it."""
    written = plan((tool, {"to": "ann@x.org", "body": "I am late"}))

    async def events(agent: Agent) -> list[dict]:
        return [event.to_wire() async for event in agent.stream("mail ann@x.org that I am late")]

    async with opened("plan", written, "plan", written) as agent:
        said = await events(agent)
    assert ("approval.requested" in types(said), said[-1]["status"]) == (False, "failed")
    assert "No mail account is set up" in next(one["text"] for one in said if one["type"] == "step.finished")
    home.mkdir(exist_ok=True)
    account = '[tools.mail]\naddress = "me@x.org"\nimap = "mail.x.org"\nsmtp = "mail.x.org"\n'
    (home / "config.toml").write_text(account, encoding="utf-8")
    async with opened("plan", written) as agent:
        (card,) = [one for one in await events(agent) if one["type"] == "approval.requested"]
    assert card["steps"][0]["preview"] == "from me@x.org"
