"""Steps side by side: what runs together, what keeps its order, and how many calls there may be at a time."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent import Agent, Settings
from homewit.agent.execution.progress import Progress
from homewit.agent.model import TokenCount
from homewit.agent.plan import Plan, Ref, Step
from homewit.tools import Registry, tool


class Meeting:
    """A place where calls wait for each other: passed only once so many have been there at once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.now = 0
        self.most = 0
        self._complete = asyncio.Event()

    async def attend(self, name: str = "") -> str:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == self.size:
            self._complete.set()
        await self._complete.wait()
        await asyncio.sleep(0.01)  # in which one too many would come
        self.now -= 1
        return name


def finished(events: list[dict[str, Any]]) -> dict[str, str]:
    return {event["id"]: event["status"] for event in events if event["type"] == "step.finished"}


async def test_reads_that_do_not_need_each_other_run_side_by_side(opened, plan, happened):
    """Three calls that wait for each other all pass; their events carry their ids, each in order."""
    meeting = Meeting(3)

    @tool
    async def attend(name: str) -> str:
        """Wait for the others."""
        return await meeting.attend(name)

    written = plan(*(("attend", {"name": name}) for name in "abc"))
    async with opened("plan", written, "ok", tools=[attend]) as agent:
        events = await happened(agent, "meet")
        log = agent.place.store.events(events[0]["run"])
    assert finished(events) == {"s1": "done", "s2": "done", "s3": "done"}
    steps = [(event["type"], event["id"]) for event in events if event["type"].startswith("step")]
    assert [kind for kind, _ in steps] == ["step.started"] * 3 + ["step.finished"] * 3
    assert [event["seq"] for event in events] == [row.seq for row in log] == list(range(1, len(log) + 1))


async def test_changes_keep_the_order_of_the_plan(opened, plan, happened):
    """What comes before a change is over when it begins, and what comes after begins when it is over, though
    nothing refers to anything.
    """
    seen: list[str] = []
    both = Meeting(2)

    @tool
    async def look(name: str) -> str:
        """Look."""
        seen.append(f"+{name}")
        await (both.attend() if name in "ab" else asyncio.sleep(0.01))
        seen.append(f"-{name}")
        return name

    @tool(effect="record")
    async def keep(name: str) -> str:
        """Keep."""
        return await look.function(name)

    written = plan(
        ("look", {"name": "a"}),
        ("look", {"name": "b"}),
        ("keep", {"name": "C"}),
        ("look", {"name": "d"}),
        ("keep", {"name": "E"}),
        ("keep", {"name": "F"}),
    )
    async with opened("plan", written, "ok", tools=[look, keep]) as agent:
        await happened(agent, "look and keep")
    assert (sorted(seen[:2]), sorted(seen[2:4])) == (["+a", "+b"], ["-a", "-b"])
    assert seen[4:] == ["+C", "-C", "+d", "-d", "+E", "-E", "+F", "-F"]


async def test_a_change_that_fails_lets_what_comes_later_run(opened, plan, happened):
    """Order is no dependency."""

    @tool(effect="record")
    def keep() -> str:
        """Keep."""
        raise RuntimeError("full")

    @tool
    def look() -> str:
        """Look."""
        return "ok"

    async with opened("plan", plan(("keep", {}), ("look", {})), tools=[keep, look]) as agent:
        assert finished(await happened(agent, "go")) == {"s1": "failed", "s2": "done"}


@pytest.mark.parametrize(("limit", "most"), [({"max_parallel": 2}, 2), ({"effect": "network"}, 4), ({}, 9)])
async def test_a_tool_says_how_many_of_its_calls_may_run_at_once(opened, plan, happened, limit, most):
    """A declared limit holds, tools of the network have one of their own. Control: without, all run."""
    meeting = Meeting(most)

    @tool(**limit)
    async def call() -> str:
        """Call."""
        return await meeting.attend()

    async with opened("plan", plan(*[("call", {})] * 9), "ok", tools=[call]) as agent:
        assert set(finished(await happened(agent, "call")).values()) == {"done"}
    assert (meeting.now, meeting.most) == (0, most)


class Planner:
    """A model that knows one plan and words nothing."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps

    def route(self, turn, cancel):
        return {"plan": 0.0}

    def plan(self, turn, route, cancel):
        return Plan(route, self.steps)

    def answer(self, turn, results, cancel):
        yield "Done."

    def take_usage(self):
        return TokenCount()


async def test_a_thousand_steps_of_one_plan(folder, happened):
    """All are carried out and written down as any other, none lost and none twice."""

    @tool
    def nothing() -> str:
        """Do nothing."""
        return "done"

    planner = Planner(*(Step(f"s{number}", "nothing", {}) for number in range(1000)))
    settings = Settings(max_steps=1000)
    async with Agent.open(planner, tools=[nothing], settings=settings, cwd=folder) as agent:
        events = await happened(agent, "do nothing")
        store = agent.place.store
        log, ledger = store.events(events[0]["run"]), store.ledger(events[0]["run"])
    ends = [event["id"] for event in events if event["type"] == "step.finished"]
    assert sorted(ends) == sorted(step.id for step in planner.steps)
    assert sorted((row.step, row.state) for row in ledger) == sorted((id, "done") for id in ends)
    assert [row.seq for row in log] == list(range(1, len(log) + 1))


async def test_items_of_a_change_keep_the_order_of_their_list(opened, happened):
    """One after the other, where items of a read run side by side."""
    alone, together = Meeting(1), Meeting(4)

    @tool(effect="record")
    async def keep(item: str) -> str:
        """Keep."""
        return await alone.attend(item)

    @tool
    async def look(item: str) -> str:
        """Look."""
        return await together.attend(item)

    steps = [
        {"id": id, "tool": name, "foreach": list("abcd"), "args": {"item": {"$ref": "item"}}}
        for id, name in (("s1", "keep"), ("s2", "look"))
    ]
    written = {"steps": steps, "question": None}
    async with opened("plan", written, "ok", tools=[keep, look]) as agent:
        events = await happened(agent, "keep and look")
        kept = [row.args["item"] for row in agent.place.store.ledger(events[0]["run"]) if row.tool == "keep"]
    assert (alone.most, together.most) == (1, 4)
    assert kept == list("abcd")


async def test_a_stop_inside_of_a_list_is_accounted_for(opened):
    """The item that was cut off is unknown, and so is the whole step; the run says so."""
    reached = asyncio.Event()

    @tool(effect="record")
    async def keep(item: str) -> str:
        """Keep."""
        if item == "b":
            reached.set()
            await asyncio.sleep(60)
        return item

    step = {"id": "s1", "tool": "keep", "foreach": list("abc"), "args": {"item": {"$ref": "item"}}}
    async with opened("act", {"steps": [step], "question": None}, tools=[keep]) as agent:
        events = []
        async for event in agent.stream("keep all"):
            events.append(event.to_wire())
            if event.body.type == "step.started" and event.body.id == "s1[1]":
                await reached.wait()
                agent.active(event.run).cancel()
    assert finished(events) == {"s1[0]": "done", "s1[1]": "unknown", "s1": "unknown"}
    answer = next(event for event in events if event["type"] == "answer")
    assert answer["text"].endswith("it was cut off; of 3 items 1 were done.")
    assert (events[-1]["status"], events[-1]["exit_code"]) == ("unknown", 6)


async def test_a_stop_ends_everything_that_is_under_way(opened, plan):
    """Reads fail, a change is unknown; each is accounted for, and then the run ends."""
    begun, both = [], asyncio.Event()

    @tool
    async def read(name: str) -> str:
        """Read."""
        begun.append(name)
        if len(begun) == 2:
            both.set()
        await asyncio.sleep(60)
        return name

    written = plan(("read", {"name": "a"}), ("read", {"name": "b"}), ("read", {"name": "c"}, ["s1"]))
    async with opened("plan", written, tools=[read]) as agent:
        events = []
        async for event in agent.stream("read"):
            events.append(event.to_wire())
            if event.body.type == "step.started":
                await both.wait()
                agent.active(event.run).cancel()
        rows = agent.place.store.ledger(events[0]["run"])
    assert finished(events) == {"s1": "failed", "s2": "failed"}
    assert [(row.step, row.state) for row in rows] == [("s1", "failed"), ("s2", "failed")]
    assert events[-1]["status"] == "cancelled"


steps = st.integers(2, 7).flatmap(
    lambda size: st.tuples(
        *(
            st.tuples(
                st.sets(st.integers(0, number - 1), max_size=2) if number else st.just(set()),
                st.sets(st.integers(0, number - 1), max_size=1) if number else st.just(set()),
                st.booleans(),
                st.sampled_from(["done", "done", "done", "failed", "omitted", "denied"]),
            )
            for number in range(size)
        )
    )
)


@given(steps, st.randoms(use_true_random=False))
def test_whatever_ends_first_the_rules_hold(drawn, choose):
    """In any order of ends: a step begins only when what it needs is done, what it follows is over, and no
    change is passed; in the end every step is over.
    """
    plan = [
        Step(
            f"s{number}",
            "t",
            {"x": [Ref(f"s{one}", "text") for one in needs]},
            tuple(f"s{one}" for one in after),
        )
        for number, (needs, after, _, _) in enumerate(drawn)
    ]
    changes = {f"s{number}" for number, one in enumerate(drawn) if one[2]}
    progress = Progress(plan, changes=changes)
    over: dict[str, str] = {}
    while progress.pending:
        for step in [*progress.blocked(), *progress.left_out()]:
            status = "omitted" if step in progress.left_out() else "skipped"
            progress.finish(step.id, status)
            over[step.id] = status
        ready = progress.ready()
        if not ready:
            assert progress.blocked() or progress.left_out() or not progress.pending
            continue
        step = choose.choice(ready)
        number = int(step.id[1:])
        needs, after, changing, status = drawn[number]
        assert all(over[f"s{one}"] == "done" for one in needs)
        assert all(over[f"s{one}"] in ("done", "omitted") for one in after)
        before = [f"s{one}" for one in range(number) if changing or f"s{one}" in changes]
        assert all(one in over for one in before)
        progress.begin(step.id)
        assert step not in progress.ready()
        progress.finish(step.id, status)
        over[step.id] = status
    assert len(over) == len(plan)


def test_built_in_tools_ask_the_network_politely():
    """A few requests at a time; what stays on the machine is not limited."""
    registry = Registry()
    registry.load_builtins()
    network = {spec.max_parallel for spec in registry.specs() if spec.effect == "network"}
    assert (network, registry.get("read_file").spec.max_parallel) == ({4}, None)
