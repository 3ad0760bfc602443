"""A prompt of several steps, a workflow, a learned procedure and a scheduled run, each killed in its middle.

The installed program on the bundled model. `kill -9` comes from outside while a step is under way; afterwards
everything has happened once, and what nobody can know is called unknown.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from homewit.agent.hosting import address

from .conftest import PROGRAM

PLUGIN = '''
import signal
from homewit.tools import ToolContext, tool


def stand_still_once(line: str, ctx: ToolContext) -> None:
    """Be killed here, the first time."""
    sign = ctx.cwd / f"{line}.sign"
    if not sign.exists():
        sign.touch()
        signal.pause()


def is_logged(line: str, *, ctx: ToolContext) -> bool:
    return (ctx.cwd / "log.txt").exists() and line in (ctx.cwd / "log.txt").read_text().splitlines()


@tool(effect="write", check=is_logged)
def log_surely(line: str, *, ctx: ToolContext) -> str:
    """Log a line."""
    with (ctx.cwd / "log.txt").open("a") as file:
        file.write(line + "\\n")
    stand_still_once(line, ctx)
    return "logged " + line


@tool(effect="write")
def log_blindly(line: str, *, ctx: ToolContext) -> str:
    """Log a line, and be unable to tell later."""
    with (ctx.cwd / "log.txt").open("a") as file:
        file.write(line + "\\n")
    stand_still_once(line, ctx)
    return "logged " + line


def forget_both(result: str, *, ctx: ToolContext) -> str:
    return "not tested here"


@tool(effect="record", undo=forget_both)
def log_both(line: str, *, ctx: ToolContext) -> str:
    """Log a line among the notes and the tasks."""
    ctx.records.add_note("kept " + line)
    stand_still_once(line, ctx)
    ctx.records.add_task(line)
    return "kept " + line
'''
FLOW = """
inputs: {{line: {{}}}}
steps:
  - {{id: note, tool: add_note, args: {{text: "${{inputs.line}}"}}}}
  - {{id: log, tool: {tool}, args: {{line: "${{inputs.line}}"}}}}
outputs: {{said: "${{steps.log.text}}"}}
"""
READING = '"type":"step.started","id":"s3"'
ALL_DONE = [("s1", "done"), ("s2", "done"), ("s3", "done"), ("run", "done")]
ALONE = "--no-host"


def request(miles: int, file: str = "notes.txt") -> str:
    """Three steps; the last one starts a process, so it can be killed before it ends."""
    return f"convert {miles} miles to km and note it and read {file}"


def flow(name: str, line: str) -> list[str]:
    return ["run", f"{name}.yaml", "--input", f"line={line}", "--allow", f"log_{name}", "--json"]


@dataclass(frozen=True, slots=True)
class Killed:
    """A command whose host, or which itself, was killed: how it ended, and all that it printed."""

    code: int | None
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Place:
    """A home with a plugin, a folder with files, and the program."""

    home: Path
    folder: Path
    environment: dict[str, str]
    homewit: Callable[..., subprocess.CompletedProcess[str]]

    def told(self, *words: str) -> list[dict[str, Any]]:
        """What a command prints with ``--json``."""
        return [json.loads(line) for line in self.homewit(*words, "--json").stdout.splitlines()]

    def notes(self) -> list[str]:
        (found,) = self.told("tools", "call", "search_notes", "query=miles line")
        return sorted(note["text"] for note in found["data"]["notes"])

    def written(self) -> list[str]:
        return (self.folder / "log.txt").read_text(encoding="utf-8").splitlines()

    def killed(self, *words: str, at: str = "", sign: str = "") -> Killed:
        """Run a command, and kill its host, or all of it with ``--no-host``, once it printed ``at`` and the
        plugin has made the file ``sign``.
        """
        process = subprocess.Popen(
            [*PROGRAM, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        printed = ""
        try:
            while at not in printed:
                line = process.stdout.readline()
                assert line, f"it ended early: {printed}{process.communicate()[1]}"
                printed += line
            while sign and not (self.folder / sign).exists():
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            ending = self._to_kill(process.pid, ALONE in words)
            for how in (signal.SIGSTOP, signal.SIGKILL):  # at once: none does anything about another's end
                for one in ending:
                    os.kill(one, how)
            rest, err = process.communicate(timeout=120)
        finally:
            process.kill()
            process.communicate()
        return Killed(process.returncode, printed + rest, err)

    def _to_kill(self, process: int, alone: bool) -> list[int]:
        if alone:
            children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
            return [process, *map(int, children.split())]
        host = address.published(self.home)
        assert host is not None
        return [host.pid]


@pytest.fixture
def place(environment: dict[str, str], folder: Path, homewit: Callable[..., Any], resident: None) -> Place:
    home = Path(environment["HOMEWIT_HOME"])
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "logs.py").write_text(PLUGIN, encoding="utf-8")
    for name in ("surely", "blindly", "both"):
        (folder / f"{name}.yaml").write_text(FLOW.format(tool=f"log_{name}"), encoding="utf-8")
    for name in ("notes.txt", "other.txt"):
        (folder / name).write_text(f"this is {name}\n", encoding="utf-8")
    return Place(home, folder, environment, homewit)


def taken_up(ended: Killed) -> list[dict[str, Any]]:
    """The events of a run whose host was killed: its command had another host go on."""
    assert "another one takes the run" in ended.err
    return ended.events


def resumed(place: Place, ended: Killed, *options: str) -> list[dict[str, Any]]:
    """The events of a run that was killed with its command, after the user resumed it."""
    assert ended.code == -signal.SIGKILL
    run = ended.events[0]["run"]
    assert [one["status"] for one in place.told("runs", "list") if one["id"] == run] == ["interrupted"]
    place.homewit("resume", run, *options)
    return place.told("runs", "show", run)


def ends(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The steps that ended, in their order, and how; the run's own end last."""
    steps = [(one["id"], one["status"]) for one in events if one["type"] == "step.finished"]
    return [*steps, ("run", events[-1]["status"])]


@pytest.mark.slow
def test_each_goes_on_where_it_was(place: Place):
    """Its host is killed and another one goes on; a process of its own is killed and the user resumes."""
    prompt = taken_up(place.killed("run", request(5), "--json", at=READING))
    assert ends(prompt) == ALL_DONE
    prompt = place.killed("run", request(12, "other.txt"), "--json", ALONE, at=READING)
    assert ends(resumed(place, prompt)) == ALL_DONE

    (offered,) = place.told("procedures", "list")  # from two runs that were killed
    assert place.homewit("procedures", "accept", offered["id"]).returncode == 0
    learned = taken_up(place.killed("run", request(7), "--json", at=READING))
    again = resumed(place, place.killed("run", request(8), "--json", ALONE, at=READING))
    for events in (learned, again):
        assert [one["procedure"] for one in events if one["type"] == "plan"] == [offered["id"]]
        assert ends(events) == ALL_DONE

    done = [("note", "done"), ("log", "done"), ("run", "done")]
    assert ends(taken_up(place.killed(*flow("surely", "line 1"), sign="line 1.sign"))) == done
    ended = place.killed(*flow("surely", "line 2"), ALONE, sign="line 2.sign")
    assert ends(resumed(place, ended, "--allow", "log_surely")) == done
    assert place.written() == ["line 1", "line 2"]

    kilometres = {3: "4.83", 4: "6.44", 5: "8.05", 7: "11.27", 8: "12.87", 12: "19.31"}
    scheduled(place, 3)
    scheduled(place, 4, ALONE)
    noted = [f"{miles} miles = {km} km" for miles, km in kilometres.items()]
    assert place.notes() == sorted([*noted, "line 1", "line 2"])


def scheduled(place: Place, miles: int, *options: str) -> None:
    """A scheduler goes on by itself when its host is killed; killed itself, the next one does."""
    added = json.loads(place.homewit("schedule", "add", "in 1 second", request(miles), "--json").stdout)
    time.sleep(1.1)
    ended = place.killed("scheduler", "--once", "--json", *options, at=READING)
    if options:
        assert ended.code == -signal.SIGKILL
        assert "goes on" in place.homewit("scheduler", "--once").stderr
    else:
        assert (ended.code, "starting it again" in ended.err, "goes on" in ended.err) == (0, True, True)
    (occurrence,) = place.told("schedule", "show", added["id"])[0]["occurrences"]
    assert (occurrence["status"], occurrence["attempts"]) == ("done", 2)
    assert ends(place.told("runs", "show", occurrence["run"])) == ALL_DONE


@pytest.mark.slow
def test_what_nobody_can_check_is_unknown(place: Place):
    """The line was written and the tool cannot tell: exit code 6, and no resume writes it again."""
    ended = place.killed(*flow("blindly", "a line"), ALONE, sign="a line.sign")
    events = resumed(place, ended, "--allow", "log_blindly")
    assert ends(events) == [("note", "done"), ("log", "unknown"), ("run", "unknown")]
    again = place.homewit("resume", events[0]["run"], "--allow", "log_blindly")
    assert again.returncode == 6
    assert (place.written(), place.notes()) == (["a line"], ["a line"])


@pytest.mark.slow
def test_what_a_call_did_to_records_is_undone_and_done_again(place: Place):
    """Killed between two records: the resumed run leaves each once, and its result is the tool's own."""
    ended = place.killed(*flow("both", "a line"), ALONE, sign="a line.sign")
    assert place.notes() == ["a line", "kept a line"]
    events = resumed(place, ended)
    assert ends(events) == [("note", "done"), ("log", "done"), ("run", "done")]
    assert [one["text"] for one in events if one["type"] == "step.finished"][-1] == "kept a line"
    (tasks,) = place.told("tools", "call", "list_tasks")
    assert ([task["title"] for task in tasks["data"]["tasks"]], place.notes()) == (
        ["a line"],
        ["a line", "kept a line"],
    )
