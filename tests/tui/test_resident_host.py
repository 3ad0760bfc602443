"""The resident host as users meet it: started on demand, shared, replaced when it has to be.

Models are scripts, so that nothing but the host itself takes time.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from homewit.agent.hosting import address

HOMEWIT = [sys.executable, "-m", "homewit.tui"]
Run = Callable[..., subprocess.CompletedProcess[str]]


def facts(resident: Run) -> dict:
    return json.loads(resident("host", "status", "--json").stdout)


def test_one_host_serves_one_command_after_the_other(resident: Run, home: Path):
    """Asking for the status starts none; the first command does, and the next ones find it."""
    assert (resident("host", "status").returncode, facts(resident)) == (1, {"running": False})
    assert resident("tools", "call", "add_task", "title=buy milk").returncode == 0
    first = facts(resident)
    assert resident("tools", "call", "list_tasks").stdout == "1. buy milk\n"
    second = facts(resident)
    assert (first["pid"], second["clients"], second["home"]) == (second["pid"], 1, str(home))
    assert resident("host", "stop").returncode == 0
    assert facts(resident) == {"running": False}


def test_two_starts_at_once_yield_one_host(resident: Run, tmp_path: Path):
    """Commands that all find no host share the one that comes about, and all are served."""
    command = [*HOMEWIT, "tools", "call", "calculate", "expression=17 * 23"]
    started = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=120)[0] for process in started] == ["17 * 23 = 391\n"] * 4
    log = Path(facts(resident)["log"]).read_text(encoding="utf-8")
    assert "Traceback" not in log


def test_a_killed_host_is_replaced(resident: Run):
    """Its lock and socket are still there, and no obstacle."""
    resident("tools", "list")
    first = facts(resident)
    os.kill(first["pid"], signal.SIGKILL)
    done = resident("tools", "call", "calculate", "expression=1 + 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 + 1 = 2\n", "")
    assert facts(resident)["pid"] != first["pid"]


def test_folder_settings_and_model_are_those_of_each_client(resident: Run, tmp_path: Path):
    """One host, several folders, variables and models: each command works as in a process of its own."""
    steps = [{"id": "s1", "tool": "write_file", "args": {"path": "x.txt", "content": "hi"}}]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        script = ["act", {"steps": steps, "question": None}, f"from {name}"]
        (tmp_path / name / "script.json").write_text(json.dumps(script), encoding="utf-8")
    order = ("run", "write hi to x.txt", "--model", "scripted:script.json")
    allowed = resident(*order, cwd=tmp_path / "a", env={**os.environ, "HOMEWIT_ALLOW": "write_file"})
    denied = resident(*order, cwd=tmp_path / "b")
    again = resident(*order, "--allow", "write_file", cwd=tmp_path / "b")
    assert [done.returncode for done in (allowed, denied, again)] == [0, 5, 0]
    assert (allowed.stdout, again.stdout) == ("from a\n", "from b\n")
    assert (tmp_path / "a" / "x.txt").read_text(encoding="utf-8") == "hi"
    assert (tmp_path / "b" / "x.txt").read_text(encoding="utf-8") == "hi"
    pids = {facts(resident)["pid"]}
    assert len(pids) == 1
    missing = resident("run", "hi", "--model", "nowhere")
    assert (missing.returncode, "nowhere" in missing.stderr) == (3, True)


@pytest.mark.slow
def test_another_environment_gets_another_host(resident: Run):
    """One that serves nobody is replaced; while it serves somebody, the command has a process of its own."""
    resident("tools", "list")
    first = facts(resident)["pid"]
    elsewhere = {**os.environ, "TZ": "Asia/Tokyo"}
    told = resident("host", "status", env=elsewhere).stdout
    assert "not for this shell" in told
    assert "TZ" in told
    assert resident("tools", "call", "calculate", "expression=1 + 1", env=elsewhere).stdout == "1 + 1 = 2\n"
    second = facts(resident)["pid"]
    assert second != first
    talking = subprocess.Popen(
        [*HOMEWIT, "chat", "--plain", "--model", "scripted:none.json"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=elsewhere,
    )  # fmt: skip
    assert talking.stderr is not None
    assert "Problem" in talking.stderr.readline()
    done = resident("tools", "call", "calculate", "expression=2 + 2")
    assert (done.returncode, done.stdout) == (0, "2 + 2 = 4\n")
    assert facts(resident)["pid"] == second
    refused = resident("host", "stop")
    assert (refused.returncode, "1 other client" in refused.stderr) == (2, True)
    talking.communicate("/quit\n", timeout=60)


def test_it_ends_when_nobody_needs_it(resident: Run, home: Path, wait_until):
    """After the time that is set; what it was cannot be reached then."""
    home.mkdir()
    (home / "config.toml").write_text("host_idle_s = 0.1\n", encoding="utf-8")
    resident("tools", "list")
    there = address.lock_file(home)
    wait_until(lambda: not there.read_bytes())  # emptied on the way out
    assert address.published(home) is None
    assert resident("tools", "call", "calculate", "expression=1 + 1").returncode == 0


def test_it_ends_when_its_home_is_taken_away(resident: Run, home: Path, wait_until):
    """A home that was deleted leaves no process behind."""
    resident("tools", "list")
    pid = facts(resident)["pid"]
    address.lock_file(home).unlink()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())


@pytest.mark.parametrize("way", ["option", "variable", "setting"])
def test_a_command_may_have_a_process_of_its_own(resident: Run, home: Path, way: str):
    """By --no-host, HOMEWIT_HOST or the setting; nothing is left behind."""
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if name != "HOMEWIT_HOST"}
    if way == "setting":
        (home / "config.toml").write_text('host = "private"\n', encoding="utf-8")
    if way == "variable":
        env["HOMEWIT_HOST"] = "private"
    option = ["--no-host"] if way == "option" else []
    assert resident("plan", "hi", "--model", "scripted:none.json", *option, env=env).returncode == 3
    assert not address.lock_file(home).exists()


def test_where_no_host_can_be_the_command_works_all_the_same(resident: Run, home: Path):
    """A home without a place for the lock: the command has a process of its own, and the log says why."""
    address.lock_file(home).mkdir(parents=True)
    done = resident("tools", "call", "calculate", "expression=1 + 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 + 1 = 2\n", "")
    assert "cannot be the resident host" in address.log_file(home).read_text(encoding="utf-8")
