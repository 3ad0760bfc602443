"""Which runs are going on, in whichever process: nobody carries out what somebody else does."""

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent, NotFound, UsageError
from homewit.agent.home import find_home
from homewit.agent.hosting.shared import Shared
from homewit.agent.log.leases import Leases
from homewit.agent.queries.history import HistoryQueries
from homewit.agent.queries.lookups import Queries
from homewit.agent.result import collect
from homewit.agent.runs.ending import end_run
from homewit.agent.testing import ScriptedEngine, Slow
from homewit.agent.workflows.starting import Start
from homewit.memory import Entry, Run, Store
from homewit.memory import NotFound as NotStored

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


def test_whoever_only_looks_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run can be taken while somebody looks whether it is held. Control: not while somebody holds it."""
    leases, file = Leases(tmp_path), tmp_path / "r_1"
    looking = os.open(file, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    waits: list[float] = []

    def look_away(seconds: float) -> None:
        waits.append(seconds)
        fcntl.flock(looking, fcntl.LOCK_UN)

    monkeypatch.setattr(time, "sleep", look_away)
    assert (leases.take("r_1"), len(waits)) == (True, 1)
    assert Leases(tmp_path).take("r_1") is False
    os.close(looking)
    leases.give_back("r_1")


@pytest.mark.parametrize("ask", ["resume", "cancel"])
async def test_what_is_no_run_touches_no_file(opened, home: Path, ask: str):
    """Whatever somebody types in its place."""
    async with opened() as agent:
        for typed in ("../precious", str(home / "precious"), "r_none", "..", ""):
            (home / "precious").write_text("mine")
            with pytest.raises((NotFound, NotStored), match="There is no run"):
                await (agent.runner.resume(typed) if ask == "resume" else end_run(agent.place, typed))
            assert (home / "precious").read_text() == "mine"


async def test_a_parked_run_is_interrupted_and_resumed(home: Path):
    """It is let go as by a crash: its row says running, nobody holds it, and its log goes on."""
    slow = Slow("word " * 5000, pause_s=0.05)
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


async def test_a_run_is_held_from_before_its_row_until_after_its_last_entry(home: Path):
    """So nobody sees it as interrupted who looks at the wrong moment, whatever kind of run it is."""
    seen: list[bool] = []

    class Watched(Store):
        def create_run(self, *args: Any, **options: Any) -> Run:
            run = super().create_run(*args, **options)
            seen.append(leases.is_held(run.id))
            return run

        def write_down(self, run: str, entries: Sequence[Entry]) -> list[int]:
            written = super().write_down(run, entries)
            seen.append(leases.is_held(run))
            return written

    shared = Shared(find_home())
    shared._store = Watched.open(home / "homewit.db")
    slow, leases = Slow("word " * 5000, pause_s=0.05), Leases(shared.home.leases)
    async with Agent.open(model=ScriptedEngine(["chat", slow]), shared=shared) as agent:
        await agent.runner.call_tool("add_note", {"text": "x"})
        start = Start("steps: [{id: s1, tool: current_time}]", "flow", own=True)
        await collect((await agent.runner.start_workflow(start)).events())
        await agent.runner.start("talk")
        await agent.runner.park()
        (parked, *_) = agent.place.store.list_runs()
        assert (parked.status, leases.is_held(parked.id)) == ("running", False)
    assert len(seen) > 5
    assert all(seen)
    await asyncio.to_thread(shared.close)


async def test_a_run_that_has_just_ended_is_not_called_interrupted(opened):
    """Its row was read before it ended, and looked at afterwards."""
    async with opened("chat", "Hello.") as agent:
        result = await agent.run("hello")
        read = replace(agent.place.store.get_run(result.run_id), status="running", exit_code=None)
        shown = HistoryQueries(agent.place)._run(read)
    assert (shown["status"], shown["exit_code"]) == ("done", 0)
