"""The command line on the real host process; only what needs no model, so that it stays quick."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from ..terminals import end_program, exit_code

HOMEWIT = [sys.executable, "-m", "homewit.tui"]


@pytest.fixture
def homewit(tmp_path: Path):
    """Run the program in an empty folder; each command has a host of its own."""

    def run(*args: str, **options) -> subprocess.CompletedProcess[str]:
        given = {"stdin": subprocess.DEVNULL, **options}
        return subprocess.run(
            [*HOMEWIT, *args], capture_output=True, text=True, cwd=tmp_path, timeout=120, **given
        )

    return run


@pytest.fixture
def shared(homewit, resident):
    """The same for several commands, which share a host."""
    return homewit


def test_the_built_in_tools_are_listed_and_called(shared):
    """tools list, show and call go through the real registry."""
    names = [json.loads(line)["name"] for line in shared("tools", "list", "--json").stdout.splitlines()]
    assert {"calculate", "write_file", "run_command"} <= set(names)
    assert "expression" in shared("tools", "show", "calculate").stdout
    done = shared("tools", "call", "calculate", "expression=17 * 23")
    assert (done.returncode, done.stdout) == (0, "17 * 23 = 391\n")


def test_what_was_kept_is_taken_back(shared):
    """undo, by another process than the one that did it; a second one finds nothing and ends with 1."""
    alone = {**os.environ, "HOMEWIT_HOST": "private"}
    shared("tools", "call", "add_task", "title=buy milk", env=alone)
    assert shared("undo").stdout == "Removed from your tasks: buy milk\n"
    assert shared("tools", "call", "list_tasks").stdout == "No open tasks.\n"
    again = shared("undo")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("homewit: There is nothing to undo")


def test_a_fact_is_added_explained_and_forgotten(shared):
    """memory add, list, why, search and forget."""
    fact = json.loads(shared("memory", "add", "my favourite colour is green", "--json").stdout)
    assert fact["quote"] in "my favourite colour is green"
    assert fact["id"] in shared("memory", "list").stdout
    assert "favourite colour is green" in shared("memory", "why", fact["id"]).stdout
    near = shared("memory", "forget", "my favourite song")
    assert (near.returncode, near.stdout, "'my favourite song'" in near.stderr) == (1, "", True)
    assert shared("memory", "forget", "colour").stdout == f"forgot {fact['id']}\n"
    assert shared("memory", "search", "colour").stdout == ""


def test_a_plugin_file_is_found_and_a_broken_one_reported(shared, home: Path):
    """A drop-in file adds a tool; one with a syntax error is named on stderr and stops nothing."""
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "shout.py").write_text(
        "from homewit.tools import tool\n\n@tool\ndef shout(text: str) -> str:\n"
        '    """Say it louder."""\n    return text.upper()\n',
        encoding="utf-8",
    )
    (home / "tools" / "broken.py").write_text("def (\n", encoding="utf-8")
    done = shared("tools", "list")
    assert done.returncode == 0
    assert "shout" in done.stdout
    assert "broken.py" in done.stderr
    assert shared("tools", "call", "shout", "text=hello").stdout == "HELLO\n"


BAD_INPUT = [
    (["run", "hi", "--model", "/nowhere"], 3, "/nowhere"),
    (["run", "hi", "--allow", "not a rule!"], 2, "not a rule!"),
    (["run", "hi", "--allow", "write_fiel"], 2, "did you mean write_file or"),
    (["tools", "show", "nothing"], 1, "nothing"),
    (["tools", "call", "calculate", "expresion=1"], 1, "expresion"),
    (["sessions", "show", "s_nothing"], 1, "s_nothing"),
    (["resume", "r_nothing"], 1, "r_nothing"),
]


def test_bad_input_is_one_message_and_its_code(shared):
    """The host's own words, once, and the exit code of the contract."""
    for args, code, says in BAD_INPUT:
        done = shared(*args)
        assert (done.returncode, done.stdout) == (code, ""), args
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written_is_told(homewit, tmp_path: Path):
    """Where the home is a file, the message names it."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = homewit("memory", "list", env={**os.environ, "HOMEWIT_HOME": str(tmp_path / "taken" / "home")})
    assert done.returncode != 0
    assert "taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_host_is_a_state_of_the_screen(home: Path, wait_until):
    """The program stays open and starts it again; one that dies at once is a state, with the way out."""
    env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    child = pexpect.spawn(
        HOMEWIT[0], [*HOMEWIT[1:], "chat"], dimensions=(30, 100), encoding="utf-8", env=env, timeout=60
    )
    try:
        child.expect("engine")
        child.expect(r"\d+ tools")
        (host,) = hosts_of(child.pid)
        os.kill(host, signal.SIGKILL)
        child.expect("engine process stopped")
        (other,) = wait_until(lambda: [one for one in hosts_of(child.pid) if one != host])
        os.kill(other, signal.SIGKILL)
        child.expect("✗ engine stopped")
        child.expect("host.log")
        child.send("/retry\r")
        child.expect("loading")
        child.send("\x11")
        child.expect(pexpect.EOF)
    finally:
        end_program(child)


def hosts_of(parent: int) -> list[int]:
    """The children of a process."""
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_an_interrupt_while_the_program_is_read_is_quiet(tmp_path: Path):
    """Ctrl-C before the command line can answer it ends the process without a traceback."""
    interrupted = (
        "import builtins, os, runpy, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job starts without it
        "real = builtins.__import__\n"
        "def interrupt(name, *rest, **more):\n"
        "    if name == 'click':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = interrupt\n"
        "runpy.run_module('homewit.tui', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", interrupted], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_what_a_tool_refuses_names_it_once(homewit):
    """A message that begins with the tool's name is not given it again."""
    done = homewit("tools", "call", "calculate")
    assert done.returncode == 1
    assert done.stderr.startswith("homewit: calculate: expression is missing.")


def test_a_home_that_is_a_file_is_told_with_the_way_out(homewit, tmp_path: Path):
    """One sentence in plain words, and what to do."""
    (tmp_path / "file").touch()
    done = homewit("memory", "list", env={**os.environ, "HOMEWIT_HOME": str(tmp_path / "file")})
    assert (done.returncode, done.stderr) == (
        2,
        f"homewit: {tmp_path}/file/config.toml cannot be read: Not a directory. "
        "Correct it, or choose another home with HOMEWIT_HOME.\n",
    )


def test_a_tool_that_ends_its_process_ends_its_step(shared, home: Path, tmp_path: Path):
    """It has a process of its own: the host goes on, and the run ends with what went wrong."""
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "fatal.py").write_text(
        "import os\n\nfrom homewit.tools import tool\n\n\n@tool\ndef fatal() -> str:\n"
        '    """End everything."""\n    os._exit(9)\n',
        encoding="utf-8",
    )
    steps = {"steps": [{"id": "s1", "tool": "fatal", "args": {}}], "question": None}
    (tmp_path / "script.json").write_text(json.dumps(["act", steps]), encoding="utf-8")
    done = shared("run", "--model", "scripted:script.json", "end everything")
    (run,) = map(json.loads, shared("runs", "list", "--json").stdout.splitlines())
    assert (done.returncode, run["status"]) == (1, "failed")
    assert "its process ended before it answered (exit code 9)" in done.stdout


SLOW_WRITE = """
import time
from pathlib import Path

from homewit.tools import tool


@tool(effect="write", sinks=("path",))
def slow_write(path: str) -> str:
    \"\"\"Write half of a file, and take long for the rest.\"\"\"
    Path(path).write_text("half", encoding="utf-8")
    time.sleep(300)
    return path
"""


@pytest.fixture
def slow_writing(home: Path, tmp_path: Path) -> list[str]:
    """The options of a run that is inside a change for longer than any test takes."""
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "slow.py").write_text(SLOW_WRITE, encoding="utf-8")
    steps = {"steps": [{"id": "s1", "tool": "slow_write", "args": {"path": "x.txt"}}], "question": None}
    (tmp_path / "script.json").write_text(json.dumps(["act", steps]), encoding="utf-8")
    return ["--model", "scripted:script.json", "--allow", "slow_write"]


def test_a_timeout_inside_a_write_is_an_unknown_outcome(shared, slow_writing, tmp_path: Path):
    """The process was in the middle of the file: exit code 6, in words and in the last event, not 4."""
    for limit_s in (4, 16, 64):
        done = shared("run", "write x.txt", "--timeout", str(limit_s), *slow_writing)
        if (tmp_path / "x.txt").exists():
            break  # otherwise time was up before it began
    assert (tmp_path / "x.txt").read_text(encoding="utf-8") == "half"
    assert done.returncode == 6
    assert done.stdout == "Whether slow_write took effect is not known: it was cut off while it ran.\n"
    assert f"took longer than its limit of {limit_s} s" in done.stderr
    run, *_ = map(json.loads, shared("runs", "list", "--json").stdout.splitlines())
    assert (run["status"], run["exit_code"]) == ("unknown", 6)
    assert f"homewit runs show {run['id']}" in done.stderr


def test_an_interrupt_inside_a_write_is_an_unknown_outcome(slow_writing, tmp_path: Path):
    """Ctrl-C while the file is half written: 6, and the event log ends with it."""
    child = pexpect.spawn(
        HOMEWIT[0],
        [*HOMEWIT[1:], "run", "write x.txt", "--json", *slow_writing],
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=60,
    )
    try:
        child.expect("step.started")
        while not (tmp_path / "x.txt").exists():
            time.sleep(0.05)
        child.sendintr()
        child.expect('"run.finished","status":"unknown","exit_code":6')
        child.expect(pexpect.EOF)
        assert exit_code(child) == 6
    finally:
        end_program(child)


def test_a_path_from_a_pipe_is_not_covered_by_a_rule_for_the_tool(shared, tmp_path: Path):
    """What the pipe names is asked for with its origin; the same path on the command line is covered."""
    steps = [{"id": "s1", "tool": "write_file", "args": {"path": "x.txt", "content": "hi"}}]
    plan = {"steps": steps, "question": None}
    (tmp_path / "script.json").write_text(json.dumps(["act", plan, "ok"]), encoding="utf-8")
    options = ["--model", "scripted:script.json", "--allow", "write_file"]
    (tmp_path / "words.txt").write_text("write hi to x.txt", encoding="utf-8")
    with (tmp_path / "words.txt").open() as words:
        piped = shared("run", "-", *options, stdin=words)
    assert (piped.returncode, (tmp_path / "x.txt").exists()) == (5, False)
    assert "path: x.txt  (from a pipe, untrusted)" in piped.stderr
    assert "--allow write_file:path=x.txt" in piped.stderr
    typed = shared("run", "write hi to x.txt", *options)
    assert (typed.returncode, (tmp_path / "x.txt").read_text(encoding="utf-8")) == (0, "hi")
    sessions = map(json.loads, shared("sessions", "list", "--json").stdout.splitlines())
    said = [shared("sessions", "show", session["id"]).stdout.splitlines()[0] for session in sessions]
    assert said == ["You: write hi to x.txt", "Piped: write hi to x.txt"]


def test_the_doctor_does_not_alarm_on_a_fresh_home(shared):
    """What is only optional is marked as such, and the exit code says that all is well."""
    done = shared("doctor")
    states = {
        one["name"]: one["state"] for one in map(json.loads, shared("doctor", "--json").stdout.splitlines())
    }
    assert (done.returncode, "✗" in done.stdout, "– web search" in done.stdout) == (0, False, True)
    assert "problem" not in states.values()
    assert states["web search"] == "optional"


@pytest.mark.slow
def test_a_model_is_quantized_and_then_answers(shared, tmp_path: Path):
    """model quantize, model info and run: the folder that is written is a checkpoint like any other."""
    done = shared("model", "quantize", "bundled", "small", "--bits", "8", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    written, described = (
        json.loads(text) for text in (done.stdout, shared("model", "info", "small", "--json").stdout)
    )
    assert written.pop("bytes") == (tmp_path / "small" / "model.safetensors").stat().st_size
    assert written == described
    assert (described["dtype"], described["dialect"]) == ("int8", "compact")
    assert "391" in shared("run", "what is 17 * 23?", "--model", "small").stdout
    again = shared("model", "quantize", "bundled", "small")
    assert (again.returncode, again.stdout) == (2, "")
    assert "not an empty folder" in again.stderr


@pytest.mark.slow
def test_a_model_is_measured(homewit):
    """model bench through the real engine: one object, progress on stderr; a missing model ends with 3."""
    done = homewit("model", "bench", "bundled", "--quick", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, "loading the model")
    assert (found["model"], found["prefill"]["tokens"], found["decode"][0]["held"]) == ("bundled", 512, 512)
    assert found["decode"][0]["tokens_per_s"] > 0
    missing = homewit("model", "bench", "no/such")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "There is no model at" in missing.stderr
