"""A scheduled workflow in real processes: two schedulers that start at one moment share it."""

import json
import subprocess
import time
from pathlib import Path

import pytest

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
