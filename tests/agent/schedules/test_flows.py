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
    ("request_", "inputs"),
    [
        ("sum", {"a": "41"}),
        ("sum a=41", None),
        ("run sum a=41", None),
        ("please run the workflow sum", {"a": "41"}),
        ("/run sum a=41", None),
        ("run sum.yaml a=41", None),
        ("my sum.yaml", {"a": "41"}),
    ],
)
async def test_a_workflow_is_named_as_in_a_chat(opened, home: Path, folder: Path, request_: str, inputs):
    """One that is kept or a file, alone or behind `run`, with its inputs as words or apart."""
    (home / "workflows").mkdir(parents=True)
    for file in (home / "workflows" / "sum.yaml", folder / "sum.yaml", folder / "my sum.yaml"):
        file.write_text(FLOW, encoding="utf-8")
    async with opened() as agent:
        added = await ask(agent, "add", when="every day at 10", request=request_, inputs=inputs)
        assert (added["kind"], added["inputs"]) == ("workflow", {"a": "41"})
        assert added["request"].removesuffix(" a=41") in ("sum", "sum.yaml", "my sum.yaml")


@pytest.mark.parametrize(
    "request_", ["run a mile", "sum up what's open", "sum", "show my tasks.yaml files", "run sum"]
)
async def test_a_sentence_is_no_workflow(opened, request_: str):
    """Nothing of that name is kept, or other words stand beside it."""
    async with opened() as agent:
        added = await ask(agent, "add", when="every day at 10", request=request_)
        assert (added["kind"], added["request"]) == ("prompt", request_)


async def test_a_chat_schedules_a_workflow(opened, folder: Path):
    """The card shows the words; what is kept is the workflow, and it runs without a model."""
    clock = FakeClock()
    (folder / "sum.yaml").write_text(FLOW, encoding="utf-8")
    async with opened(now=clock, interactive=True) as agent:
        said = await agent.runner.start("every day at 10 run sum.yaml a=41")
        async for event in said.events():
            if event.body.type == "approval.requested":
                assert "run sum.yaml a=41" in str(event.to_wire())
                said.approve(event.body.approval, "allow")
        [kept] = await ask(agent, "list")
        assert (kept["kind"], kept["request"], kept["when"]) == (
            "workflow",
            "sum.yaml a=41",
            "every day at 10",
        )
        clock.advance(hours=1)
        [one] = await ask(agent, "due")
        events = [event.to_wire() async for event in (await agent.firing.fire(one["id"])).events()]
        assert [event["text"] for event in events if event["type"] == "answer"] == ["41 + 1 = 42"]


@pytest.mark.parametrize(
    ("request_", "inputs", "reason"),
    [
        ("sum.yaml", {}, "It needs a"),
        ("sum.yaml", {"a": "x"}, "a"),
        ("nothing.yaml", {}, "cannot be read"),
        ("show my tasks", {"a": "1"}, "Inputs are for workflows"),
        ("/run nothing", {}, "no workflow 'nothing'"),
        ("run sum.yaml b=1", {}, "no input 'b'"),
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
