"""Kills a run at every moment at which something changes outside of its memory, and resumes it.

Usage: crash_points.py FOLDER checked|blind|keyed|careless|workflow|records [FIRST [STEP]]. A moment is the
commit of a transaction, the middle of an extraction, and before and after each effect; the world outside is a
file of lines. For each moment a process is killed there with SIGKILL, a second one that resumes the run is
killed, too, at some moment, and a third one resumes it to its end. ``workflow`` does the same with a
workflow, a part of it in a sub-task, whose file is another one by the time it is resumed. ``records`` keeps
notes and a task instead of lines. ``careless`` is the control: effects that claim to be reads.

Prints one JSON object per moment, until the run ends before it: the lines, the ledger, and how it ended.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from homewit.agent import Agent, Plan, Policy, Ref, Step, UsageError
from homewit.agent.model import TokenCount
from homewit.agent.planning.conditions import Compare, Empty
from homewit.agent.result import collect
from homewit.memory import Store
from homewit.tools import Tool, ToolContext, tool

FOLDER, MODE = Path(sys.argv[1]), sys.argv[2]
FIRST, STEP = (int(word) for word in [*sys.argv[3:], "1", "1"][:2])
LINES = FOLDER / "lines.txt"
SECOND_KILL = 11  # moments, at most, after which the process that resumes is killed


WORKFLOW = """
inputs: {last: {}}
steps:
  - {id: s1, tool: names}
  - {id: s2, tool: write, foreach: "${steps.s1}", args: {line: "${item}"}}
  - {id: part, tool: sub_task, args: {prompt: write d, tools: [write]}}
  - id: read
    tool: extract
    args: {text: "the last line is ${inputs.last}", fields: {last: string}}
  - {id: s5, tool: write, args: {line: "${steps.read.last}"}}
outputs: {part: "${steps.part.text}"}
"""


LINES_WRITTEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("write", {"line": Ref("item", "")}),
    ("write", {"line": "d"}),
    ("write", {"line": "never"}),
    ("write", {"line": "e"}),
)
RECORDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("add_note", {"text": Ref("item", "")}),
    ("add_task", {"title": "d"}),
    ("add_note", {"text": "never"}),
    ("edit_note", {"note": "a", "text": "e"}),
)


class Moments:
    """Counts moments, and kills this process at the one it is told."""

    def __init__(self, kill_at: int) -> None:
        self._left = kill_at

    def pass_one(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


moments = Moments(0)


def append(line: str) -> str:
    """The effect: a line more, for ever."""
    moments.pass_one()
    with LINES.open("a") as file:
        file.write(f"{line}\n")
    moments.pass_one()
    return line


def is_there(line: str) -> bool:
    return line in lines()


def lines() -> list[str]:
    return LINES.read_text().splitlines() if LINES.exists() else []


def tools() -> list[Tool[Any, Any]]:
    @tool
    def names() -> list[str]:
        """Name what is to be written."""
        return ["a", "b", "c"]

    def write(line: str, *, ctx: ToolContext) -> str:
        """Write a line."""
        # A service that takes a key does nothing twice; this one keeps the key in the line.
        if MODE == "keyed" and f"{line} {ctx.call_key}" in lines():
            return line
        return append(f"{line} {ctx.call_key}" if MODE == "keyed" else line)

    options: dict[str, dict[str, Any]] = {
        "checked": {"effect": "record", "check": is_there},
        "blind": {"effect": "record"},
        "keyed": {"effect": "record", "idempotent": True},
        "careless": {"effect": "read"},
        "workflow": {"effect": "record", "check": is_there},
    }
    return [names, tool(**options[MODE])(write)] if MODE in options else [names]


class Planner:
    """A model that plans a loop, a branch that is taken, one that is not, and what refers to them."""

    def route(self, turn: Any, cancel: Any) -> dict[str, float]:
        return {"plan": 0.0}

    def plan(self, turn: Any, route: Any, cancel: Any) -> Plan:
        if turn.request == "write d":  # the sub-task of the workflow
            return Plan(route, (Step("s1", "write", {"line": "d"}),))
        each, taken, left, last = RECORDS if MODE == "records" else LINES_WRITTEN
        return Plan(
            route,
            (
                Step("s1", "names", {}),
                Step("s2", *each, foreach=Ref("s1", "")),
                Step("s3", *taken, when=Compare("contains", Ref("s1", ""), "b")),
                Step("s4", *left, when=Empty(Ref("s1", ""))),
                Step("s5", *last),
            ),
        )

    def parts(self, text: str, fields: Any) -> list[str]:
        return [text]

    def extract(self, part: str, fields: Any, cancel: Any) -> dict[str, Any]:
        moments.pass_one()  # inside of the call, which is simply made again
        return {"last": part.rpartition(" ")[2]}

    def answer(self, turn: Any, results: Any, cancel: Any) -> Iterator[str]:
        yield "Done."

    def take_usage(self) -> TokenCount:
        return TokenCount()


async def act(home: Path) -> None:
    """Begin the run of a home, or resume it."""
    async with Agent.open(Planner(), home=home, cwd=FOLDER, tools=tools(), policy=Policy()) as agent:
        runs = agent.place.store.list_runs()
        if not runs and MODE == "workflow":
            keep(home, WORKFLOW)
            start = agent.place.workflows.start("all", None, {"last": "e"})
            await collect((await agent.runner.start_workflow(start)).events())
        elif not runs:
            await agent.run("write all")
        elif runs[0].status in ("running", "unknown"):
            with suppress(UsageError):  # only the row of the run did not know that it had ended
                await agent.resume(runs[0].id)


def keep(home: Path, text: str) -> None:
    (home / "workflows").mkdir(exist_ok=True)
    (home / "workflows" / "all.yaml").write_text(text)


def in_a_child(home: Path, kill_at: int) -> bool:
    """Whether the child came to its end, and was not killed."""
    child = os.fork()
    if child == 0:
        global moments
        moments = Moments(kill_at)
        event.listen(Engine, "commit", moments.pass_one)
        asyncio.run(act(home))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if status:
        raise SystemExit(f"a child ended with {status}")
    return True


def one_moment(template: Path, number: int) -> bool:
    """Kill, resume and kill, resume; report. False when the run ended before the moment."""
    home = FOLDER / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template, home)
    LINES.unlink(missing_ok=True)
    if in_a_child(home, number):
        return False
    keep(home, "steps: []")
    in_a_child(home, 1 + number % SECOND_KILL)
    if not in_a_child(home, 0):
        raise SystemExit("the last child was killed")
    with Store.open(home / "homewit.db") as store:
        run = store.list_runs()[0]
        log = [one.seq for one in store.events(run.id)]
        report = {
            "moment": number,
            "lines": [line.split(" ")[0] for line in lines()] + kept(store),
            "ledger": [(row.step, row.state) for row in store.ledger(run.id)],
            "status": run.status,
            "gapless": log == list(range(1, len(log) + 1)),
            "answers": sum(turn.role == "assistant" for turn in store.turns(run.session or "")),
        }
    print(json.dumps(report), flush=True)
    return True


def kept(store: Store) -> list[str]:
    """What the records hold in the end."""
    tasks = [task.title for task in store.records.list_tasks("all")]
    return [note.text for note in store.records.search_notes("")] + tasks


def main() -> None:
    template = FOLDER / "template"
    Store.open(template / "homewit.db").close()
    asyncio.run(act(FOLDER / "warm"))  # so that the children have nothing to import; its threads end with it
    number = FIRST
    while one_moment(template, number):
        number += STEP


main()
