"""Scheduled runs and learned procedures in real processes: killed in the middle, nothing is done twice.

Each program has a host of its own, which is killed with it; models are scripts, but for one test.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from homewit.memory import Store

PROGRAM = [sys.executable, "-m", "homewit.tui"]
PLUGIN = '''
import time
from pathlib import Path
from homewit.tools import tool

LOG = Path("{log}")


def was_done(line: str) -> bool:
    return LOG.exists() and line in LOG.read_text().splitlines()


@tool(effect="write", check=was_done)
def slow_line(line: str) -> str:
    """Write a line, slowly."""
    with LOG.open("a") as file:
        file.write(line + "\\n")
    Path("{log}.began").touch()
    if not Path("{log}.quick").exists():
        time.sleep(60)
    return "wrote " + line
'''
STEPS = [
    {"id": "s1", "tool": "slow_line", "args": {"line": "first"}},
    {"id": "s2", "tool": "slow_line", "args": {"line": "second"}, "after": ["s1"]},
]


@pytest.fixture
def log(environment: dict[str, str], folder: Path, tmp_path: Path) -> Path:
    """Where the plugin writes; it is slow until ``.quick`` is there beside it."""
    path = folder / "log.txt"  # a plugin changes granted folders only
    tools = Path(environment["HOMEWIT_HOME"]) / "tools"
    tools.mkdir(parents=True)
    (tools / "slow.py").write_text(PLUGIN.replace("{log}", str(path)), encoding="utf-8")
    environment["HOMEWIT_HOST"] = "private"
    return path


@pytest.fixture
def homewit(environment: dict[str, str], folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *args],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def scheduler(environment: dict[str, str], folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``homewit scheduler`` with a group of its own; what is left of it is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, "scheduler", *args],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def script(path: Path, *outputs: Any) -> str:
    path.write_text(json.dumps(outputs), encoding="utf-8")
    return f"scripted:{path}"


def until(met: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a process does; fails when it ends or takes too long."""
    for _ in range(1200):
        if met():
            return
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        time.sleep(0.05)
    raise AssertionError("it never came about")


def kill_with_host(process: subprocess.Popen[str]) -> None:
    """SIGKILL the scheduler and the host that it started, at once."""
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True
    ).stdout.split()
    for number in (process.pid, *map(int, children)):
        os.kill(number, signal.SIGKILL)
    process.communicate()


def test_reminders_are_shown_once_by_line_and_on_the_desktop(
    homewit, environment: dict[str, str], tmp_path: Path
):
    """Also those from when nothing ran, a repeating one once with what was missed; words are not markup."""
    home, told = Path(environment["HOMEWIT_HOME"]), tmp_path / "told.txt"
    home.mkdir(parents=True, exist_ok=True)
    program = tmp_path / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nfor one in "$@"; do echo "$one"; done >> {told}\n', encoding="utf-8")
    program.chmod(0o755)
    environment |= {"PATH": f"{program.parent}:{environment['PATH']}", "HOMEWIT_HOST": "private"}
    environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
    now = datetime.now().astimezone()
    with Store.open(home / "homewit.db") as store:
        store.records.add_reminder("--help <b>tea</b>", now - timedelta(hours=1))
        store.records.add("reminder", text="pills", at=now - timedelta(days=2, hours=1), repeats="FREQ=DAILY")
        store.records.add_reminder("later", now + timedelta(days=1))
    shown, again = homewit("scheduler", "--once"), homewit("scheduler", "--once")
    lines = [line.partition("  reminder  ")[2] for line in shown.stdout.splitlines()]
    assert [line.partition("  (")[0] for line in lines] == ["pills", "--help <b>tea</b>"]
    assert "missed 2 times before" in lines[0]
    assert (again.stdout, again.returncode) == ("", 0)
    sent = told.read_text(encoding="utf-8").splitlines()
    assert sent[:3] == ["--app-name=Homewit", "--", "Reminder"]
    assert sent[-1].startswith("--help &lt;b&gt;tea&lt;/b&gt; (today at ")


@pytest.mark.slow
def test_a_killed_scheduler_resumes_and_fires_once(
    homewit, scheduler, log: Path, folder: Path, environment: dict[str, str], tmp_path: Path
):
    """Killed inside the first effect: the next scheduler finds it done, does the second, and that was it."""
    added = homewit("schedule", "add", "in 1 second", "write both lines", "--allow", "slow_line", "--json")
    schedule = json.loads(added.stdout)["id"]
    model = script(tmp_path / "first.json", "plan", {"steps": STEPS, "question": None})
    first = scheduler("--model", model)
    until(lambda: log.with_name("log.txt.began").exists(), first)
    kill_with_host(first)
    assert log.read_text() == "first\n"
    [before] = [json.loads(line) for line in homewit("runs", "list", "--json").stdout.splitlines()]
    assert before["status"] == "interrupted"

    log.with_name("log.txt.quick").touch()
    done = homewit("scheduler", "--once", "--model", script(tmp_path / "second.json", "Both are written."))
    assert done.returncode == 0, done.stderr
    assert "goes on" in done.stderr
    assert "done: Both are written." in done.stdout
    assert log.read_text() == "first\nsecond\n"
    [after] = [json.loads(line) for line in homewit("runs", "list", "--json").stdout.splitlines()]
    assert (after["id"], after["status"]) == (before["id"], "done")
    shown = json.loads(homewit("schedule", "show", schedule, "--json").stdout)
    assert [(one["status"], one["attempts"]) for one in shown["occurrences"]] == [("done", 2)]
    again = homewit("scheduler", "--once", "--model", script(tmp_path / "third.json"))
    assert (again.returncode, again.stdout) == (0, "")


@pytest.mark.slow
def test_two_schedulers_run_a_job_once(homewit, log: Path, tmp_path: Path, environment, folder: Path):
    """Two at the same moment, each with a host of its own: one line, one run."""
    log.with_name("log.txt.quick").touch()
    added = homewit("schedule", "add", "in 1 second", "write a line", "--allow", "slow_line")
    assert added.returncode == 0, added.stderr
    time.sleep(1.1)
    model = script(tmp_path / "both.json", "act", {"steps": STEPS[:1], "question": None}, "It is written.")
    both = [
        subprocess.Popen(
            [*PROGRAM, "scheduler", "--once", "--model", model],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[0] for process in both]
    assert log.read_text() == "first\n", told
    assert len(homewit("runs", "list", "--json").stdout.splitlines()) == 1


@pytest.mark.slow
def test_a_procedure_that_is_killed_resumes(
    run, homewit, folder: Path, environment: dict[str, str], log: Path
):
    """Learned on the bundled model; killed in the middle of its third time, it goes on from its log."""
    for miles, name in (("5", "a.txt"), ("12", "b.txt")):
        ran = homewit("run", f"convert {miles} miles to km and save it to {name}", "--allow", "write_file")
        assert ran.returncode == 0, ran.stderr
    offered = ran.stderr.split("homewit procedures accept ")[1].split()[0]
    assert homewit("procedures", "accept", offered).returncode == 0
    prompt = "convert 7 miles to km and save it to c.txt"
    process = subprocess.Popen(
        [*PROGRAM, "run", prompt, "--json", "--allow", "write_file"],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "plan":
            assert event["procedure"] == offered
            break
    kill_with_host(process)
    resumed = homewit("resume", event["run"], "--json", "--allow", "write_file")
    ends = [json.loads(line) for line in resumed.stdout.splitlines()]
    if resumed.returncode == 0:
        assert ends[-1]["status"] == "done"
    else:
        assert "has ended (done)" in resumed.stderr  # it was faster than the kill
    assert "11.27" in (folder / "c.txt").read_text(encoding="utf-8")
