"""The log is the state: what is read back from the database is, byte for byte, what was seen live."""

import asyncio
import json
from dataclasses import fields, replace
from typing import Any

import pytest

from homewit.agent.config import Settings
from homewit.agent.events import Event, parse_body
from homewit.agent.log.derived_arguments import derived_arguments
from homewit.agent.log.recovery import recover
from homewit.agent.log.replaying import compare
from homewit.agent.queries.lookups import Queries
from homewit.agent.runs.runner import Limits
from homewit.agent.workflows.starting import Start
from homewit.memory import LoggedEvent, Store
from homewit.tools import InputNeeded, ToolRetry, tool
from homewit.tui.run_view import replay


@tool
async def look(name: str) -> str:
    """Look something up; the shorter the name, the sooner."""
    for _ in range(len(name)):
        await asyncio.sleep(0)
    return f"{name}: \u2028 “ünï\ud83d\ude00”"


@tool
def names() -> list[str]:
    """Names, in no order."""
    return ["ccc", "a", "bb"]


@tool(effect="send", sinks=("to",))
def mail(to: str, size: int) -> dict[str, float]:
    """Send a mail of a size from 1 to 5."""
    if size > 5:
        raise ToolRetry("There is no such size.", "Sizes are 1 to 5.")
    return {"size": size / 3}


@tool
def pick(colour: str = "") -> str:
    """Pick a colour."""
    if not colour:
        raise InputNeeded("Which colour?", argument="colour")
    return colour


@tool(effect="record", timeout_s=0.05)
async def slow(text: str) -> str:
    """Write something down, slowly."""
    await asyncio.sleep(10)
    return text


TOOLS = [look, names, mail, pick, slow]
EACH = {
    "id": "s2",
    "tool": "look",
    "foreach": {"$ref": "s1"},
    "args": {"name": {"$ref": "item"}},
    "after": [],
}


def looks(count: int) -> list[tuple[str, dict[str, Any]]]:
    return [("look", {"name": "x" * (1 + number * 7 % 5)}) for number in range(count)]


def scripts(plan) -> dict[str, list[Any]]:
    """What the engine says in each kind of run."""
    loop = {"steps": [{"id": "s1", "tool": "names", "args": {}, "after": []}, EACH], "question": None}
    size = {"args": {"to": "ann@x.org", "size": 2}}
    return {
        "chat": ["chat", "Hello there, how are you?"],
        "parallel": ["plan", plan(*looks(12)), "Done."],
        "loop": ["plan", loop, "Done."],
        "repaired": ["act", plan(("mail", {"to": "ann@x.org", "size": 9})), size, "Sent."],
        "asked": ["act", plan(("mail", {"to": "ann@x.org", "size": {"$ask": "How large?"}})), "Sent."],
        "wanted": ["act", plan(("pick", {})), "Done."],
        "denied": ["plan", plan(("mail", {"to": "bob@x.org", "size": 1}), *looks(2))],
        "failed": ["act", plan(("mail", {"to": "ann@x.org", "size": 9})), size, plan()],
        "interrupted": ["plan", plan(("slow", {"text": "x"}), *looks(2))],
        "nothing": ["act", plan()],
    }


KINDS = list(scripts(lambda *_: None))


async def live(agent, run: str | None = None) -> tuple[str, list[Event]]:
    """The events of a run as a client sees them, with its cards and questions answered."""
    started = await (agent.runner.resume(run) if run else agent.runner.start("mail ann@x.org and look"))
    events = []
    async for event in started.events():
        events.append(event)
        match event.body.type:
            case "approval.requested":
                allow = "ann" in str(event.body.steps)
                started.approve(event.body.approval, "allow" if allow else "deny", "plan")
            case "question":
                started.reply(event.body.question, "3")
    return started.id, events


def stored(store: Store, run: str) -> list[Event]:
    return [
        Event(seq=row.seq, run=run, ts=row.ts, body=parse_body({"type": row.type, **row.body}))
        for row in store.events(run)
    ]


async def compared(agent, run: str) -> list[dict[str, Any]]:
    """What ``homewit runs show RUN --replay`` says."""
    return (await Queries(agent.place, agent.runner).answer("runs.replay", {"id": run}))["items"]


def as_bytes(events: list[Event]) -> bytes:
    return "\n".join(json.dumps(event.to_wire(), ensure_ascii=False) for event in events).encode()


@pytest.mark.parametrize("kind", KINDS)
async def test_the_log_replays_to_the_same_bytes_and_the_same_state(opened, plan, kind):
    """Each event in its order, what the screen makes of them, and what a restart makes of them."""
    settings = Settings(max_repairs=1)
    async with opened(*scripts(plan)[kind], tools=TOOLS, interactive=True, settings=settings) as agent:
        run, events = await live(agent)
        if kind == "interrupted":
            assert events[-1].body.model_dump()["status"] == "unknown"
            events += (await live(agent, run))[1]
        store = agent.place.store
        read_back = stored(store, run)
        assert as_bytes(read_back) == as_bytes(events)
        assert replay(one.body for one in read_back) == replay(one.body for one in events)
        once, again = recover(store.events(run)), recover(store.events(run))
        assert once == again
        assert [one for one in await compared(agent, run) if not one["same"]] == []
    async with opened(tools=TOOLS) as later:
        assert as_bytes(stored(later.place.store, run)) == as_bytes(events)


FLOW = """
inputs: {name: {default: x}}
steps:
  - {id: names, tool: names}
  - {id: each, tool: look, foreach: "${steps.names}", args: {name: "${item}"}}
  - {id: bad, tool: mail, args: {to: ann@x.org, size: 9}, on_error: {fallback: {value: {size: 0.5}}}}
  - {id: part, tool: sub_task, args: {prompt: look for it, tools: [look]}}
  - {id: read, tool: extract, args: {text: "${steps.each.text}", fields: {all: {many: true}}}, after: part}
  - id: end
    tool: look
    args: {name: "${inputs.name} ${steps.part.text} ${steps.bad.size} ${steps.read.all}"}
"""


async def test_a_workflow_with_all_there_is_replays_to_the_same(opened, plan):
    """Inputs, a list, a value in place of a failure, a sub-task, an extraction: what every call was given
    follows from the log.
    """
    outputs = ["act", plan(("look", {"name": "it"})), "found", {"all": ["ccc"]}]
    async with opened(*outputs, tools=TOOLS) as agent:
        start = Start(FLOW, "flow", own=True)
        started = await agent.runner.start_workflow(start, limits=Limits(allow=("mail",)))
        events = [event async for event in started.events()]
        found = await compared(agent, started.id)
        log, ledger = agent.place.store.events(started.id), agent.place.store.ledger(started.id)
        parameters = {spec.name: spec.parameters for spec in agent.place.registry.specs()}
    assert events[-1].body.status == "done"
    assert [one for one in found if not one["same"]] == []
    derived = derived_arguments(log, ledger, parameters)
    assert set(derived) == {
        "names", "each[0]", "each[1]", "each[2]", "part", "part/s1", "read", "end",
    }  # fmt: skip
    assert derived["end"] == {"name": "x found 0.5 ccc"}


async def test_a_recorded_run_that_is_made_again_is_the_same(opened, plan):
    """The same words of the model and the same results give the same events, but for names and durations."""
    told = []
    for _ in range(2):
        async with opened(*scripts(plan)["parallel"], tools=TOOLS) as agent:
            _, events = await live(agent)
        told.append(
            [_nameless(event) for event in events if event.body.type not in ("usage", "step.finished")]
        )
        ends = [event for event in events if event.body.type == "step.finished"]
        told[-1] += sorted(map(_nameless, ends))
    assert sorted(told[0]) == sorted(told[1])


def _nameless(event: Event) -> str:
    wire = {**event.to_wire(), "run": "", "session": "", "seq": 0, "seconds": 0}
    return json.dumps(wire, sort_keys=True)


async def test_control_an_event_that_is_lost_is_noticed(opened, plan):
    """Control: without one line of the log, neither bytes nor state are the same."""
    async with opened(*scripts(plan)["parallel"], tools=TOOLS) as agent:
        run, events = await live(agent)
        read_back = stored(agent.place.store, run)
    lost = [one for one in read_back if one.body.type != "answer"]
    assert as_bytes(lost) != as_bytes(events)
    assert replay(one.body for one in lost) != replay(one.body for one in events)


def altered(row: Any, old: str, new: str) -> Any:
    """A stored row with other words in it, wherever they stand."""

    def change(value: Any) -> Any:
        return json.loads(json.dumps(value).replace(old, new))

    if isinstance(row, LoggedEvent):
        return row._replace(body=change(row.body))
    found = {one.name: getattr(row, one.name) for one in fields(row)}
    words = {name: change(value) for name, value in found.items() if isinstance(value, str | dict)}
    return replace(row, **words)


@pytest.mark.parametrize(
    ("part", "old", "new", "difference"),
    [
        ("ledger", "0.66", "0.67", ("s1", "output.size: 0.66")),
        ("ledger", "ann@", "eve@", ("s1", 'args.to: "ann@x.org" by the log, "eve@x.org" stored')),
        ("ledger", '"done"', '"unknown"', ("s1", 'state: "done" by the log, "unknown" stored')),
        ("ledger", '"user"', '"model"', ("s1", "origins has 3 by the log, and 2 stored")),
        ("run", '"done"', '"failed"', ("status", '0: "done" by the log, "failed" stored')),
        ("run", "mail", "fax", ("prompt", '0: "mail ann@x.org and look" by the log')),
        ("turns", "Sent", "Lost", ("answer", '0: "Sent." by the log, "Lost." stored')),
        ("plan.changed", "ann@", "eve@", ("s1", 'args by the plan.to: "eve@x.org" by the log')),
        ("step.finished", '"status": "done"', '"status": "failed"', ("s1", 'state: "failed" by the log')),
        ("step.finished", '"status": "done"', '"status": "failed"', ("status by the steps", '"failed" by')),
        ("answer", "Sent", "Lost", ("answer", '0: "Lost." by the log, "Sent." stored')),
        ("run.finished", '"done"', '"failed"', ("status", '0: "failed" by the log, "done" stored')),
        ("run.started", '"prompt"', '"words"', ("events", "0.unreadable is only in the log")),
    ],
)
async def test_control_whatever_is_changed_is_noticed(opened, plan, part, old, new, difference):
    """Control: other words in the log, in the ledger, in a turn or in the run's row, and where they are."""
    settings = Settings(max_repairs=1)
    script = scripts(plan)["repaired"]
    async with opened(*script, tools=TOOLS, interactive=True, settings=settings) as agent:
        run, events = await live(agent)
        store = agent.place.store
        parameters = {spec.name: spec.parameters for spec in agent.place.registry.specs()}
        log, ledger = store.events(run), store.ledger(run)
        turns, row = store.turns(events[0].body.session), store.get_run(run)

    def differences(**changed: Any) -> dict[str, str]:
        parts = {"run": row, "log": log, "ledger": ledger, "turns": turns} | changed
        found = compare(parts["run"], parts["log"], parts["ledger"], parts["turns"], parameters)
        return {one.what: one.difference() for one in found if not one.same}

    assert differences() == {}
    match part:
        case "run":
            told = differences(run=altered(row, old, new))
        case "ledger":
            told = differences(ledger=[altered(one, old, new) for one in ledger])
        case "turns":
            told = differences(turns=[altered(one, old, new) for one in turns])
        case _:
            told = differences(log=[altered(one, old, new) if one.type == part else one for one in log])
    assert difference[1] in told[difference[0]]


async def test_control_a_row_that_is_missing_is_noticed(opened, plan):
    """Control: an event, an entry of the ledger, a turn."""
    settings = Settings(max_repairs=1)
    script = scripts(plan)["repaired"]
    async with opened(*script, tools=TOOLS, interactive=True, settings=settings) as agent:
        run, events = await live(agent)
        store = agent.place.store
        log, ledger = store.events(run), store.ledger(run)
        turns, row = store.turns(events[0].body.session), store.get_run(run)
    lacking = [one for one in log if one.type != "route"]
    assert compare(row, lacking, ledger, turns, {})[0].difference() == "1.seq: 2 by the log, 3 stored"
    whats = [
        [one.what for one in found if not one.same]
        for found in (
            compare(row, log, [one for one in ledger if one.state != "done"], turns, {}),
            compare(row, log, ledger, [one for one in turns if one.role == "user"], {}),
            compare(row, log[:-1], ledger, turns, {}),
        )
    ]
    assert whats == [["s1"], ["answer"], ["status"]]
