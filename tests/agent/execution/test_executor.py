"""How plans are carried out: order, references, failures, and what is written down when."""

from dataclasses import dataclass
from typing import Any

import pytest

from homewit.agent.execution.progress import Progress
from homewit.agent.plan import Ref, Step
from homewit.tools import tool


@dataclass(frozen=True)
class Made:
    text: str
    number: float


@tool
def make(name: str) -> Made:
    """Make a thing."""
    return Made(f"a {name}", 2.5)


@tool
def upper(text: str) -> str:
    """Shout."""
    return text.upper()


@tool
def fail(text: str = "") -> str:
    """Fail always."""
    raise RuntimeError("the shop is closed")


def steps_of(events: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    return [
        (event["id"], event["status"], event["output"])
        for event in events
        if event["type"] == "step.finished"
    ]


async def test_references_carry_results_forward(opened, plan, happened):
    """A later step gets the earlier result's field; a number becomes text where text is wanted."""
    written = plan(
        ("make", {"name": "cake"}),
        ("upper", {"text": {"$ref": "s1.text"}}),
        ("upper", {"text": {"$ref": "s1.number"}}),
    )
    async with opened("plan", written, "ok", tools=[make, upper]) as agent:
        events = await happened(agent, "make a cake and shout")
    assert sorted(steps_of(events)) == [
        ("s1", "done", {"text": "a cake", "number": 2.5}),
        ("s2", "done", "A CAKE"),
        ("s3", "done", "2.5"),
    ]
    assert events[-1]["status"] == "done"


async def test_a_failure_stops_what_depends_on_it_and_nothing_else(opened, plan, happened):
    """The failed step's dependents are skipped, also indirect ones; independent steps still run."""
    written = plan(
        ("fail", {}),
        ("upper", {"text": {"$ref": "s1.text"}}),
        ("upper", {"text": {"$ref": "s2.text"}}),
        ("upper", {"text": "free"}),
        ("upper", {"text": "late"}, ["s1"]),
    )
    async with opened("plan", written, tools=[fail, upper]) as agent:
        events = await happened(agent, "try")
    skipped = {"error": "an earlier step it needs did not finish"}
    finished = {step[0]: step[1:] for step in steps_of(events)}
    assert finished == {
        "s1": ("failed", {"error": "fail failed: the shop is closed"}),
        "s2": ("skipped", skipped),
        "s3": ("skipped", skipped),
        "s4": ("done", "FREE"),
        "s5": ("skipped", skipped),
    }
    answer = next(event for event in events if event["type"] == "answer")
    assert answer["text"].splitlines() == [
        "FREE",
        "I did not do fail: fail failed: the shop is closed.",
        "Not tried because of that: upper, upper, upper.",
    ]
    assert (answer["citations"], events[-1]["status"], events[-1]["exit_code"]) == (["s4"], "failed", 1)


async def test_the_log_says_where_a_tool_failed(opened, plan, happened, caplog):
    """The event has one sentence; the author of the tool finds the line of the code in the log."""
    caplog.set_level("INFO", "homewit.agent")
    async with opened("act", plan(("fail", {})), tools=[fail]) as agent:
        events = await happened(agent, "fail")
    assert steps_of(events) == [("s1", "failed", {"error": "fail failed: the shop is closed"})]
    assert 'raise RuntimeError("the shop is closed")' in caplog.text


async def test_arguments_the_tool_refuses_fail_the_step_before_it_runs(opened, plan, happened):
    """What passes the schema's types can still be refused by the tool's validation: nothing is called."""

    @tool
    def pick(size: int) -> str:
        """Pick a size."""
        raise AssertionError("must not run")

    async with opened("act", plan(("pick", {"size": "7.5"})), tools=[pick]) as agent:
        events = await happened(agent, "pick")
        ledger = agent.place.store.ledger(events[0]["run"])
    assert [step[:2] for step in steps_of(events)] == [("s1", "failed")]
    assert ledger == []


async def test_an_intent_is_durable_before_the_effect_and_its_outcome_after(opened, plan, happened):
    """While a tool runs, the ledger says so; afterwards it holds the result with its origins."""
    seen: list[str] = []

    @tool(effect="record")
    def peek(name: str) -> str:
        """Look at the ledger from inside the effect."""
        run = agent.place.store.list_runs()[0]
        seen.extend(row.state for row in agent.place.store.ledger(run.id))
        return name

    async with opened("act", plan(("peek", {"name": "milk"})), "ok", tools=[peek]) as agent:
        events = await happened(agent, "peek milk")
        rows = agent.place.store.ledger(events[0]["run"])
    assert seen == ["intent"]
    assert [(row.step, row.tool, row.args, row.state, row.output) for row in rows] == [
        (
            "s1",
            "peek",
            {"name": "milk"},
            "done",
            {
                "data": "milk",
                "text": "milk",
                "origins": [
                    {"kind": "tool", "tool": "peek", "call": "s1", "trusted": True},
                    {"kind": "user"},
                ],
            },
        )
    ]


async def test_every_event_is_in_the_log_before_it_is_shown(opened, plan):
    """At the moment an event arrives, the stored log ends with it or goes beyond, and in the end they are
    equal.
    """
    async with opened("act", plan(("make", {"name": "x"})), "a b c", tools=[make]) as agent:
        shown = []
        async for event in agent.stream("make x"):
            stored = [row.seq for row in agent.place.store.events(event.run)]
            assert event.seq in stored
            shown.append(event)
        log = agent.place.store.events(shown[0].run)
    assert [event.seq for event in shown] == list(range(1, len(shown) + 1))
    assert [(row.seq, row.ts, row.type, row.body) for row in log] == [
        (
            event.seq,
            event.ts.isoformat(),
            event.body.type,
            event.body.model_dump(mode="json", exclude={"type"}),
        )
        for event in shown
    ]


async def test_progress_of_a_tool_is_shown(opened, plan, happened):
    """Lines that a tool reports while it works become events of its step."""
    from homewit.tools import ToolContext

    @tool
    def work(*, ctx: ToolContext) -> str:
        """Work and tell."""
        ctx.progress("half done")
        ctx.output("do")
        ctx.output("ne")
        return "done"

    async with opened("act", plan(("work", {})), "done", tools=[work]) as agent:
        events = await happened(agent, "work")
    between = [event for event in events if event["type"].startswith("step")]
    shown = [(event["text"], event["kind"]) for event in between[1:-1]]
    assert (between[0]["type"], between[-1]["type"]) == ("step.started", "step.finished")
    assert shown == [("half done", "progress"), ("do", "output"), ("ne", "output")]


def test_ready_steps_are_those_whose_dependencies_are_done():
    """The set grows as steps finish, in the order of the plan, and failures block what follows."""
    steps = [
        Step("a", "t", {}),
        Step("b", "t", {"x": Ref("a", "text")}),
        Step("c", "t", {}, ("b",)),
        Step("d", "t", {}),
    ]
    progress = Progress(steps)
    assert [step.id for step in progress.ready()] == ["a", "d"]
    progress.finish("a", "done")
    assert [step.id for step in progress.ready()] == ["b", "d"]
    progress.finish("b", "failed")
    assert ([step.id for step in progress.ready()], [step.id for step in progress.blocked()]) == (
        ["d"],
        ["c"],
    )


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (
            {"max_steps": 1},
            "The plan has 2 steps, and 1 are allowed. Nothing was run; raise --max-steps to allow it.",
        )
    ],
)
async def test_a_plan_beyond_the_budget_does_not_begin(opened, plan, happened, budget, message):
    """Steps are counted before the first one runs; the exit code says so."""
    async with opened("plan", plan(("make", {"name": "a"}), ("make", {"name": "b"})), tools=[make]) as agent:
        events = await happened(agent, "make two", **budget)
    assert steps_of(events) == []
    assert [event["message"] for event in events if event["type"] == "error"] == [message]
    assert (events[-1]["status"], events[-1]["exit_code"]) == ("budget", 4)
