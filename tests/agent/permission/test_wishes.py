"""A tool may ask for consent to what it finds while it runs; its call then passes the card like any other."""

import pytest

from homewit.tools import ToolContext, tool

from ..wire_events import of_type

DONE: list[tuple[str, frozenset[str]]] = []
FULL = "The folder holds 3 files; all of them go."


@pytest.fixture(autouse=True)
def done() -> list[tuple[str, frozenset[str]]]:
    DONE.clear()
    return DONE


@tool(effect="record")
def empty(folder: str, *, ctx: ToolContext) -> str:
    """Empty a folder."""
    if folder == "full":
        ctx.require_approval(FULL)
    DONE.append((folder, ctx.approved))
    return f"{folder} is empty"


@tool(effect="send", sinks=("to",))
def post(to: str, *, ctx: ToolContext) -> str:
    """Post a letter."""
    ctx.require_approval("It costs 2 euros.")
    DONE.append((to, ctx.approved))
    return f"sent to {to}"


async def run(agent, prompt, decision):
    """The wire events of a run in which every card is answered so."""
    events = []
    async for event in agent.stream(prompt):
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            assert agent.active(event.run).approve(event.body.approval, decision)
    return events


def ends(events):
    return [(event["id"], event["status"]) for event in of_type(events, "step.finished")]


async def test_the_call_is_made_again_with_the_consent(opened, plan, done):
    """What runs by default asks when the tool says so; the card has the tool's own words."""
    async with opened(
        "act", plan(("empty", {"folder": "full"})), "ok", tools=[empty], interactive=True
    ) as agent:
        events = await run(agent, "empty the folder full", "allow")
    (card,) = of_type(events, "approval.requested")
    assert (card["reason"], [step["id"] for step in card["steps"]]) == (FULL, ["s1"])
    assert card["steps"][0]["rule"] == ""
    assert (done, ends(events)) == ([("full", frozenset({FULL}))], [("s1", "done")])


async def test_without_the_need_nothing_is_asked(opened, plan, done):
    """Control: the same tool runs by default where it does not ask."""
    async with opened("act", plan(("empty", {"folder": "bare"})), "ok", tools=[empty]) as agent:
        events = await run(agent, "empty the folder bare", "deny")
    assert of_type(events, "approval.requested") == []
    assert (done, ends(events)) == ([("bare", frozenset())], [("s1", "done")])


@pytest.mark.parametrize("interactive", [True, False])
async def test_without_consent_nothing_is_done(opened, plan, done, interactive):
    """Declined, or with nobody there, the step is denied; a grant for the tool does not change that."""
    async with opened(
        "act", plan(("empty", {"folder": "full"})), "ok", tools=[empty], interactive=interactive
    ) as agent:
        if interactive:
            events = await run(agent, "empty the folder full", "deny")
        else:
            stream = agent.stream("empty the folder full", allow=["empty"])
            events = [event.to_wire() async for event in stream]
    assert (done, ends(events)) == ([], [("s1", "denied")])
    assert (events[-1]["status"], events[-1]["exit_code"]) == ("approval_needed", 5)


async def test_a_card_before_is_no_consent_to_what_the_tool_finds(opened, plan, done):
    """What the policy asks and what the tool asks are two cards; the second shows the first call's
    arguments.
    """
    async with opened("act", plan(("post", {"to": "Ann"})), "ok", tools=[post], interactive=True) as agent:
        events = await run(agent, "post it to Ann", "allow")
    first, second = of_type(events, "approval.requested")
    assert "asked for every time" in first["reason"]
    assert (second["reason"], second["steps"][0]["args"]) == ("It costs 2 euros.", {"to": "Ann"})
    assert (done, ends(events)) == ([("Ann", frozenset({"It costs 2 euros."}))], [("s1", "done")])


async def test_items_of_a_list_ask_one_by_one(opened, plan, done):
    """Each item that needs consent is asked for; the others are done without."""
    written = plan(("empty", {"folder": {"$ref": "item"}}))
    written["steps"][0]["foreach"] = ["bare", "full"]
    async with opened("act", written, "ok", tools=[empty], interactive=True) as agent:
        events = await run(agent, "empty the folders bare and full", "allow")
    (card,) = of_type(events, "approval.requested")
    assert [step["id"] for step in card["steps"]] == ["s1[1]"]
    assert done == [("bare", frozenset()), ("full", frozenset({FULL}))]
    assert ends(events) == [("s1[0]", "done"), ("s1[1]", "done"), ("s1", "done")]
