"""A run that nobody was there to approve goes on from its log, with the user's word or an exact rule."""

from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.queries.lookups import Queries
from homewit.agent.runs.runner import Limits
from homewit.agent.testing import FakeClock
from homewit.tools import ToolContext, tool

STEPS = [
    {"id": "s1", "tool": "calculate", "args": {"expression": "6*7"}},
    {"id": "s2", "tool": "write_line", "args": {"path": "a.txt", "line": {"$ref": "s1.text"}}},
]
OUTPUTS = ("act", {"steps": STEPS, "question": None})


@tool(effect="write", sinks=("path",))
def write_line(path: str, line: str, *, ctx: ToolContext) -> str:
    """Write a line."""
    with (ctx.cwd / path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    return f"wrote {line}"


@pytest.fixture
async def parked(opened, folder: Path) -> tuple[str, FakeClock]:
    """A scheduled run that waits for an approval."""
    clock = FakeClock()
    async with opened(*OUTPUTS, now=clock, tools=[write_line]) as agent:
        queries = Queries(agent.place, agent.runner, firing=agent.firing)
        await queries.answer("schedules.add", {"when": "every day at 10", "request": "write it down"})
        clock.advance(hours=1)
        [one] = (await queries.answer("schedules.due", {}))["items"]
        run = await agent.firing.fire(one["id"])
        statuses = [event.body.status async for event in run.events() if event.body.type == "run.finished"]
        assert statuses == ["approval_needed"]
    assert not (folder / "a.txt").exists()
    return run.id, clock


async def ended(agent: Agent, run: str, **options: Any) -> list[dict[str, Any]]:
    active = await agent.runner.resume(run, Limits(**options))
    events = []
    async for event in active.events():
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            active.approve(event.body.approval, "allow")
    return events


async def test_the_user_lets_it_go_on(opened, parked, folder: Path, tmp_path: Path):
    """Resumed elsewhere, with somebody there: the card is shown, and the folder is the schedule's."""
    run, clock = parked
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with opened("Done.", now=clock, tools=[write_line], interactive=True, cwd=elsewhere) as agent:
        events = await ended(agent, run)
        assert [event["status"] for event in events if event["type"] == "step.finished"] == ["done"]
        assert [event["type"] for event in events].count("approval.requested") == 1
        assert agent.place.store.get_run(run).status == "done"
        queries = Queries(agent.place, agent.runner, firing=agent.firing)
        assert (await queries.answer("schedules.waiting", {}))["items"] == []
    assert (folder / "a.txt").read_text() == "6 * 7 = 42\n"
    assert list(elsewhere.iterdir()) == []


async def test_a_rule_lets_it_go_on(opened, parked, folder: Path):
    """Without anybody there, the exact rule does."""
    run, clock = parked
    async with opened("Done.", now=clock, tools=[write_line]) as agent:
        await ended(agent, run, allow=("write_line:path=a.txt",))
    assert (folder / "a.txt").read_text() == "6 * 7 = 42\n"


async def test_without_either_it_waits_on(opened, parked, folder: Path):
    """Control: going on is not consent."""
    run, clock = parked
    async with opened(now=clock, tools=[write_line]) as agent:
        events = await ended(agent, run)
        assert events[-1]["status"] == "approval_needed"
    assert not (folder / "a.txt").exists()


async def test_what_the_user_declined_stays_declined(opened, folder: Path):
    """A run in which the user said no is not asked about again."""
    async with opened(*OUTPUTS, tools=[write_line], interactive=True) as agent:
        run = await agent.runner.start("write it down")
        async for event in run.events():
            if event.body.type == "approval.requested":
                run.approve(event.body.approval, "deny")
        events = await ended(agent, run.id)
        assert "approval.requested" not in [event["type"] for event in events]
    assert not (folder / "a.txt").exists()
