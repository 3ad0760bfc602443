"""Scheduled workflows: checked when they are added, read when they run, each occurrence one run."""

from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.errors import AgentError
from homewit.agent.queries.lookups import Queries
from homewit.agent.testing import FakeClock

FLOW = """\
name: sum
inputs:
  a: {type: integer}
steps:
  - id: s1
    tool: calculate
    args: {expression: "${inputs.a} + 1"}
"""


async def ask(agent: Agent, name: str, **args: Any) -> Any:
    answer = await Queries(agent.place, agent.runner, agent.firing).answer(f"schedules.{name}", args)
    return answer.get("items", answer.get("item"))


async def test_a_file_runs_with_its_inputs_and_without_a_model(opened, folder: Path):
    """The engine of this test could not answer anything."""
    clock = FakeClock()
    (folder / "sum.yaml").write_text(FLOW, encoding="utf-8")
    async with opened(now=clock) as agent:
        added = await ask(agent, "add", when="every day at 10", request="sum.yaml", inputs={"a": "41"})
        assert added["kind"] == "workflow"
        clock.advance(hours=1)
        [one] = await ask(agent, "due")
        run = await agent.firing.fire(one["id"])
        events = [event.to_wire() async for event in run.events()]
        assert events[-1]["status"] == "done"
        assert [event["text"] for event in events if event["type"] == "step.finished"] == ["41 + 1 = 42"]
        [found] = (await ask(agent, "show", id=added["id"]))["occurrences"]
        assert found["run"] == run.id


@pytest.mark.parametrize(
    ("request_", "inputs", "reason"),
    [
        ("sum.yaml", {}, "It needs a"),
        ("sum.yaml", {"a": "x"}, "a"),
        ("nothing.yaml", {}, "cannot be read"),
        ("show my tasks", {"a": "1"}, "Inputs are for workflows"),
    ],
)
async def test_what_could_never_run_is_refused_at_once(
    opened, folder: Path, request_: str, inputs, reason: str
):
    """Nobody is there later to hear of it."""
    (folder / "sum.yaml").write_text(FLOW, encoding="utf-8")
    async with opened() as agent:
        with pytest.raises(AgentError, match=reason):
            await ask(agent, "add", when="every day", request=request_, inputs=inputs)
        assert await ask(agent, "list") == []
