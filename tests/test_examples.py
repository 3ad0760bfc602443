"""The files in ``examples/`` run as they stand, with the real program and the bundled model.

One home and its host serve all of them, as on any machine; each keeps things of another kind.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .residents import end_host

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.fixture(scope="module")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("examples") / "home"
    yield home
    end_host(home)


@pytest.fixture(autouse=True)
def in_one_home(home: Path, one_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host serves the programs whose variables are the same."""
    monkeypatch.setenv("XDG_DATA_HOME", str(one_home.parent / "xdg-data"))
    monkeypatch.setenv("HOMEWIT_HOME", str(one_home))
    monkeypatch.setenv("HOMEWIT_HOST", "resident")


def run(arguments: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as a user would: the installed program on the PATH, output captured."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    return subprocess.run(arguments, cwd=folder, env=environment, input=given, capture_output=True, text=True)


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_plugin_is_found_listed_and_called_from_a_prompt(one_home: Path, tmp_path: Path):
    """A file copied into the home's tools folder is a tool like any other."""
    (one_home / "tools").mkdir(parents=True, exist_ok=True)
    shutil.copy(EXAMPLES / "tea.py", one_home / "tools" / "tea.py")

    listed = run(["homewit", "tools", "list", "--json"], tmp_path)
    asked = run(["homewit", "run", "--json", "how many minutes should green tea steep?"], tmp_path)

    assert (listed.returncode, asked.returncode) == (0, 0), listed.stderr + asked.stdout + asked.stderr
    assert {"steep_time": "file:tea.py"}.items() <= {
        item["name"]: item["source"] for item in events(listed.stdout)
    }.items()
    (step,) = [event for event in events(asked.stdout) if event["type"] == "step.finished"]
    assert (step["tool"], step["args"], step["status"]) == ("steep_time", {"tea": "green"}, "done")


def test_the_library_example_plans_answers_and_streams(tmp_path: Path):
    """`examples/ask.py` prints a plan, an answer, and the step of a streamed run."""
    done = run([sys.executable, str(EXAMPLES / "ask.py")], tmp_path)
    assert done.returncode == 0, done.stderr
    for text in ("s1 convert_units", "391", "convert_units {"):
        assert text in done.stdout


def test_the_shell_example_records_each_line_and_reports(tmp_path: Path):
    """`examples/expenses.sh` logs the events of each run and prints the sum of both expenses."""
    done = run(
        ["sh", str(EXAMPLES / "expenses.sh"), "log.jsonl"], tmp_path, "12.50 on lunch\n40 on groceries\n"
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["recorded: 12.50 on lunch", "recorded: 40 on groceries"]
    assert "52.5" in "\n".join(lines[2:])
    finished = [
        event for event in events((tmp_path / "log.jsonl").read_text()) if event["type"] == "run.finished"
    ]
    assert [event["exit_code"] for event in finished] == [0, 0]


def flow(name: str, folder: Path, *options: str) -> tuple[int, list[dict[str, object]]]:
    """Run one of the workflows; its exit code and events."""
    done = run(["homewit", "run", "--json", str(EXAMPLES / name), *options], folder)
    return done.returncode, events(done.stdout)


def test_the_trip_is_converted_and_kept(tmp_path: Path):
    """`examples/trip.yaml` fills a text with results and gives its outputs."""
    code, told = flow("trip.yaml", tmp_path, "--input", "miles=3", "--allow", "write_file:path=trip.txt")
    outputs = next(event["outputs"] for event in told if event["type"] == "answer")
    assert (code, outputs) == (0, {"km": 4.828032, "file": "trip.txt"})
    assert (tmp_path / "trip.txt").read_text().endswith(": 3 miles = 4.83 km")


def test_the_shopping_is_a_loop_and_a_condition(tmp_path: Path):
    """`examples/shopping.yaml` adds a task for each thing, and an expense only where there is one."""
    code, told = flow("shopping.yaml", tmp_path, "--input", "things=milk, bread")
    ends = [(event["id"], event["status"]) for event in told if event["type"] == "step.finished"]
    outputs = next(event["outputs"] for event in told if event["type"] == "answer")
    assert (code, outputs) == (0, {"open": 2, "spent": None})
    assert sorted(ends) == [
        ("add", "done"),
        ("add[0]", "done"),
        ("add[1]", "done"),
        ("note", "omitted"),
        ("open", "done"),
    ]


def test_the_weekend_has_a_sub_task(tmp_path: Path):
    """`examples/weekend.yaml` lets the bundled model plan a part of it, with two tools."""
    code, told = flow("weekend.yaml", tmp_path)
    nested = [event["id"] for event in told if event.get("parent") == "length" and "id" in event]
    notes = [event["args"] for event in told if event["type"] == "step.finished" and event["id"] == "keep"]
    assert (code, nested) == (0, ["length/s1"] * 2)
    assert "42.16" in str(notes)
