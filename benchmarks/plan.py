"""What planning and carrying out cost around the model: plans of no-op steps, written by a scripted engine.

The peer is bare sqlite3 that commits once for each of the four entries of a step (its start, its intent, its
outcome, its end), with the same settings: what being durable costs by itself, entry by entry. Knows nothing
of models and real tools.
"""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from homewit.agent import Agent, Plan, Settings, Step
from homewit.agent.extraction.fields import EXTRACT
from homewit.agent.extraction.offering import with_extraction
from homewit.agent.extraction.tool import extract
from homewit.agent.grammar.plan_grammar import plan_grammar
from homewit.agent.model import TokenCount, TurnContext
from homewit.agent.planning.tool_index import ToolIndex
from homewit.agent.testing import ScriptedEngine
from homewit.llm.decoding.constrain import GrammarCompiler
from homewit.llm.info import locate
from homewit.tools import Registry, tool

from .table import Report, Row

STEPS = 10  # of one plan
COMMITS = 4  # of one step
MANY, FEW = 1000, 100  # steps of a plan that nothing keeps in order; when it is only to be seen that it runs
SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
PLAN: dict[str, Any] = {
    "steps": [{"id": f"s{number}", "tool": "nothing", "args": {}} for number in range(1, STEPS + 1)],
    "question": None,
}
REQUESTS = (
    "convert 5 miles to km and save it to distance.txt",
    "add milk to my tasks and show me my open tasks",
    "find my notes about the trip and remind me at 5pm to pack",
    "how many days are there until christmas",
    "what is 15 percent of 80 and what is that in dollars",
    "read budget.csv and add up the column amount",
    "search the web for train times and note the first one",
    "send ann the draft and put the meeting into my calendar",
    "which files did I change last week, and how large are they",
    "delete the note about the dentist and move his appointment to friday",
    "run the tests in this folder and tell me what failed",
    "add 12.50 for lunch and show me what I spent this month",
    "get https://example.org and save its title to title.txt",
    "what is the phone number of bob, and when is his birthday",
    "rename the pictures in holiday to their dates",
    "replace red by blue in colours.txt and show me the difference",
    "what is the weather like, and what time is it in tokyo",
    "list my reminders and complete the task about the tax",
    "import the bank statement and set a budget for food",
    "find mails from the landlord and read the newest one",
    "compare report.docx with report-old.docx",
    "make a chart of my expenses by category",
    "copy notes.md to the folder archive and zip it",
    "what did I write about the garden in march",
)
"""More than there are grammars that are kept, so that each of them meets one that was let go."""
ROUND = ("plan", PLAN, "Done.")  # route, plan, answer


@tool
def nothing() -> str:
    """Do nothing."""
    return "done"


class Planner:
    """A model that knows one plan, of as many steps as it is told."""

    def __init__(self, steps: int) -> None:
        self._steps = tuple(Step(f"s{number}", "nothing", {}) for number in range(1, steps + 1))

    def route(self, turn: Any, cancel: Any) -> dict[str, float]:
        return {"plan": 0.0}

    def plan(self, turn: Any, route: Any, cancel: Any) -> Plan:
        return Plan(route, self._steps)

    def answer(self, turn: Any, results: Any, cancel: Any) -> Iterator[str]:
        yield "Done."

    def take_usage(self) -> TokenCount:
        return TokenCount()


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one run: until its plan was stored, for each step, and in all."""

    plan_s: float
    step_s: float
    run_s: float


def measure(quick: bool) -> Report:
    """20 runs of 10 steps each, in turn with as many commits; then 5 runs of 1,000 steps."""
    runs, many = (2, FEW) if quick else (20, MANY)
    with tempfile.TemporaryDirectory() as name:
        times, commits_s = asyncio.run(measure_runs(Path(name), runs))
        many_s, many_commits_s = asyncio.run(measure_many(Path(name), many, 2 if quick else 5))
    rows = (
        Row("one step", [one.step_s for one in times], f"sqlite3, {COMMITS} commits", commits_s),
        Row("one run until its plan", [one.plan_s for one in times]),
        Row(f"one run of {STEPS} steps", [one.run_s for one in times]),
        Row(f"{many} steps side by side", many_s, f"sqlite3, {COMMITS * many} commits", many_commits_s),
        Row("grammar of a plan", measure_grammar(2 if quick else 24)),
        Row("grammar of tools seen before", measure_grammar(2 if quick else 24, REQUESTS[:1])),
    )
    return Report(f"plan: {runs * STEPS} steps that do nothing, scripted engine", rows)


async def measure_runs(folder: Path, runs: int) -> tuple[list[Times], list[float]]:
    """The times of each run, and of the peer's commits for one step after each; the first is not counted."""
    engine = ScriptedEngine(ROUND * (runs + 1))
    times, commits_s = [], []
    with peer_database(folder / "peer.db") as peer:
        async with Agent.open(engine, home=folder / "home", cwd=folder, tools=[nothing]) as agent:
            await agent.warm()
            for _ in range(runs + 1):
                times.append(await run_once(agent, STEPS))
                commits_s.append(commit(peer, STEPS) / STEPS)
    return times[1:], commits_s[1:]


async def measure_many(folder: Path, steps: int, runs: int) -> tuple[list[float], list[float]]:
    """Seconds from the plan to the end of its last step, and of as many commits; the first is not counted."""
    times, commits_s = [], []
    settings = Settings(max_steps=steps)
    with peer_database(folder / "many.db") as peer:
        async with Agent.open(
            Planner(steps), home=folder / "many", cwd=folder, tools=[nothing], settings=settings
        ) as agent:
            for _ in range(runs + 1):
                times.append((await run_once(agent, steps)).step_s * steps)
                commits_s.append(commit(peer, steps))
    return times[1:], commits_s[1:]


def measure_grammar(rounds: int, requests: Sequence[str] = REQUESTS) -> list[float]:
    """Seconds to write and compile the grammar for the tools that a request is offered, and for extraction;
    the first is not counted.
    """
    registry = Registry()
    registry.load_builtins()
    registry.add(extract)
    index = ToolIndex(registry, hidden=(EXTRACT,))
    definition = (locate("bundled") / "tokenizer.json").read_text(encoding="utf-8")
    vocab = max(json.loads(definition)["model"]["vocab"].values()) + 1
    compiler = GrammarCompiler(definition, vocab, [0])
    times = []
    for number in range(rounds + 1):
        request = requests[number % len(requests)]
        turn = TurnContext(request, datetime.now(UTC), index.offer(request), catalogue=index)
        started = perf_counter()
        compiler.from_lark(plan_grammar(with_extraction(turn).tools))
        times.append(perf_counter() - started)
    return times[1:]


@contextmanager
def peer_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A database with the settings of Homewit's own and one table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as peer:
        for setting in SETTINGS:
            peer.execute(f"PRAGMA {setting}")
        peer.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        yield peer


async def run_once(agent: Agent, steps: int) -> Times:
    """One request in a session of its own, timed by the events as a client sees them."""
    seen: dict[str, float] = {}
    status = None
    started = perf_counter()
    async for event in agent.stream("do nothing again and again"):
        seen[event.body.type] = perf_counter() - started  # the last of its type
        status = getattr(event.body, "status", status)
    if status != "done":
        raise RuntimeError(f"The run ended as {status!r}, so its times say nothing.")
    step_s = (seen["step.finished"] - seen["plan"]) / steps
    return Times(seen["plan"], step_s, seen["run.finished"])


def commit(peer: sqlite3.Connection, steps: int) -> float:
    """Seconds for the commits of so many steps, one after the other."""
    body = json.dumps(PLAN["steps"][0] | {"status": "done", "output": "done"})
    started = perf_counter()
    for _ in range(steps * COMMITS):
        peer.execute("INSERT INTO event (body) VALUES (?)", (body,))
    return perf_counter() - started
