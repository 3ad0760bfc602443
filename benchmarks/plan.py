"""What planning and carrying out cost around the model: plans of no-op steps, written by a scripted engine.

The peer is bare sqlite3 that commits as often as a step does (its start, its intent, its outcome, its end),
with the same settings: what being durable costs by itself. Knows nothing of models and real tools.
"""

import asyncio
import json
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from homewit.agent import Agent
from homewit.agent.testing import ScriptedEngine
from homewit.tools import tool

from .table import Report, Row

STEPS = 10  # of one plan
COMMITS = 4  # of one step
SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
PLAN: dict[str, Any] = {
    "steps": [{"id": f"s{number}", "tool": "nothing", "args": {}} for number in range(1, STEPS + 1)],
    "question": None,
}
ROUND = ("plan", PLAN, "Done.")  # route, plan, answer


@tool
def nothing() -> str:
    """Do nothing."""
    return "done"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one run: until its plan was stored, for each step, and in all."""

    plan_s: float
    step_s: float
    run_s: float


def measure(quick: bool) -> Report:
    """20 runs of 10 steps each, in turn with as many commits."""
    runs = 2 if quick else 20
    with tempfile.TemporaryDirectory() as name:
        times, commits_s = asyncio.run(measure_runs(Path(name), runs))
    rows = (
        Row("one step", [one.step_s for one in times], f"sqlite3, {COMMITS} commits", commits_s),
        Row("one run until its plan", [one.plan_s for one in times]),
        Row(f"one run of {STEPS} steps", [one.run_s for one in times]),
    )
    return Report(f"plan: {runs * STEPS} steps that do nothing, scripted engine", rows)


async def measure_runs(folder: Path, runs: int) -> tuple[list[Times], list[float]]:
    """The times of each run, and of the peer's commits for one step after each; the first is not counted."""
    engine = ScriptedEngine(ROUND * (runs + 1))
    times, commits_s = [], []
    with closing(sqlite3.connect(folder / "peer.db", isolation_level=None)) as peer:
        for setting in SETTINGS:
            peer.execute(f"PRAGMA {setting}")
        peer.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        async with Agent.open(engine, home=folder / "home", cwd=folder, tools=[nothing]) as agent:
            await agent.warm()
            for _ in range(runs + 1):
                times.append(await run_once(agent))
                commits_s.append(commit(peer))
    return times[1:], commits_s[1:]


async def run_once(agent: Agent) -> Times:
    """One request in a session of its own, timed by the events as a client sees them."""
    seen: dict[str, float] = {}
    status = None
    started = perf_counter()
    async for event in agent.stream("do nothing ten times"):
        seen[event.body.type] = perf_counter() - started  # the last of its type
        status = getattr(event.body, "status", status)
    if status != "done":
        raise RuntimeError(f"The run ended as {status!r}, so its times say nothing.")
    step_s = (seen["step.finished"] - seen["plan"]) / STEPS
    return Times(seen["plan"], step_s, seen["run.finished"])


def commit(peer: sqlite3.Connection) -> float:
    """Seconds for the commits of one step, averaged over as many steps as a run has."""
    body = json.dumps(PLAN["steps"][0] | {"status": "done", "output": "done"})
    started = perf_counter()
    for _ in range(STEPS * COMMITS):
        peer.execute("INSERT INTO event (body) VALUES (?)", (body,))
    return (perf_counter() - started) / STEPS
