"""Steps that run once for each of a list: results, failures, approvals, and what strangers' lists may do."""

from dataclasses import dataclass
from typing import Any

import pytest

from homewit.agent import Settings
from homewit.tools import tool

from ..wire_events import of_type


@dataclass(frozen=True)
class Person:
    name: str
    mail: str


@tool
def friends(count: int = 3) -> list[Person]:
    """List friends."""
    return [Person(name, f"{name}@x.org") for name in ("ann", "bob", "cat")[:count]]


@tool(untrusted_output=True)
def visitors() -> list[Person]:
    """List those who wrote into the guest book."""
    return [Person("eve", "eve@evil.org"), Person("mal", "mal@evil.org")]


@tool
def greet(name: str) -> str:
    """Greet somebody."""
    return f"hello {name}"


@tool
def count(texts: list[str]) -> int:
    """Count texts."""
    return len(texts)


@pytest.fixture
def note(sent):
    @tool(effect="record")
    def note(text: str) -> str:
        """Note something."""
        if text == "bob":
            raise RuntimeError("no room for bob")
        sent.append(("note", text))
        return text

    return note


def each(tool: str, args: dict[str, Any], foreach: Any, **more: Any) -> dict[str, Any]:
    return {"tool": tool, "args": args, "foreach": foreach, **more}


def planned(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"steps": [{"id": f"s{number}", **step} for number, step in enumerate(steps, 1)], "question": None}


def call(tool: str, **args: Any) -> dict[str, Any]:
    return {"tool": tool, "args": args}


def ref(path: str) -> dict[str, str]:
    return {"$ref": path}


def ends(events: list[dict[str, Any]]) -> dict[str, tuple[str, Any]]:
    return {
        event["id"]: (event["status"], event["output"])
        for event in events
        if event["type"] == "step.finished"
    }


async def converse(agent, prompt: str, decision: str, **limits: Any) -> list[dict[str, Any]]:
    events = []
    async for event in agent.stream(prompt, **limits):
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            assert agent.active(event.run).approve(event.body.approval, decision)
    return events


async def test_each_item_runs_and_the_results_are_a_list(opened, happened):
    """In the order of the list, whatever ends first; later steps take the list or one of it."""
    written = planned(
        call("friends"),
        each("greet", {"name": ref("item.name")}, ref("s1")),
        call("count", texts=ref("s2")),
        call("greet", name=ref("s2.1")),
    )
    async with opened("plan", written, "ok", tools=[friends, greet, count]) as agent:
        events = await happened(agent, "greet all")
        ledger = agent.place.store.ledger(events[0]["run"])
    done = ends(events)
    assert done["s2"] == ("done", ["hello ann", "hello bob", "hello cat"])
    assert [done[f"s2[{number}]"] for number in range(3)] == [
        ("done", "hello ann"),
        ("done", "hello bob"),
        ("done", "hello cat"),
    ]
    assert (done["s3"], done["s4"]) == (("done", 3), ("done", "hello hello bob"))
    assert sorted(row.step for row in ledger) == ["s1", "s2[0]", "s2[1]", "s2[2]", "s3", "s4"]
    kinds = [(event["type"], event["id"]) for event in events if event.get("id", "").startswith("s2")]
    assert (kinds[0], kinds[-1]) == (("step.started", "s2"), ("step.finished", "s2"))
    assert of_type(events, "answer")[0]["citations"] == ["s1", "s2", "s3", "s4"]


async def test_an_empty_list_is_nothing_to_do(opened, happened):
    """The step is done, with an empty list."""
    written = planned(each("greet", {"name": ref("item")}, []), call("count", texts=ref("s1")))
    async with opened("plan", written, "ok", tools=[greet, count]) as agent:
        events = await happened(agent, "greet nobody")
    assert ends(events) == {"s1": ("done", []), "s2": ("done", 0)}
    assert events[-1]["status"] == "done"


async def test_one_item_that_fails_fails_the_step_and_no_other_item(opened, happened, note, sent):
    """What could be done is done and told; what needs the whole list does not run."""
    written = planned(
        call("friends"),
        each("note", {"text": ref("item.name")}, ref("s1")),
        call("count", texts=ref("s2")),
    )
    async with opened("plan", written, tools=[friends, note, count]) as agent:
        events = await happened(agent, "note all")
    done = ends(events)
    assert sent == [("note", "ann"), ("note", "cat")]
    assert done["s2[1]"] == ("failed", {"error": "note failed: no room for bob"})
    assert done["s2"] == ("failed", {"error": "1 of 3 failed; the first: note failed: no room for bob"})
    assert done["s3"][0] == "skipped"
    assert events[-1]["status"] == "failed"


async def test_a_list_that_is_too_long_runs_not_even_in_part(opened, happened):
    """Nothing is cut off silently: the setting that would allow it is named."""
    written = planned(call("friends"), each("greet", {"name": ref("item.name")}, ref("s1")))
    for most, status in ((2, "failed"), (3, "done")):
        async with opened(
            "plan", written, "ok", tools=[friends, greet], settings=Settings(max_items=most)
        ) as agent:
            events = await happened(agent, "greet all")
        told = str(ends(events)["s2"])
        assert ends(events)["s2"][0] == status
        assert ("Raise max_items" in told, "s2[0]" in ends(events)) == (most == 2, most == 3)


async def test_the_card_shows_every_call_of_a_step(opened, sent, mail):
    """Each recipient with its origin, on one card with all other steps; one yes covers them all."""
    written = planned(
        call("friends"),
        each("mail", {"to": ref("item.mail"), "body": ref("item.name")}, ref("s1")),
        call("mail", to="boss@x.org"),
    )
    async with opened("plan", written, "sent", tools=[friends, mail], interactive=True) as agent:
        events = await converse(agent, "mail my friends and boss@x.org", "allow")
    (card,) = of_type(events, "approval.requested")
    assert [(step["id"], step["args"]["to"]) for step in card["steps"]] == [
        ("s2[0]", "ann@x.org"),
        ("s2[1]", "bob@x.org"),
        ("s2[2]", "cat@x.org"),
        ("s3", "boss@x.org"),
    ]
    assert [(sink["step"], sink["value"], sink["origin"]) for sink in card["sinks"]] == [
        ("s2[0]", "ann@x.org", "friends (s1)"),
        ("s2[1]", "bob@x.org", "friends (s1)"),
        ("s2[2]", "cat@x.org", "friends (s1)"),
        ("s3", "boss@x.org", "you"),
    ]
    assert sorted(sent) == sorted(
        [("ann@x.org", "ann"), ("bob@x.org", "bob"), ("cat@x.org", "cat"), ("boss@x.org", "hi")]
    )


async def test_a_no_denies_every_call(opened, sent, mail):
    """Nothing is sent, and the run says that it was not allowed."""
    written = planned(call("friends", count=2), each("mail", {"to": ref("item.mail")}, ref("s1")))
    async with opened("plan", written, tools=[friends, mail], interactive=True) as agent:
        events = await converse(agent, "mail my friends", "deny")
    assert (sent, events[-1]["status"]) == ([], "approval_needed")
    assert ends(events)["s2"] == ("denied", {"error": "2 of 2 not allowed; the first: you declined it"})


async def test_headless_one_rule_may_cover_all_calls_or_none_is_made(opened, happened, sent, mail):
    """A rule for one of the recipients sends to nobody: nothing is half done."""
    written = planned(call("friends", count=2), each("mail", {"to": ref("item.mail")}, ref("s1")))
    for rule, count in (("mail:to=ann@x.org", 0), ("mail:to=*@x.org", 2)):
        sent.clear()
        async with opened("plan", written, "ok", tools=[friends, mail]) as agent:
            events = await happened(agent, "mail my friends", allow=[rule])
        assert len(sent) == count
        assert (events[-1]["exit_code"] == 0) == bool(count)


@pytest.mark.parametrize("rule", ["mail", "effect:send"])
async def test_a_list_by_strangers_chooses_no_recipient(opened, happened, sent, mail, rule):
    """A rule for the tool was not made for its items. Control: for a list of the user's own it holds."""
    for source, count in (("visitors", 0), ("friends", 3)):
        written = planned(call(source), each("mail", {"to": ref("item.mail")}, ref("s1")))
        async with opened("plan", written, "ok", tools=[visitors, friends, mail]) as agent:
            events = await happened(agent, "mail them", allow=[rule])
        assert len(sent) == count
    assert not of_type(events, "approval.requested")


@pytest.mark.parametrize("rule", ["mail", "mail:to=boss@x.org"])
async def test_a_list_by_strangers_does_not_say_how_often(opened, happened, sent, mail, rule):
    """Even the user's own recipient is not mailed as often as strangers like. Control: one's own list."""
    for source, count in (("visitors", 0), ("friends", 3)):
        written = planned(call(source), each("mail", {"to": "boss@x.org"}, ref("s1")))
        async with opened("plan", written, "ok", tools=[visitors, friends, mail]) as agent:
            events = await happened(agent, "mail boss@x.org for each", allow=[rule])
        assert len(sent) == count
        if not count:
            assert "how often mail runs" in of_type(events, "answer")[0]["text"]


async def test_a_list_by_strangers_may_be_content(opened, happened, sent, note):
    """Each item is noted, as text by strangers that it stays, also as a whole."""
    written = planned(call("visitors"), each("note", {"text": ref("item.name")}, ref("s1")))
    async with opened("plan", written, "ok", tools=[visitors, note]) as agent:
        events = await happened(agent, "note them")
    assert sent == [("note", "eve"), ("note", "mal")]
    whole = next(event for event in of_type(events, "step.finished") if event["id"] == "s2")
    assert "visitors (s1), untrusted" in whole["origins"]


async def test_how_often_something_happens_is_no_word_of_strangers_in_its_result(
    opened, happened, sent, note
):
    """Even where no item is used, the result of the step depends on the list."""
    written = planned(call("visitors"), each("note", {"text": "x"}, ref("s1")))
    async with opened("plan", written, "ok", tools=[visitors, note]) as agent:
        events = await happened(agent, "note x for each")
    whole = next(event for event in of_type(events, "step.finished") if event["id"] == "s2")
    assert "visitors (s1), untrusted" in whole["origins"]


async def test_a_condition_may_choose_among_the_items(opened, happened):
    """Those that do not meet it are left out; the rest is the result, and the run is done."""
    written = planned(
        call("friends"),
        each("greet", {"name": ref("item.name")}, ref("s1"), when={"not_equals": [ref("item.name"), "bob"]}),
    )
    async with opened("plan", written, "ok", tools=[friends, greet]) as agent:
        events = await happened(agent, "greet all but bob")
    done = ends(events)
    assert done["s2[1]"] == ("omitted", None)
    assert done["s2"] == ("done", ["hello ann", "hello cat"])
    assert events[-1]["status"] == "done"


async def test_questions_may_stand_inside_of_an_argument(opened, sent):
    """Each is asked, and its reply takes its place."""

    @tool(effect="record")
    def invite(people: list[str]) -> str:
        """Invite people."""
        sent.append(("invite", ",".join(people)))
        return "ok"

    written = planned(call("invite", people=["ann", {"$ask": "Who else?"}, {"$ask": "Who else?"}]))
    replies = iter(["bob", "cat"])
    async with opened("act", written, "ok", tools=[invite], interactive=True) as agent:
        async for event in agent.stream("invite ann and some more"):
            if event.body.type == "question":
                agent.active(event.run).reply(event.body.question, next(replies))
    assert sent == [("invite", "ann,bob,cat")]
