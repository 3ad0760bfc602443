"""What becomes of calls that were cut off: by key, by the user, and what follows from that."""

from typing import Any

import pytest

from homewit.agent import events as ev
from homewit.agent.log.commits import Commits
from homewit.agent.log.journal import Given, Journal
from homewit.agent.log.ledger import Ledger
from homewit.agent.log.recovery import recover
from homewit.agent.plan import Plan, Ref, Step
from homewit.agent.testing import FakeClock
from homewit.memory import LoggedEvent, Said
from homewit.tools import ToolContext, tool

CALLED: list[str] = []


@pytest.fixture(autouse=True)
def called() -> list[str]:
    CALLED.clear()
    return CALLED


@tool(effect="record")
def keep(text: str) -> str:
    """Keep a text."""
    CALLED.append(text)
    return text


@tool(effect="record", idempotent=True)
def order(text: str, *, ctx: ToolContext) -> str:
    """Order something, under a key."""
    CALLED.append(ctx.call_key)
    return text


async def interrupted(agent, steps: tuple[Step, ...], *begun: tuple[str, dict[str, Any]]) -> str:
    """A run whose plan is logged and whose calls ``begun`` have only an intent."""
    store = agent.place.store
    journal = await Journal.begin(store, FakeClock(), Given("go"), None, None)
    journal.write(ev.RouteChosen(route="plan"))
    wire = Plan("plan", steps).to_wire()["steps"]
    journal.write(ev.Planned(steps=tuple(map(ev.PlannedStep.model_validate, wire))))
    tools = {step.id: step.tool for step in steps}
    for id, args in begun:
        await Ledger(journal.commits).intend(id, tools[id.partition("[")[0]], args)
    return journal.run


async def resumed(agent, run: str, *replies: str) -> list[dict[str, Any]]:
    answers = iter(replies)
    events = []
    async for event in (await agent.runner.resume(run)).events():
        events.append(event.to_wire())
        if event.body.type == "question":
            assert agent.active(run).reply(event.body.question, next(answers))
    return events


def ends(events: list[dict[str, Any]]) -> dict[str, str]:
    return {event["id"]: event["status"] for event in events if event["type"] == "step.finished"}


TWO = (Step("s1", "keep", {"text": "a"}), Step("s2", "keep", {"text": Ref("s1", "text")}))


@pytest.mark.parametrize(
    ("reply", "kept", "status"),
    [
        ("Yes, it did.", ["It was done, as you said."], {"s1": "done", "s2": "done"}),
        ("no", ["a", "a"], {"s1": "done", "s2": "done"}),
        ("how should I know?", [], {"s1": "unknown", "s2": "skipped"}),
    ],
)
async def test_the_user_may_know_what_nobody_else_can_tell(opened, called, reply, kept, status):
    """Yes settles it, no lets it be done now, anything else leaves it unknown; the rest follows."""
    async with opened("Kept.", tools=[keep], interactive=True) as agent:
        run = await interrupted(agent, TWO, ("s1", {"text": "a"}))
        events = await resumed(agent, run, reply)
    (question,) = [event for event in events if event["type"] == "question"]
    assert (question["step"], question["text"]) == (
        "s1",
        "I was interrupted while keep ran (text: a). Did it take effect? (yes, no, or do not know)",
    )
    assert (called, ends(events)) == (kept, status)


async def test_a_run_that_ended_unknown_may_be_asked_about_later(opened, called):
    """What was skipped because of it runs once it is known."""
    async with opened(tools=[keep]) as agent:
        run = await interrupted(agent, TWO, ("s1", {"text": "a"}))
        events = await resumed(agent, run)
    assert (ends(events), events[-1]["exit_code"]) == ({"s1": "unknown", "s2": "skipped"}, 6)
    async with opened("Kept.", tools=[keep], interactive=True) as agent:
        events = await resumed(agent, run, "yes")
        answers = [turn.text for turn in agent.place.store.turns(agent.place.store.get_run(run).session)]
    assert (ends(events), events[-1]["exit_code"]) == ({"s1": "done", "s2": "done"}, 0)
    assert called == ["It was done, as you said."]
    assert answers[-1] == "Kept."


async def test_what_a_key_protects_is_done_again_under_the_same_key(opened, called):
    """The outside sees the same call twice. Control: with other arguments it would be another call."""
    step = Step("s1", "order", {"text": "tea"})
    async with opened("Ordered.", tools=[order]) as agent:
        run = await interrupted(agent, (step,), ("s1", {"text": "tea"}))
        key = Ledger(Commits(agent.place.store, run)).key("s1", {"text": "tea"})
        events = await resumed(agent, run)
    assert (called, ends(events)) == ([key], {"s1": "done"})
    async with opened(tools=[order]) as agent:
        run = await interrupted(agent, (step,), ("s1", {"text": "coffee"}))
        assert ends(await resumed(agent, run)) == {"s1": "unknown"}
    assert called == [key]


async def test_each_item_of_a_list_is_settled_by_itself(opened, called):
    """One of three is uncertain, one is yet to come: the first is left alone, the other is done."""
    step = Step("s1", "keep", {"text": Ref("item", "")}, foreach=["a", "b", "c"])
    async with opened(tools=[keep]) as agent:
        run = await interrupted(agent, (step,), ("s1[0]", {"text": "a"}), ("s1[1]", {"text": "b"}))
        await Ledger(commits := Commits(agent.place.store, run)).failed("s1[0]", "no room")
        assert commits.run == run
        events = await resumed(agent, run)
        states = {row.step: row.state for row in agent.place.store.ledger(run)}
    assert called == ["c"]
    assert ends(events) == {"s1[0]": "failed", "s1[1]": "unknown", "s1[2]": "done", "s1": "unknown"}
    assert states == {"s1[0]": "failed", "s1[1]": "unknown", "s1[2]": "done"}


def log(*bodies: ev.EventBody) -> list[LoggedEvent]:
    return [
        LoggedEvent(seq, "", body.type, body.model_dump(mode="json", exclude={"type"}))
        for seq, body in enumerate(bodies, 1)
    ]


def planned(*steps: Step) -> tuple[ev.PlannedStep, ...]:
    return tuple(ev.PlannedStep.model_validate(step.to_wire()) for step in steps)


def card(id: str, *steps: str) -> ev.ApprovalRequested:
    shown = tuple(ev.ApprovalStep(id=one, tool="keep", effect="send", args={}, rule="") for one in steps)
    return ev.ApprovalRequested(approval=id, steps=shown, sinks=(), reason="")


def end(id: str, status: ev.StepStatus) -> ev.StepFinished:
    return ev.StepFinished(id=id, tool="keep", args={}, status=status)


def test_a_correction_outdates_what_was_said_of_the_step():
    """Its end and its approval are gone, those of other steps stay."""
    first, second = TWO[0], Step("s2", "keep", {"text": "b"}, foreach=[1])
    found = recover(
        log(
            ev.Planned(steps=planned(first, second)),
            card("a1", "s1", "s2[0]"),
            ev.ApprovalResolved(approval="a1", decision="allow", by="user"),
            end("s1", "done"),
            end("s2[0]", "failed"),
            ev.PlanChanged(steps=planned(first, Step("s2", "keep", {"text": "c"}, foreach=[1])), reason="x"),
        )
    )
    assert list(found.finished) == ["s1"]
    assert [[step.id for step in one.steps] for one in found.approved()] == [["s1"]]


@pytest.mark.parametrize(
    ("bodies", "answered"),
    [
        ([], False),
        ([ev.Answered(text="x")], True),
        ([ev.Answered(text="x"), ev.RunFinished(status="unknown", exit_code=6)], False),
    ],
)
def test_a_log_that_lacks_only_its_end_is_known_as_such(bodies, answered):
    """An answer is given once for each attempt."""
    assert recover(log(ev.Planned(steps=()), *bodies)).answered is answered


async def test_a_run_that_was_denied_without_anybody_there_changes_nothing_later(opened, called):
    """Resumed behind the refusal, it still does not do the half of it."""

    @tool(effect="send", sinks=("to",))
    def mail(to: str) -> str:
        """Send a mail."""
        CALLED.append(to)
        return to

    steps = (Step("s1", "mail", {"to": "ann"}), Step("s2", "keep", {"text": "a"}))
    async with opened(tools=[keep, mail]) as agent:
        run = await interrupted(agent, steps)
        store, now = agent.place.store, FakeClock()()
        denied = {"approval": "a1", "decision": "deny", "by": "headless"}
        told = [
            Said("approval.requested", card("a1", "s1").model_dump(exclude={"type"}), now),
            Said("approval.resolved", denied, now),
            Said("step.finished", end("s1", "denied").model_dump(exclude={"type"}), now),
        ]
        store.write_down(run, told)
        events = await resumed(agent, run)
    assert (called, ends(events)) == ([], {"s2": "skipped"})
    assert events[-1]["exit_code"] == 5
