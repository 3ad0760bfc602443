"""The files in ``examples/`` run as they stand, with the real program and the bundled model."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def run(arguments: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as a user would: the installed program on the PATH, output captured."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    return subprocess.run(arguments, cwd=folder, env=environment, input=given, capture_output=True, text=True)


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_plugin_is_found_listed_and_called_from_a_prompt(home: Path, tmp_path: Path):
    """A file copied into the home's tools folder is a tool like any other."""
    (home / "tools").mkdir(parents=True)
    shutil.copy(EXAMPLES / "tea.py", home / "tools" / "tea.py")

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
