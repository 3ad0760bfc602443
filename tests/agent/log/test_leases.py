"""Which runs are going on, in whichever process: nobody carries out what somebody else does."""

import subprocess
import sys
from pathlib import Path

import pytest

from homewit.agent import Agent, UsageError
from homewit.agent.log.leases import Leases
from homewit.agent.queries.lookups import Queries
from homewit.agent.runs.ending import end_run
from homewit.agent.testing import ScriptedEngine, Slow

HOLD = """
import os, sys
from pathlib import Path
from homewit.agent.log.leases import Leases
print(Leases(Path(sys.argv[1])).take("r_1"), flush=True)
sys.stdin.read()
"""


def test_a_run_is_held_by_one_process_and_let_go_by_its_end(tmp_path: Path):
    """However the other process ends, the run can then be taken."""
    ours = Leases(tmp_path / "running")
    command = [sys.executable, "-c", HOLD, str(tmp_path / "running")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert (ours.is_held("r_1"), ours.take("r_1"), ours.take("r_2")) == (True, False, True)
        other.kill()
    assert (ours.is_held("r_1"), ours.take("r_1"), ours.take("r_1")) == (False, True, False)
    for run in ("r_1", "r_2"):
        ours.give_back(run)
    assert list((tmp_path / "running").iterdir()) == []


async def test_a_parked_run_is_interrupted_and_resumed(home: Path):
    """It is let go as by a crash: its row says running, nobody holds it, and its log goes on."""
    slow = Slow("word " * 300, pause_s=0.05)
    async with Agent.open(model=ScriptedEngine(["chat", slow])) as agent:
        run = await agent.runner.start("talk")
        events = run.events()
        while (await anext(events)).body.type != "text.delta":
            pass
        with pytest.raises(UsageError, match="still going on"):
            await agent.runner.resume(run.id)
        await agent.runner.park()
        assert [event.body.type async for event in events if event.body.type != "text.delta"] == []
        assert agent.place.runs == {}
        (listed,) = (await Queries(agent.place, agent.runner, agent.firing).answer("runs.list", {}))["items"]
        assert (listed["id"], listed["status"]) == (run.id, "interrupted")
    async with Agent.open(model=ScriptedEngine(["chat", "The end."])) as agent:
        result = await agent.resume(run.id)
        assert (result.status, result.text) == ("done", "The end.")
        with pytest.raises(UsageError, match="has ended"):
            await end_run(agent.place, run.id)
