"""Scheduled runs: the same path, policy and log as others, one run each, and no approval invented."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.errors import RuleError, UsageError
from homewit.agent.queries.lookups import Queries
from homewit.agent.testing import FakeClock, Slow
from homewit.tools import tool

REPORT = {
    "steps": [{"id": "s1", "tool": "write_line", "args": {"path": "a.txt", "line": "x"}}],
    "question": None,
}
written: list[str] = []


@tool(effect="write", sinks=("path",))
def write_line(path: str, line: str) -> str:
    """Write a line."""
    written.append(line)
    return f"wrote {line}"


@tool(effect="execute", sinks=("command",))
def run_it(command: str) -> str:
    """Run a command."""
    return command


def queries(agent: Agent) -> Queries:
    return Queries(agent.place, agent.runner, firing=agent.firing)


async def due(agent: Agent) -> list[dict[str, Any]]:
    return (await queries(agent).answer("schedules.due", {}))["items"]


async def add(agent: Agent, request: str, **more: Any) -> str:
    args = {"when": "every day at 10", "request": request, **more}
    return (await queries(agent).answer("schedules.add", args))["item"]["id"]


async def fire(agent: Agent) -> list[dict[str, Any]]:
    """The events of all that is due."""
    events = []
    for one in await due(agent):
        run = await agent.firing.fire(one["id"])
        events += [event.to_wire() async for event in run.events()]
    await settled(agent)
    return events


async def settled(agent: Agent) -> None:
    for task in list(agent.firing._watching):
        await task


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


async def test_a_reminder_needs_no_model(opened):
    """It comes at its time, is kept as a reminder that is due, and is told in its own words."""
    clock = FakeClock()
    async with opened(now=clock) as agent:
        await add(agent, "remind me to water the plants")
        assert await due(agent) == []
        clock.advance(minutes=31)
        events = await fire(agent)
        assert of(events, "answer")[0]["text"] == "Reminder: water the plants"
        assert [one.text for one in agent.place.store.records.list_reminders()] == ["water the plants"]
        assert await due(agent) == []


async def test_a_prompt_runs_like_any_other(opened, folder: Path):
    """Route, plan, steps and answer, in a session of the schedule that the next run goes on with."""
    clock = FakeClock()
    outputs = [
        "act",
        {"steps": [{"id": "s1", "tool": "calculate", "args": {"expression": "6*7"}}], "question": None},
    ]
    async with opened(*outputs, "It is 42.", *outputs, "It is 42.", now=clock) as agent:
        id = await add(agent, "what is 6*7?")
        clock.advance(hours=1)
        first = await fire(agent)
        clock.advance(days=1)
        second = await fire(agent)
        assert [of(events, "answer")[0]["text"] for events in (first, second)] == ["It is 42."] * 2
        assert of(first, "run.started")[0]["session"] == of(second, "run.started")[0]["session"]
        assert "It is 42" not in str(agent.place.driver.loaded.engine.calls[3])  # type: ignore[union-attr]
        item = (await queries(agent).answer("schedules.show", {"id": id}))["item"]
        assert [one["status"] for one in item["occurrences"]] == ["done", "done"]


async def test_what_needs_an_approval_is_parked(opened):
    """Nothing is done, and the run is shown as one that waits for the user."""
    clock = FakeClock()
    written.clear()
    async with opened("act", REPORT, now=clock, tools=[write_line]) as agent:
        await add(agent, "write the report")
        clock.advance(hours=1)
        events = await fire(agent)
        assert of(events, "run.finished")[0]["status"] == "approval_needed"
        assert written == []
        waiting = (await queries(agent).answer("schedules.waiting", {}))["items"]
        assert [(one["status"], one["request"]) for one in waiting] == [
            ("approval_needed", "write the report")
        ]


async def test_an_exact_rule_allows_it(opened):
    """What the user allowed when adding the schedule is done without asking."""
    clock = FakeClock()
    written.clear()
    async with opened("act", REPORT, "Done.", now=clock, tools=[write_line]) as agent:
        await add(agent, "write the report", allow=["write_line:path=a.txt"])
        clock.advance(hours=1)
        assert of(await fire(agent), "run.finished")[0]["status"] == "done"
        assert written == ["x"]


async def test_a_rule_ends_with_the_tool_that_it_was_given_for(opened, home: Path):
    """A tool of the same name with another definition is not covered; the run says so, and waits."""
    clock = FakeClock()
    written.clear()

    @tool(name="write_line", effect="write", sinks=("path",))
    def other(path: str, line: str) -> str:
        """Write a line, somewhere else."""
        written.append(line)
        return line

    async with opened(now=clock, tools=[write_line]) as agent:
        await add(agent, "write the report", allow=["write_line:path=a.txt"])
    clock.advance(hours=1)
    async with opened("act", REPORT, now=clock, tools=[other]) as agent:
        events = await fire(agent)
    assert "has changed since" in of(events, "warning")[0]["message"]
    assert of(events, "run.finished")[0]["status"] == "approval_needed"
    assert written == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [("effect:write", "those to come"), ("run_it", "every time"), ("none", "never apply")],
)
async def test_rules_that_no_schedule_may_have(opened, rule: str, reason: str):
    """Neither a whole effect, nor what is asked every time, nor a tool that is not there."""
    async with opened(tools=[run_it]) as agent:
        with pytest.raises(RuleError, match=reason):
            await add(agent, "do it", allow=[rule])
        assert (await queries(agent).answer("schedules.list", {}))["items"] == []


async def test_two_schedulers_share_the_work(opened):
    """Of two that see the same occurrence, one carries it out."""
    clock = FakeClock()
    async with opened(now=clock) as one, opened(now=clock) as two:
        await add(one, "remind me to stretch")
        clock.advance(hours=1)
        [seen], [also] = await due(one), await due(two)
        assert seen["id"] == also["id"]
        run = await one.firing.fire(seen["id"])
        with pytest.raises(UsageError, match="being carried out, or is over"):
            await two.firing.fire(also["id"])
        assert [event.body.type async for event in run.events()][-1] == "run.finished"
        await settled(one)
        assert len(one.place.store.records.list_reminders()) == 1


async def test_what_is_cut_off_goes_on_with_its_one_run(opened):
    """A host that ends in the middle leaves the run to be resumed; whoever is next resumes that very run."""
    clock = FakeClock()
    async with opened("act", Slow("never ends " * 999), now=clock) as agent:
        await add(agent, "what is 6*7?")
        clock.advance(hours=1)
        [one] = await due(agent)
        run = await agent.firing.fire(one["id"])
        events = run.events()
        while (await anext(events)).body.type != "route":
            pass
    outputs = [
        "act",
        {"steps": [{"id": "s1", "tool": "calculate", "args": {"expression": "6*7"}}], "question": None},
    ]
    async with opened(*outputs, "It is 42.", now=clock) as agent:
        [again] = await due(agent)
        assert (again["id"], again["run"], again["status"]) == (one["id"], run.id, "running")
        assert of(await fire(agent), "answer")[0]["text"] == "It is 42."
        assert [found.status for found in agent.place.store.list_runs()] == ["done"]
        assert await due(agent) == []


async def test_what_is_cut_off_before_it_began_is_not_cancelled(opened):
    """A host that ends in the very moment leaves the run to the next one, like any other."""
    clock = FakeClock()
    async with opened("chat", Slow("never ends " * 999), now=clock) as agent:
        await add(agent, "what is 6*7?")
        clock.advance(hours=1)
        [one] = await due(agent)
        run = await agent.firing.fire(one["id"])
        await agent.firing.close()
        [again] = await due(agent)
        assert (again["run"], again["status"]) == (run.id, "running")


async def test_what_has_ended_as_the_host_ends_is_over(opened):
    """Nobody takes it up again."""
    clock = FakeClock()
    async with opened(now=clock) as agent:
        await add(agent, "remind me to stretch")
        clock.advance(hours=1)
        [one] = await due(agent)
        run = await agent.firing.fire(one["id"])
        while not run.ended:  # noqa: ASYNC110 - in the very moment, before anybody else has noticed
            await asyncio.sleep(0)
        await agent.firing.close()
        assert agent.place.store.schedules.occurrence(one["id"]).state == "over"
        assert await due(agent) == []


async def test_a_run_that_goes_on_outlasts_its_lease(opened):
    """As where the machine slept meanwhile: nobody else carries it out, and it is not taken for a failure."""
    clock = FakeClock()
    async with opened("chat", Slow("never ends " * 999), now=clock) as agent, opened(now=clock) as other:
        await add(agent, "what is 6*7?")
        clock.advance(hours=1)
        [one] = await due(agent)
        run = await agent.firing.fire(one["id"])
        clock.advance(hours=1)
        assert [seen["id"] for seen in await due(other)] == [one["id"]]
        with pytest.raises(UsageError, match="is being carried out"):
            await other.firing.fire(one["id"])
        await run.close()
        await settled(agent)
        occurrence = agent.place.store.schedules.occurrence(one["id"])
        assert (occurrence.state, occurrence.problem) == ("over", None)


async def test_the_folder_is_that_of_the_one_who_added_it(opened, folder: Path, tmp_path: Path):
    """A schedule works where it was added; when that place is gone, it says so and does nothing."""
    clock, elsewhere = FakeClock(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with opened(now=clock, cwd=elsewhere) as agent:
        id = await add(agent, "remind me to stretch")
    clock.advance(hours=1)
    elsewhere.rmdir()
    async with opened(now=clock) as agent:
        [one] = await due(agent)
        with pytest.raises(UsageError, match="is gone"):
            await agent.firing.fire(one["id"])
        item = (await queries(agent).answer("schedules.show", {"id": id}))["item"]
        assert [(seen["status"], "is gone" in seen["problem"]) for seen in item["occurrences"]] == [
            ("failed", True)
        ]


async def test_what_the_folder_refuses_holds_from_elsewhere(opened, folder: Path, tmp_path: Path):
    """The project file of the schedule's folder denies, also where the scheduler was started in another."""
    clock, elsewhere = FakeClock(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    written.clear()
    async with opened(now=clock, tools=[write_line]) as agent:
        await add(agent, "write the report", allow=["write_line:path=a.txt"])
    (folder / "homewit.toml").write_text('deny = ["write_line"]\n', encoding="utf-8")
    clock.advance(hours=1)
    async with opened("act", REPORT, now=clock, tools=[write_line], cwd=elsewhere) as agent:
        events = await fire(agent)
    assert "denied by a rule" in of(events, "step.finished")[0]["text"]
    assert written == []
