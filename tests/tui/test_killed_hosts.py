"""`kill -9` of a host or of a client, for real: the others notice, nothing is done twice, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from homewit.agent.hosting import address

pytestmark = pytest.mark.slow

HOMEWIT = [sys.executable, "-m", "homewit.tui"]
Run = Callable[..., subprocess.CompletedProcess[str]]

TOOLS = '''
import signal
from pathlib import Path

from homewit.tools import tool

HERE = Path({folder!r})


def die_once() -> None:
    """Let the test take the host away; only the first time. From in here no other process can be reached."""
    if not (HERE / "dies").exists():
        (HERE / "dies").touch()
        signal.pause()


@tool
def look(name: str) -> str:
    """Look something up."""
    die_once()
    return f"{{name}} is here"


def was_sent(to: str) -> bool:
    return (HERE / "sent").exists()


@tool(effect="send", sinks=("to",), check=was_sent)
def send(to: str) -> str:
    """Send a message, and die after it."""
    with (HERE / "sent").open("a") as sent:
        sent.write(to + "\\n")
    die_once()
    return f"sent to {{to}}"


@tool(effect="send", sinks=("to",))
def send_blindly(to: str) -> str:
    """Send a message that nobody can check."""
    with (HERE / "sent").open("a") as sent:
        sent.write(to + "\\n")
    die_once()
    return f"sent to {{to}}"
'''


@pytest.fixture
def work(tmp_path: Path, home: Path, resident: Run) -> Iterator[Path]:
    """Where the program is started; tools in the home choose when their host is killed."""
    (home / "tools").mkdir(parents=True)
    tools = TOOLS.format(folder=str(tmp_path / "work"))
    (home / "tools" / "deadly.py").write_text(tools, encoding="utf-8")
    over = threading.Event()
    watcher = threading.Thread(target=kill_host, args=(tmp_path / "work" / "dies", home, over))
    watcher.start()
    yield tmp_path / "work"
    over.set()
    watcher.join()


def kill_host(sign: Path, home: Path, over: threading.Event) -> None:
    """`kill -9` as soon as ``sign`` is there."""
    while not over.wait(0.01):
        if sign.exists():
            there = address.published(home)
            assert there is not None
            os.kill(there.pid, signal.SIGKILL)
            return


def script(work: Path, *outputs: Any) -> list[str]:
    """The option for a model that says ``outputs``."""
    (work / "script.json").write_text(json.dumps(outputs), encoding="utf-8")
    return ["--model", "scripted:script.json"]


def plan(*steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    named = [{"id": f"s{n}", "tool": tool, "args": args} for n, (tool, args) in enumerate(steps, 1)]
    return {"steps": named, "question": None}


def events(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def rests(resident: Run) -> dict[str, Any] | None:
    """The newest run, once nobody carries it out."""
    newest = events(resident("runs", "list", "--json"))[0]
    return newest if newest["status"] != "running" else None


@contextmanager
def started(work: Path, *args: str, wait_for: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, once it has printed something."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen([*HOMEWIT, *args], cwd=work, text=True, stdin=subprocess.DEVNULL, **pipes)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if wait_for in line:
                break
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_host_that_dies_in_a_read_is_replaced_and_the_run_goes_on(resident: Run, work: Path):
    """The client says so; the read is repeated, and every event of the log has come once and in order."""
    options = script(work, "act", plan(("look", {"name": "x"})), "It is here.")
    done = resident("run", "look for x", "--json", *options)
    told = events(done)
    assert (done.returncode, told[-1]["status"]) == (0, "done")
    assert done.stderr.startswith("the engine process stopped; see ")
    assert "another one takes the run" in done.stderr
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert [event["type"] for event in told].count("step.finished") == 1
    assert events(resident("runs", "show", told[0]["run"], "--json")) == told


def test_an_effect_that_happened_is_not_repeated(resident: Run, work: Path):
    """The host dies between an effect and its outcome: the tool's own check tells that it took place."""
    options = script(work, "act", plan(("send", {"to": "ada@example.org"})), "Sent.")
    done = resident("run", "send it to ada@example.org", "--json", "--allow", "send", *options)
    assert "another one takes the run" in done.stderr
    assert (done.returncode, events(done)[-1]["status"]) == (0, "done")
    assert (work / "sent").read_text(encoding="utf-8") == "ada@example.org\n"


def test_an_effect_that_nobody_can_check_is_unknown_and_not_repeated(resident: Run, work: Path):
    """Without a check the run says that it does not know: exit code 6."""
    options = script(work, "act", plan(("send_blindly", {"to": "ada@example.org"})), "Sent.")
    done = resident("run", "send it to ada@example.org", "--allow", "send_blindly", *options)
    assert "another one takes the run" in done.stderr
    assert done.returncode == 6
    assert (work / "sent").read_text(encoding="utf-8") == "ada@example.org\n"


def test_a_host_that_dies_before_there_is_a_plan(resident: Run, work: Path):
    """Killed from outside while the model writes: the run begins anew, and its log is one."""
    options = script(work, "chat", {"slow": "one two three four five six", "pause_s": 0.1})
    with started(work, "run", "talk", "--json", *options, wait_for='"text.delta"') as running:
        os.kill(json.loads(resident("host", "status", "--json").stdout)["pid"], signal.SIGKILL)
        out, _ = running.communicate(timeout=60)
    last = json.loads(out.splitlines()[-1])
    assert (running.returncode, last["type"], last["status"]) == (0, "run.finished", "done")
    assert "one two three four five six" in out


def test_the_runs_of_a_client_that_is_killed_can_be_resumed(resident: Run, work: Path, wait_until):
    """It decided nothing, so its run rests; a list tells so, and resume carries it to its end."""
    options = script(work, "chat", {"slow": "word " * 400, "pause_s": 0.05})
    with started(work, "run", "talk", "--json", *options, wait_for='"text.delta"') as running:
        (before,) = events(resident("runs", "list", "--json"))
        assert before["status"] == "running"
        refused = resident("resume", before["id"])
        assert (refused.returncode, "still going on" in refused.stderr) == (2, True)
        running.kill()
        running.wait()
    after = wait_until(lambda: rests(resident))
    assert after == {**before, "status": "interrupted"}
    done = resident("resume", after["id"], *script(work, "chat", "The end."))
    assert (done.returncode, done.stdout) == (0, "The end.\n")


def test_a_run_of_another_client_is_cancelled(resident: Run, work: Path):
    """Its own client learns it as if it had stopped the run itself."""
    options = script(work, "chat", {"slow": "word " * 400, "pause_s": 0.05})
    with started(work, "run", "talk", "--json", *options, wait_for='"text.delta"') as running:
        (run,) = events(resident("runs", "list", "--json"))
        done = resident("runs", "cancel", run["id"])
        assert (done.returncode, done.stdout) == (0, f"{run['id']}  cancelled\n")
        out, _ = running.communicate(timeout=60)
    assert (running.returncode, json.loads(out.splitlines()[-1])["status"]) == (130, "cancelled")
    again = resident("runs", "cancel", run["id"])
    assert (again.returncode, "has ended (cancelled)" in again.stderr) == (2, True)


def test_a_run_that_waits_for_its_user_is_shown_and_cancelled(resident: Run, work: Path):
    """An approval that is open in one client is no business of another but to end it."""
    options = script(work, "act", plan(("send_blindly", {"to": "a@x.org"})), "Sent.")
    asking = "import sys; from homewit.tui import stdin; stdin.is_piped = lambda: False\n"
    asking += (
        "from homewit.tui import plain; plain.is_piped = lambda: False\nfrom homewit.tui.cli import main\n"
    )
    asking += "main(sys.argv[1:])"
    program = [sys.executable, "-c", asking, "chat", "--plain", *options]
    with subprocess.Popen(
        program, cwd=work, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as talking:
        assert talking.stdin is not None
        assert talking.stdout is not None
        talking.stdin.write("send it to a@x.org\n")
        talking.stdin.flush()
        while "1) allow once" not in talking.stdout.readline():
            pass
        (run,) = events(resident("runs", "list", "--json"))
        assert run["status"] == "waiting"
        assert resident("runs", "cancel", run["id"]).stdout == f"{run['id']}  cancelled\n"
        while "stopped" not in talking.stdout.readline():
            pass
        talking.communicate("/quit\n", timeout=60)
    assert not (work / "sent").exists()


def test_an_interrupted_run_is_closed(resident: Run, work: Path, wait_until):
    """Cancelling what nobody carries out ends it in the list, and it cannot be resumed then."""
    options = script(work, "chat", {"slow": "word " * 400, "pause_s": 0.05})
    with started(work, "run", "talk", "--no-host", "--json", *options, wait_for='"text.delta"') as running:
        (run,) = events(resident("runs", "list", "--json"))
        elsewhere = resident("runs", "cancel", run["id"])
        assert (run["status"], elsewhere.returncode, "of its own" in elsewhere.stderr) == ("running", 2, True)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="ascii")
        for how in (signal.SIGSTOP, signal.SIGKILL):  # at once: the host does nothing about its client's end
            for one in (running.pid, *map(int, children.split())):
                os.kill(one, how)
        running.communicate()
    wait_until(lambda: rests(resident))
    assert resident("runs", "cancel", run["id"]).stdout == f"{run['id']}  cancelled\n"
    (after,) = events(resident("runs", "list", "--json"))
    assert (after["status"], after["exit_code"]) == ("cancelled", 130)
    assert resident("resume", run["id"]).returncode == 2
