"""Done twice, offered once, accepted: the third time needs no planning, and asks for consent as ever."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.errors import NotFound
from homewit.agent.queries.lookups import Queries
from homewit.memory import Evidence
from homewit.tools import ToolContext, tool


@tool
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


@tool(effect="write", sinks=("path",))
def save(path: str, content: str, *, ctx: ToolContext) -> str:
    """Save a text."""
    (ctx.cwd / path).write_text(content, encoding="utf-8")
    return f"saved {path}"


TOOLS = [double, save]


def planned(number: int, path: str) -> tuple[Any, ...]:
    steps = [
        {"id": "s1", "tool": "double", "args": {"number": number}},
        {"id": "s2", "tool": "save", "args": {"path": path, "content": {"$ref": "s1.text"}}, "after": ["s1"]},
    ]
    return ("plan", {"steps": steps, "question": None}, "Saved.")


def said(number: int, path: str) -> str:
    return f"double {number} and save it to {path}"


async def query(agent: Agent, name: str, **args: Any) -> Any:
    answer = await Queries(agent.place, agent.runner, firing=agent.firing).answer(f"procedures.{name}", args)
    return answer.get("items", answer.get("item"))


async def done(agent: Agent, prompt: str, **options: Any) -> list[dict[str, Any]]:
    return [event.to_wire() async for event in agent.stream(prompt, **{"allow": ["save"], **options})]


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


@pytest.fixture
async def learned(opened: Callable[..., Any], folder: Path) -> str:
    """A procedure that was offered after the second run and accepted."""
    async with opened(*planned(5, "a.txt"), *planned(6, "b.txt"), tools=TOOLS) as agent:
        first = await done(agent, said(5, "a.txt"))
        assert await query(agent, "offer", run=first[0]["run"]) == []
        second = await done(agent, said(6, "b.txt"))
        [offer] = await query(agent, "offer", run=second[0]["run"])
        assert (offer["name"], offer["state"]) == ("double ‹number› and save it to ‹path›", "offered")
        assert await query(agent, "offer", run=second[0]["run"]) == []
        await query(agent, "accept", id=offer["id"])
        return offer["id"]


async def test_the_third_time_needs_no_planning(opened, learned: str, folder: Path):
    """One call of the model is left: the wording of the answer. Events and plan name the procedure."""
    async with opened("It is saved.", tools=TOOLS) as agent:
        plan = await agent.plan(said(7, "c.txt"))
        assert (plan.procedure, plan.steps[0].args) == (learned, {"number": 7})
        events = await done(agent, said(7, "c.txt"))
        assert of(events, "plan")[0]["procedure"] == learned
        [item] = of(events, "recall")[0]["items"]
        assert (item["id"], item["kind"]) == (learned, "procedure")
        assert (folder / "c.txt").read_text() == "14"
        assert len(agent.place.driver.loaded.engine.calls) == 1  # type: ignore[union-attr]
        assert [row["uses"] for row in await query(agent, "list")] == [1]


async def test_consent_is_asked_for_as_ever(opened, learned: str, folder: Path):
    """Without a rule and with nobody there, nothing is written."""
    async with opened(tools=TOOLS) as agent:
        events = await done(agent, said(7, "c.txt"), allow=[])
        assert events[-1]["status"] == "approval_needed"
        origins = [step["args"]["path"] for step in of(events, "approval.requested")[0]["steps"]]
        assert origins == ["c.txt"]
        assert [sink["origin"] for sink in of(events, "approval.requested")[0]["sinks"]] == ["you"]
    assert not (folder / "c.txt").exists()


async def test_what_is_only_offered_is_not_used(opened, folder: Path):
    """Control: without the user's yes each request is planned."""
    outputs = [*planned(5, "a.txt"), *planned(6, "b.txt"), *planned(7, "c.txt")]
    async with opened(*outputs, tools=TOOLS) as agent:
        for number, path in ((5, "a.txt"), (6, "b.txt")):
            events = await done(agent, said(number, path))
        await query(agent, "offer", run=events[0]["run"])
        assert "procedure" not in of(await done(agent, said(7, "c.txt")), "plan")[0]


async def test_a_request_that_says_more_is_planned(opened, learned: str):
    """What does not fit word by word goes to the model."""
    async with opened(*planned(7, "c.txt"), tools=TOOLS) as agent:
        events = await done(agent, said(7, "c.txt") + " but only on sundays")
        assert "procedure" not in of(events, "plan")[0]


async def test_piped_words_fill_no_slots(opened, learned: str):
    """The user may never have read what came through a pipe."""
    async with opened(*planned(7, "c.txt"), tools=TOOLS) as agent:
        events = await done(agent, "double 7", piped="and save it to c.txt")
        assert of(events, "recall") == []


async def test_a_changed_tool_ends_it_with_a_reason(opened, learned: str):
    """What was learned with another definition is planned anew, and told."""

    @tool(name="double")
    def other(number: int) -> int:
        """Double a number, or so."""
        return 2 * number + 1

    async with opened(*planned(7, "c.txt"), tools=[other, save]) as agent:
        events = await done(agent, said(7, "c.txt"))
        assert "the tool double has changed" in of(events, "warning")[0]["message"]
        assert "procedure" not in of(events, "plan")[0]
        assert [row["problem"] for row in await query(agent, "list")] == [
            "the tool double has changed since it was learned"
        ]


async def test_what_was_removed_is_gone_and_not_offered_again(opened, learned: str):
    """Neither used nor offered."""
    async with opened(*planned(7, "c.txt"), tools=TOOLS) as agent:
        await query(agent, "remove", id=learned)
        events = await done(agent, said(7, "c.txt"))
        assert "procedure" not in of(events, "plan")[0]
        assert await query(agent, "offer", run=events[0]["run"]) == []
        with pytest.raises(NotFound):
            await query(agent, "show", id=learned)


async def test_forgetting_takes_what_was_learned_with_it(opened, folder: Path):
    """A procedure with the words of a forgotten fact is dropped, to the last byte."""
    store_path = None
    outputs = [*planned(5, "a.txt"), *planned(6, "b.txt")]
    async with opened(*outputs, tools=TOOLS) as agent:
        for number, path in ((5, "a.txt"), (6, "b.txt")):
            events = await done(agent, f"double {number} for auntie Grizelda and save it to {path}")
        assert len(await query(agent, "offer", run=events[0]["run"])) == 1
        store = agent.place.store
        session = store.create_session("x")
        turn = store.append_turn(session.id, "user", "my aunt is auntie Grizelda")
        quote = "my aunt is auntie Grizelda"
        fact = store.add_fact("me", "aunt", "auntie Grizelda", Evidence.find(turn, quote), explicit=True)
        store.forget(fact.id)
        assert await query(agent, "list") == []
        store_path = agent.place.home.database
    assert b"rizelda" not in store_path.read_bytes()


async def test_an_offer_grows_with_what_is_done(opened):
    """A third run that differs in more makes the offer more general, and is not told again."""
    outputs = [*planned(5, "a.txt"), *planned(6, "a.txt"), *planned(7, "c.txt")]
    async with opened(*outputs, tools=TOOLS) as agent:
        for number, path in ((5, "a.txt"), (6, "a.txt"), (7, "c.txt")):
            events = await done(agent, said(number, path))
            await query(agent, "offer", run=events[0]["run"])
        assert [row["name"] for row in await query(agent, "list")] == [
            "double ‹number› and save it to ‹path›"
        ]
