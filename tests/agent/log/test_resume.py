"""Resuming from the log: nothing is done twice, and what is uncertain is called so."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from homewit.agent import UsageError
from homewit.agent.log.journal import Given, Journal
from homewit.agent.testing import FakeClock
from homewit.memory import Said

CRASHING_TOOL = """
import os, signal
from pathlib import Path
from homewit.tools import tool

LINES = Path(os.environ["LINES_FILE"])

def count():
    return len(LINES.read_text().splitlines()) if LINES.exists() else 0

def crash(moment):
    if os.environ.get("CRASH") == moment:
        os.kill(os.getpid(), signal.SIGKILL)

def is_there(line: str):
    return LINES.exists() and line in LINES.read_text().splitlines()

def append(line):
    crash("before " + line)
    with LINES.open("a") as file:
        file.write(line + "\\n")
    crash("after " + line)
    return line

@tool(effect="record")
def note(line: str) -> str:
    "Append a line; nobody can tell afterwards."
    return append(line)

@tool(effect="record", check=is_there)
def checked_note(line: str) -> str:
    "Append a line; the file tells."
    return append(line)

@tool
def look(line: str) -> str:
    "Read."
    crash("reading " + line)
    return str(count())
"""
NAMES = ("note", "checked_note", "look")
PROGRAM = """
import asyncio, runpy, sys
from homewit.agent import Agent
tools = runpy.run_path(sys.argv[2])
async def main():
    async with Agent.open(sys.argv[1], tools=[tools[name] for name in sys.argv[3:]]) as agent:
        await agent.run("go")
asyncio.run(main())
"""


@pytest.fixture
def lines(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the tools write to; they run inside of the agent, which a crash of theirs ends."""
    path = tmp_path / "lines.txt"
    monkeypatch.setenv("LINES_FILE", str(path))
    (tmp_path / "crashing.py").write_text(CRASHING_TOOL)
    return path


async def killed(tmp_path: Path, crash: str, *outputs: Any) -> None:
    """Run a prompt in a process of its own that is killed at ``crash``."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps(list(outputs)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, f"scripted:{script}", tmp_path / "crashing.py", *NAMES),
        env={**os.environ, "CRASH": crash},
    )
    assert await process.wait() == -signal.SIGKILL


async def resumed(opened, lines: Path, *outputs: Any):
    """Resume the only run of the home, with the same tools."""
    tools = run_path(str(lines.with_name("crashing.py")))
    async with opened(*outputs, tools=[tools[name] for name in NAMES]) as agent:
        run = agent.place.store.list_runs()[0]
        assert run.status == "running"
        result = await agent.resume(run.id)
        log = agent.place.store.events(run.id)
        states = [(row.step, row.state) for row in agent.place.store.ledger(run.id)]
    assert [row.seq for row in log] == list(range(1, len(log) + 1))
    assert log[-1].type == "run.finished"
    return result, states


async def test_an_effect_of_which_nobody_can_tell_is_unknown(opened, plan, lines, tmp_path):
    """Killed between effect and outcome: it is not repeated, and the run ends with exit code 6."""
    await killed(tmp_path, "after b", "plan", plan(("note", {"line": "a"}), ("note", {"line": "b"})))
    result, states = await resumed(opened, lines)
    assert lines.read_text().split() == ["a", "b"]
    assert (result.status, result.exit_code) == ("unknown", 6)
    assert states == [("s1", "done"), ("s2", "unknown")]


async def test_even_an_effect_that_did_not_happen_is_not_repeated_blindly(opened, plan, lines, tmp_path):
    """Killed between intent and effect: without a check it looks the same, so it is left alone."""
    await killed(tmp_path, "before b", "plan", plan(("note", {"line": "a"}), ("note", {"line": "b"})))
    result, states = await resumed(opened, lines)
    assert lines.read_text().split() == ["a"]
    assert (result.status, states) == ("unknown", [("s1", "done"), ("s2", "unknown")])


async def test_a_check_finds_that_it_happened(opened, plan, lines, tmp_path):
    """The effect is settled as done, not repeated, and the rest of the plan runs."""
    written = plan(("checked_note", {"line": "a"}), ("checked_note", {"line": "b"}, ["s1"]))
    await killed(tmp_path, "after a", "plan", written)
    result, states = await resumed(opened, lines, "Done.")
    assert lines.read_text().split() == ["a", "b"]
    assert (result.status, states) == ("done", [("s1", "done"), ("s2", "done")])


async def test_a_check_finds_that_it_did_not_happen(opened, plan, lines, tmp_path):
    """Then it is done now, once."""
    written = plan(("checked_note", {"line": "a"}), ("checked_note", {"line": "b"}))
    await killed(tmp_path, "before b", "plan", written)
    result, states = await resumed(opened, lines, "Done.")
    assert lines.read_text().split() == ["a", "b"]
    assert (result.status, states) == ("done", [("s1", "done"), ("s2", "failed"), ("s2", "done")])


async def test_a_read_that_was_cut_off_runs_again(opened, plan, lines, tmp_path):
    """Reads change nothing; steps before it that are done keep their results for the answer."""
    written = plan(("note", {"line": "a"}), ("look", {"line": "x"}), ("note", {"line": {"$ref": "s2.text"}}))
    await killed(tmp_path, "reading x", "plan", written)
    result, _ = await resumed(opened, lines, "Done.")
    assert lines.read_text().split() == ["a", "1"]
    assert (result.status, result.citations) == ("done", ("s1", "s2", "s3"))


async def test_a_run_that_had_no_plan_yet_starts_over(opened, plan, happened):
    """With only the prompt in the log, the whole run follows on it."""
    async with opened("chat", "Hello.") as agent:
        journal = await Journal.begin(agent.place.store, FakeClock(), Given("hello"), None, None)
        result = await agent.resume(journal.run)
        turns = agent.place.store.turns(journal.session)
    assert (result.status, result.text) == ("done", "Hello.")
    assert [turn.text for turn in turns] == ["hello", "Hello."]


async def test_a_run_whose_end_was_only_logged_has_ended(opened):
    """After a crash between the last event and the run's own row, the log decides: nothing follows
    ``run.finished``.
    """
    async with opened() as agent:
        store = agent.place.store
        journal = await Journal.begin(store, FakeClock(), Given("hello"), None, None)
        store.write_down(
            journal.run, [Said("run.finished", {"status": "done", "exit_code": 0}, FakeClock()())]
        )
        with pytest.raises(UsageError, match=r"has ended \(done\)"):
            await agent.resume(journal.run)
        assert (store.get_run(journal.run).status, len(store.events(journal.run))) == ("done", 1)


async def test_what_has_ended_is_not_resumed(opened):
    """There is nothing left of it to do."""
    async with opened("chat", "Hello.") as agent:
        result = await agent.run("hello")
        with pytest.raises(UsageError, match="has ended"):
            await agent.resume(result.run_id)
