"""Approvals: one card with exact values, bound to what it showed; without anybody there, nothing is
changed.
"""

from dataclasses import replace
from typing import Any

import pytest

from homewit.agent.execution.gate import Gate, Prepared, foreseen_origins
from homewit.agent.execution.resolve import Sources
from homewit.agent.log.ledger import Output
from homewit.agent.permission.approval import Approvals, build_card
from homewit.agent.plan import Ref, Step
from homewit.agent.planning.conditions import Compare, Empty
from homewit.agent.policy import Policy
from homewit.agent.values import USER, ToolOrigin
from homewit.tools import Registry, tool


@tool
def greet(name: str) -> str:
    """Greet somebody."""
    return f"hello {name}"


@tool(effect="read", untrusted_output=True)
def inbox() -> str:
    """Read mail that strangers wrote."""
    return "evil@example.org"


@tool(effect="record")
def count(what: str) -> str:
    """Count something in the database."""
    return what


async def converse(agent, prompt: str, decide: Any, **limits: Any) -> list[dict[str, Any]]:
    """Run ``prompt`` and answer each card with what ``decide`` says to it."""
    events = []
    async for event in agent.stream(prompt, **limits):
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            assert agent.active(event.run).approve(event.body.approval, decide(event.body))
    return events


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def test_the_card_shows_exact_values_and_runs_after_a_yes(opened, plan, mail, sent):
    """Earlier reads run first; the card has the sink with its origin, and the rule that would allow it."""
    written = plan(("greet", {"name": "Ann"}), ("mail", {"to": "ann@x.org", "body": {"$ref": "s1.text"}}))
    async with opened("plan", written, "sent", tools=[greet, mail], interactive=True) as agent:
        events = await converse(agent, "greet Ann by mail to ann@x.org", lambda card: "allow")
    card = next(event for event in events if event["type"] == "approval.requested")
    assert (card["steps"], card["sinks"]) == (
        [
            {
                "id": "s2",
                "tool": "mail",
                "effect": "send",
                "args": {"to": "ann@x.org", "body": "hello Ann"},
                "rule": "mail:to=ann@x.org",
                "preview": "",
                "lasts": True,
            }
        ],
        [{"step": "s2", "argument": "to", "value": "ann@x.org", "origin": "you"}],
    )
    assert sent == [("ann@x.org", "hello Ann")]
    assert events[-1]["status"] == "done"


async def test_one_card_for_all_steps_of_a_plan(opened, plan, mail, sent):
    """Two mails, one question; a read that the second needs is taken forward so that its value is on the
    card.
    """
    written = plan(
        ("mail", {"to": "a@x.org", "body": "one"}),
        ("greet", {"name": "Bob"}),
        ("mail", {"to": "b@x.org", "body": {"$ref": "s2.text"}}),
    )
    async with opened("plan", written, "sent", tools=[greet, mail], interactive=True) as agent:
        events = await converse(agent, "mail both", lambda card: "allow")
    cards = [event for event in events if event["type"] == "approval.requested"]
    assert [[step["args"]["body"] for step in card["steps"]] for card in cards] == [["one", "hello Bob"]]
    assert sent == [("a@x.org", "one"), ("b@x.org", "hello Bob")]


async def test_a_read_is_not_taken_forward_over_a_change_that_comes_before_it(opened, plan, mail, sent):
    """A read after a record belongs after it: the card comes when its value is right, not earlier."""
    written = plan(
        ("count", {"what": "milk"}),
        ("greet", {"name": "Bob"}),
        ("mail", {"to": "b@x.org", "body": {"$ref": "s2.text"}}),
    )
    async with opened("plan", written, "sent", tools=[count, greet, mail], interactive=True) as agent:
        events = await converse(agent, "count and mail b@x.org", lambda card: "allow")
    order = [event["id"] for event in events if event["type"] == "step.finished"]
    assert (order, sent) == (["s1", "s2", "s3"], [("b@x.org", "hello Bob")])


async def test_a_no_stops_the_step_and_its_dependents(opened, plan, mail, sent):
    """What was declined is denied, what needs it is skipped, the rest still runs."""
    written = plan(
        ("mail", {"to": "a@x.org", "body": "one"}),
        ("greet", {"name": {"$ref": "s1.text"}}),
        ("greet", {"name": "Z"}),
    )
    async with opened("plan", written, tools=[greet, mail], interactive=True) as agent:
        events = await converse(agent, "mail a@x.org", lambda card: "deny")
    finished = {event["id"]: event["status"] for event in events if event["type"] == "step.finished"}
    assert (finished, sent) == ({"s1": "denied", "s2": "skipped", "s3": "done"}, [])
    resolved = next(event for event in events if event["type"] == "approval.resolved")
    assert (resolved["decision"], resolved["by"]) == ("deny", "user")
    assert (events[-1]["status"], events[-1]["exit_code"]) == ("approval_needed", 5)


async def test_headless_nothing_is_approved_and_nothing_else_is_changed(opened, plan, mail, sent, happened):
    """The run stops before its first change, and the answer names the rule that would permit it."""
    written = plan(
        ("count", {"what": "milk"}), ("mail", {"to": "a@x.org", "body": "one"}), ("greet", {"name": "Z"})
    )
    async with opened("plan", written, tools=[greet, mail, count]) as agent:
        events = await happened(agent, "count milk, mail a@x.org")
    finished = {event["id"]: event["status"] for event in events if event["type"] == "step.finished"}
    assert (finished, sent) == ({"s1": "skipped", "s2": "denied", "s3": "done"}, [])
    resolved = next(event for event in events if event["type"] == "approval.resolved")
    assert (resolved["decision"], resolved["by"]) == ("deny", "headless")
    answer = next(event for event in events if event["type"] == "answer")
    assert "--allow 'mail:to=a@x.org'" in answer["text"]
    assert (events[-1]["status"], events[-1]["exit_code"]) == ("approval_needed", 5)


async def test_headless_runs_with_the_rule_that_was_named(opened, plan, mail, sent, happened):
    """Control: the very rule of the answer lets the same plan through, without a card."""
    written = plan(("mail", {"to": "a@x.org", "body": "one"}))
    async with opened("act", written, "sent", tools=[mail]) as agent:
        events = await happened(agent, "mail a@x.org", allow=["mail:to=a@x.org"])
    assert "approval.requested" not in types(events)
    assert (sent, events[-1]["status"]) == ([("a@x.org", "one")], "done")


async def test_a_rule_for_another_case_is_no_grant(opened, plan, mail, sent, happened):
    """Control: a rule for another recipient leaves it asking."""
    written = plan(("mail", {"to": "a@x.org", "body": "one"}))
    async with opened("act", written, tools=[mail]) as agent:
        events = await happened(agent, "mail a@x.org", allow=["mail:to=b@x.org", "write_file"])
    assert (sent, events[-1]["status"]) == ([], "approval_needed")


@pytest.mark.parametrize("rules", [["mail"], ["effect:send"], ["mail:body=*"]])
async def test_text_by_strangers_never_becomes_a_recipient(opened, plan, mail, sent, happened, rules):
    """Rules for the tool or its effect were not made for a recipient that a mail chose."""
    written = plan(("inbox", {}), ("mail", {"to": {"$ref": "s1.text"}, "body": "secret"}))
    async with opened("plan", written, tools=[inbox, mail]) as agent:
        events = await happened(agent, "forward my notes", allow=rules)
    card = next(event for event in events if event["type"] == "approval.requested")
    assert card["sinks"][0]["origin"] == "inbox (s1), untrusted"
    assert (sent, events[-1]["status"]) == ([], "approval_needed")


async def test_control_a_rule_for_that_recipient_lets_it_through(opened, plan, mail, sent, happened):
    """Control: with a rule for the exact value, the same plan runs."""
    written = plan(("inbox", {}), ("mail", {"to": {"$ref": "s1.text"}, "body": "hi"}))
    async with opened("plan", written, "sent", tools=[inbox, mail]) as agent:
        events = await happened(agent, "answer it", allow=["mail:to=evil@example.org"])
    assert (sent, events[-1]["status"]) == ([("evil@example.org", "hi")], "done")


async def test_a_recipient_that_is_not_known_yet_gets_a_card_of_its_own(opened, plan, mail, sent):
    """A sink is never approved unseen: the card waits until its value is there."""
    written = plan(
        ("mail", {"to": "a@x.org", "body": "one"}), ("mail", {"to": {"$ref": "s1.text"}, "body": "two"})
    )
    async with opened("plan", written, "sent", tools=[mail], interactive=True) as agent:
        events = await converse(agent, "mail a@x.org", lambda card: "allow")
    cards = [event for event in events if event["type"] == "approval.requested"]
    assert [[step["args"]["to"] for step in card["steps"]] for card in cards] == [
        ["a@x.org"],
        ["sent to a@x.org"],
    ]
    assert len(sent) == 2


def prepare(step: Step, output: str) -> Prepared:
    """A step whose ``s1`` has given ``output``."""

    @tool(effect="write", sinks=("path",))
    def save(path: str, content: str) -> str:
        """Save."""
        return path

    origins = USER | {ToolOrigin("t", "s1", trusted=True)}
    gate = Gate(Registry([save]), Policy())
    prepared = gate.prepare(step, {"s1": Output(None, output, origins)}, Sources("save"))
    assert isinstance(prepared, Prepared)
    return prepared


def test_an_approval_is_bound_to_the_bytes_it_showed():
    """The same call fits; one changed byte, another path or another step does not."""
    step = Step("s2", "save", {"path": "a.txt", "content": Ref("s1", "text")})
    approvals = Approvals()
    approvals.grant([prepare(step, "hello")])
    assert approvals.fits(prepare(step, "hello"))
    assert not approvals.fits(prepare(step, "hello "))
    assert not approvals.fits(
        prepare(Step("s2", "save", {"path": "b.txt", "content": Ref("s1", "text")}), "hello")
    )
    assert not approvals.fits(prepare(Step("s3", "save", step.args), "hello"))


def test_an_approval_survives_a_restart_through_its_card():
    """Restored from the logged card, it fits the same call and no other."""
    step = Step("s2", "save", {"path": "a.txt", "content": Ref("s1", "text")})
    prepared = prepare(step, "hello")
    approvals = Approvals()
    approvals.restore(build_card("a1", [prepared]), Registry([prepared.tool]))
    assert approvals.fits(prepared)
    assert not approvals.fits(prepare(step, "bye"))


def test_a_condition_is_bound_like_an_argument():
    """Another condition is another call; a condition whose values came later is shown as it was approved."""
    step = Step(
        "s2", "save", {"path": "a.txt", "content": "x"}, when=Compare("equals", Ref("s1", "text"), "go")
    )
    other = replace(step, when=Compare("equals", Ref("s1", "text"), "stop"))
    gate, sources = Gate(Registry([prepare(step, "go").tool]), Policy()), Sources("save")
    waiting = gate.prepare(step, {}, sources)
    assert isinstance(waiting, Prepared)
    approvals = Approvals()
    card = build_card("a1", [waiting])
    approvals.restore(card, gate.registry)
    assert (card.steps[0].when, card.steps[0].open) == (
        {"equals": [{"$ref": "s1.text"}, "go"]},
        ("s1.text",),
    )
    assert approvals.fits(waiting)
    assert approvals.fits(prepare(step, "go"))
    assert approvals.fits(prepare(step, "anything"))
    assert not approvals.fits(prepare(other, "go"))
    known = Approvals()
    known.grant([prepare(step, "go")])
    assert not known.fits(prepare(step, "anything"))


def test_a_condition_over_text_by_strangers_is_asked_about_before_it_is_known():
    """The plan tells where the text will come from; the card says who would decide."""
    step = Step("s2", "save", {"path": "a.txt", "content": "x"}, when=Empty(Ref("s1", "text")))
    registry = Registry([prepare(step, "go").tool, inbox])
    foreseen = foreseen_origins([Step("s1", "inbox", {}), step], registry)
    gate = Gate(registry, Policy().with_grants(["save"]))
    asking = gate.prepare(step, {}, Sources("save"), foreseen)
    assert isinstance(asking, Prepared)
    card = build_card("a1", [asking])
    assert (asking.asks, card.steps[0].rule) == (True, "")
    assert card.sinks[-1].model_dump() == {
        "step": "s2",
        "argument": "only if",
        "value": {"empty": {"$ref": "s1.text"}},
        "origin": "inbox (s1), untrusted",
    }
    control = gate.prepare(replace(step, when=None), {}, Sources("save"), foreseen)
    assert isinstance(control, Prepared)
    assert not control.asks


async def test_arguments_that_change_after_the_approval_are_denied(opened, plan, mail, sent, monkeypatch):
    """Between the card and the call nothing may move; if something does, the call does not happen."""
    from homewit.agent.execution import executor

    written = plan(("mail", {"to": "a@x.org", "body": "one"}))
    async with opened("act", written, tools=[mail], interactive=True) as agent:
        genuine = executor.Executor._prepare
        swapped = {"done": False}

        def tampering(self, step):
            if swapped["done"]:
                step = Step(step.id, step.tool, {**step.args, "to": "evil@x.org"})
            return genuine(self, step)

        monkeypatch.setattr(executor.Executor, "_prepare", tampering)

        def decide(card):
            swapped["done"] = True
            return "allow"

        events = await converse(agent, "mail a@x.org", decide)
    denied = next(event for event in events if event["type"] == "step.finished")
    assert (denied["status"], denied["text"]) == ("denied", "its arguments are not those that were approved")
    assert sent == []
