"""The scheduler in real processes: two share the work, and reminders are shown."""

import json
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from homewit.memory import Store

from .conftest import PROGRAM

FLOW = """
inputs: {what: {}}
steps: [{id: add, tool: add_task, args: {title: "buy ${inputs.what}"}}]
"""


@pytest.mark.slow
@pytest.mark.usefixtures("resident")
def test_two_schedulers_run_a_job_once(homewit, environment: dict[str, str], folder: Path):
    """Each has a host of its own; the kept workflow that is scheduled by its name runs in one of them."""
    kept = Path(environment["HOMEWIT_HOME"]) / "workflows"
    kept.mkdir(parents=True)
    (kept / "shop.yaml").write_text(FLOW, encoding="utf-8")
    added = homewit("schedule", "add", "in 1 second", "run shop what=milk", "--json")
    schedule = json.loads(added.stdout)
    assert (schedule["kind"], schedule["request"]) == ("workflow", "shop what=milk")
    time.sleep(1.1)
    both = [
        subprocess.Popen(
            [*PROGRAM, "scheduler", "--once", "--no-host"],
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
    (run,) = [json.loads(line) for line in homewit("runs", "list", "--json").stdout.splitlines()]
    assert (run["prompt"], run["status"]) == ("/run shop what=milk", "done"), told
    assert homewit("tools", "call", "list_tasks").stdout == "1. buy milk\n"
    assert sorted("buy milk" in text for text in told) == [False, True]


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
    hour_ago = now - timedelta(hours=1)  # yesterday, where it is past midnight by then
    days = {(moment.date() - hour_ago.date()).days for moment in (now, datetime.now().astimezone())}
    words = [f"({('today', 'yesterday')[day]} at {hour_ago:%H:%M})" for day in days]
    assert sent[-1] in [f"--help &lt;b&gt;tea&lt;/b&gt; {when}" for when in words]
