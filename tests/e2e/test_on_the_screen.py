"""All four kinds of work in the full-screen program on the bundled model, its host killed in each of them.

Killed while a card is open: what came before is not done again, and the card is shown once more.
"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from homewit.agent.hosting import address

from .keyboard import answer, say

STYLE = r"(?:\s|\x1b\[[\d;]*m)*"
"""Between two words of a line that look different."""
FLOW = """
inputs: {miles: {type: number, description: How far}}
steps:
  - {id: convert, tool: convert_units, args: {value: "${inputs.miles}", from_unit: miles, to_unit: km}}
  - {id: save, tool: write_file, args: {path: trip.txt, content: "${steps.convert.text}"}}
outputs: {km: "${steps.convert.value}"}
"""


@pytest.fixture
def kill_host(environment: dict[str, str]) -> Callable[[], None]:
    def kill() -> None:
        host = address.published(Path(environment["HOMEWIT_HOME"]))
        assert host is not None
        os.kill(host.pid, signal.SIGKILL)

    return kill


@pytest.mark.slow
@pytest.mark.usefixtures("resident")
def test_all_four_outlast_their_host(chat, homewit, kill_host, folder: Path):
    """Asked for, learned and repeated, a workflow, scheduled: each card comes again, each file once."""
    (folder / "trip.yaml").write_text(FLOW, encoding="utf-8")
    child = chat()
    child.expect("ready")

    def killed_at_the_card() -> None:
        child.expect("needs your OK")
        kill_host()
        child.expect("started again")
        child.expect("needs your OK")
        answer(child, "a")

    say(child, "convert 5 miles to km and save it to a.txt")
    killed_at_the_card()
    child.expect("Saved to a.txt")
    say(child, "convert 12 miles to km and save it to b.txt")
    child.expect("needs your OK")
    answer(child, "a")
    child.expect("you have done this before")

    say(child, "/procedures")
    child.expect(f"offered{STYLE}convert")
    child.send("\x1b[B")
    child.send("a")
    child.expect(f"learned{STYLE}convert")
    child.send("\x1b")
    child.expect("sk anything")
    say(child, "convert 7 miles to km and save it to c.txt")
    child.expect("◈")
    killed_at_the_card()
    child.expect("Saved to c.txt")

    say(child, "/run trip.yaml")
    child.expect("How far")
    say(child, "3")
    killed_at_the_card()
    child.expect("km: 4.82")

    say(child, "every day at 8 convert 9 miles to km and save it to d.txt")
    child.expect("every day at 8")
    child.expect("needs your OK")
    answer(child, "a")
    child.expect("Scheduled every day at 8")
    say(child, "/schedules")
    child.expect("run now|runs now")
    child.send("\x1b[B")
    child.send("r")
    killed_at_the_card()
    child.expect("Saved to d.txt")
    child.send("\x11")
    child.expect(pexpect.EOF)

    written = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    assert written == {
        "a.txt": "5 miles = 8.05 km",
        "b.txt": "12 miles = 19.31 km",
        "c.txt": "7 miles = 11.27 km",
        "d.txt": "9 miles = 14.48 km",
        "trip.txt": "3 miles = 4.83 km",
    }
    once = ["convert_units", "write_file"]
    assert steps_of_all_runs(homewit) == [once, once, once, once, ["add_schedule"], once]


def steps_of_all_runs(homewit: Callable[..., Any]) -> list[list[str]]:
    """The tools that each run called, the oldest run first; all have to have come to their end."""
    runs = [json.loads(line) for line in homewit("runs", "list", "--json").stdout.splitlines()]
    assert {run["status"] for run in runs} == {"done"}
    logs = [homewit("runs", "show", run["id"], "--json").stdout.splitlines() for run in reversed(runs)]
    ended = [[one for one in map(json.loads, log) if one["type"] == "step.finished"] for log in logs]
    return [[one["tool"] for one in steps] for steps in ended]


@pytest.mark.slow
@pytest.mark.usefixtures("resident")
def test_two_chats_at_once(chat, homewit, folder: Path):
    """One host and one engine; each has its own conversation, its own card and its own answer.

    What one allows for longer does not answer the card of the other; it is listed, and taken back.
    """
    one, other = chat(), chat()
    for child in (one, other):
        child.expect("ready")
    say(one, "convert 5 miles to km and save it to one.txt")
    one.expect("needs your OK")
    say(other, "convert 7 miles to km and save it to other.txt")
    other.expect("needs your OK")
    facts = json.loads(homewit("host", "status", "--json").stdout)
    assert (facts["clients"], [run["state"] for run in facts["runs"]]) == (3, ["waiting", "waiting"])

    answer(other, "u")
    other.expect("Saved to other.txt")
    say(other, "what is 17 * 23?")  # the engine serves one chat while the other's card is open
    other.expect("391")
    assert [path.name for path in folder.iterdir()] == ["other.txt"]
    answer(one, "d")
    one.expect(r"not done|denied|declined|did not")
    for child in (one, other):
        child.send("\x11")
        child.expect(pexpect.EOF)

    assert [path.name for path in folder.iterdir()] == ["other.txt"]
    sessions = [json.loads(line) for line in homewit("sessions", "list", "--json").stdout.splitlines()]
    said = [homewit("sessions", "show", session["id"]).stdout for session in sessions]
    assert len(said) == 2
    assert sorted(["17 * 23" in text for text in said]) == [False, True]
    assert sorted(["one.txt" in text for text in said]) == [False, True]
    (allowed,) = [json.loads(line) for line in homewit("permissions", "list", "--json").stdout.splitlines()]
    assert allowed["rule"] == "write_file:path=other.txt"
    assert homewit("permissions", "revoke", allowed["id"]).returncode == 0
    assert homewit("permissions", "list", "--json").stdout == ""
