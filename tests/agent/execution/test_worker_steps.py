"""Steps whose tools run in workers: what a plugin does to its process ends the step, and nothing else."""

import os
import re
from pathlib import Path

import pytest

from homewit.agent import Agent
from homewit.agent.testing import ScriptedEngine

PLUGIN = '''
import os, time
from pathlib import Path
from homewit.tools import ToolContext, tool

@tool
def look(*, ctx: ToolContext) -> str:
    """Look."""
    ctx.progress("looking")
    os._exit(3)

def was_sent(to: str, *, ctx: ToolContext) -> bool | None:
    return (ctx.cwd / to).exists() if to != "nobody" else None

@tool(effect="send", sinks=("to",), check=was_sent)
def send(to: str, *, ctx: ToolContext) -> str:
    """Send, and die before it is known."""
    if to != "lost":
        (ctx.cwd / to).write_text("sent")
    os._exit(3)

@tool
def fine() -> int:
    """Work."""
    return os.getpid()
'''


@pytest.fixture
def plugin(home: Path) -> Path:
    (home / "tools").mkdir(parents=True)
    (home / "tools/dies.py").write_text(PLUGIN)
    return home


async def steps(agent: Agent, **options: object) -> dict[str, tuple[str, str]]:
    """How each step ended, and what was said of it."""
    events = [event.to_wire() async for event in agent.stream("do it", **options)]  # type: ignore[arg-type]
    return {
        event["id"]: (event["status"], event["text"]) for event in events if event["type"] == "step.finished"
    }


async def test_a_crash_ends_the_step_and_the_next_one_works(plugin: Path, folder: Path, plan):
    """The plugin is there for the next step, in another process than ours."""
    engine = ScriptedEngine(["act", plan(("look", {}), ("fine", {})), "Done."])
    async with Agent.open(engine, cwd=folder) as agent:
        ended = await steps(agent)
    assert ended["s1"][0] == "failed"
    assert "look failed: its process ended before it answered" in ended["s1"][1]


@pytest.mark.parametrize(("to", "status"), [("ada", "done"), ("lost", "failed"), ("nobody", "unknown")])
async def test_an_effect_whose_process_died_is_settled_by_its_check(
    plugin: Path, folder: Path, plan, to: str, status: str
):
    """It is done when the check finds it, failed when not, and unknown when the check cannot tell."""
    engine = ScriptedEngine(["act", plan(("send", {"to": to})), "Done.", "Done."])
    async with Agent.open(engine, cwd=folder) as agent:
        ended = await steps(agent, allow=["send"])
    assert ended["s1"][0] == status


async def test_no_plugin_code_runs_in_the_host(home: Path, folder: Path):
    """Opening an agent runs the plugin elsewhere: its process is not ours, and ours stays as it was."""
    (home / "tools").mkdir(parents=True)
    code = "import os\nfrom homewit.tools import tool\ndef where() -> None: ...\n"
    told = "where.__doc__ = f'Made by process {os.getpid()}.'\nwhere = tool(where)\n"
    (home / "tools/marks.py").write_text(code + told)
    async with Agent.open(ScriptedEngine([]), cwd=folder) as agent:
        assert agent.place.problems == ()
        made_by = agent.place.registry.get("where").spec.description
    assert re.fullmatch(r"Made by process \d+\.", made_by)
    assert str(os.getpid()) not in made_by
