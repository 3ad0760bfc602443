"""The resident host as users meet it: started on demand, shared, replaced when it has to be.

Models are scripts, so that nothing but the host itself takes time.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homewit.agent.hosting import address, peers

HOMEWIT = [sys.executable, "-m", "homewit.tui"]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def homewit(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run the program in an empty folder; the host that it leaves is ended after the test."""
    monkeypatch.setenv("HOMEWIT_HOST", "resident")
    (tmp_path / "work").mkdir()

    def run(*args: str, **options) -> subprocess.CompletedProcess[str]:
        given = {"stdin": subprocess.DEVNULL, "cwd": tmp_path / "work", **options}
        return subprocess.run([*HOMEWIT, *args], capture_output=True, text=True, timeout=120, **given)

    yield run
    there = address.published(home)
    subprocess.run([*HOMEWIT, "host", "stop", "--now"], capture_output=True, timeout=120)
    assert there is None or not peers.is_answered(there.socket)


def facts(homewit: Run) -> dict:
    return json.loads(homewit("host", "status", "--json").stdout)


def test_one_host_serves_one_command_after_the_other(homewit: Run, home: Path):
    """Asking for the status starts none; the first command does, and the next ones find it."""
    assert (homewit("host", "status").returncode, facts(homewit)) == (1, {"running": False})
    assert homewit("tools", "call", "add_task", "title=buy milk").returncode == 0
    first = facts(homewit)
    assert homewit("tools", "call", "list_tasks").stdout == "1. buy milk\n"
    second = facts(homewit)
    assert (first["pid"], second["clients"], second["home"]) == (second["pid"], 1, str(home))
    assert homewit("host", "stop").returncode == 0
    assert facts(homewit) == {"running": False}


def test_two_starts_at_once_yield_one_host(homewit: Run, tmp_path: Path):
    """Commands that all find no host share the one that comes about, and all are served."""
    command = [*HOMEWIT, "tools", "call", "calculate", "expression=17 * 23"]
    started = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=120)[0] for process in started] == ["17 * 23 = 391\n"] * 4
    log = Path(facts(homewit)["log"]).read_text(encoding="utf-8")
    assert "Traceback" not in log


def test_a_killed_host_is_replaced(homewit: Run):
    """Its lock and socket are still there, and no obstacle."""
    homewit("tools", "list")
    first = facts(homewit)
    os.kill(first["pid"], signal.SIGKILL)
    done = homewit("tools", "call", "calculate", "expression=1 + 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 + 1 = 2\n", "")
    assert facts(homewit)["pid"] != first["pid"]


def test_folder_settings_and_model_are_those_of_each_client(homewit: Run, tmp_path: Path):
    """One host, several folders, variables and models: each command works as in a process of its own."""
    steps = [{"id": "s1", "tool": "write_file", "args": {"path": "x.txt", "content": "hi"}}]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        script = ["act", {"steps": steps, "question": None}, f"from {name}"]
        (tmp_path / name / "script.json").write_text(json.dumps(script), encoding="utf-8")
    order = ("run", "write hi to x.txt", "--model", "scripted:script.json")
    allowed = homewit(*order, cwd=tmp_path / "a", env={**os.environ, "HOMEWIT_ALLOW": "write_file"})
    denied = homewit(*order, cwd=tmp_path / "b")
    again = homewit(*order, "--allow", "write_file", cwd=tmp_path / "b")
    assert [done.returncode for done in (allowed, denied, again)] == [0, 5, 0]
    assert (allowed.stdout, again.stdout) == ("from a\n", "from b\n")
    assert (tmp_path / "a" / "x.txt").read_text(encoding="utf-8") == "hi"
    assert (tmp_path / "b" / "x.txt").read_text(encoding="utf-8") == "hi"
    pids = {facts(homewit)["pid"]}
    assert len(pids) == 1
    missing = homewit("run", "hi", "--model", "nowhere")
    assert (missing.returncode, "nowhere" in missing.stderr) == (3, True)


def test_another_environment_gets_another_host(homewit: Run):
    """One that serves nobody is replaced; while it serves somebody, the command has a process of its own."""
    homewit("tools", "list")
    first = facts(homewit)["pid"]
    elsewhere = {**os.environ, "TZ": "Asia/Tokyo"}
    told = homewit("host", "status", env=elsewhere).stdout
    assert "not for this shell" in told
    assert "TZ" in told
    assert homewit("tools", "call", "calculate", "expression=1 + 1", env=elsewhere).stdout == "1 + 1 = 2\n"
    second = facts(homewit)["pid"]
    assert second != first
    talking = subprocess.Popen(
        [*HOMEWIT, "chat", "--plain", "--model", "scripted:none.json"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=elsewhere,
    )  # fmt: skip
    assert talking.stderr is not None
    assert "Problem" in talking.stderr.readline()
    done = homewit("tools", "call", "calculate", "expression=2 + 2")
    assert (done.returncode, done.stdout) == (0, "2 + 2 = 4\n")
    assert facts(homewit)["pid"] == second
    refused = homewit("host", "stop")
    assert (refused.returncode, "1 other client" in refused.stderr) == (2, True)
    talking.communicate("/quit\n", timeout=60)


def test_it_ends_when_nobody_needs_it(homewit: Run, home: Path):
    """After the time that is set; what it was cannot be reached then."""
    home.mkdir()
    (home / "config.toml").write_text("host_idle_s = 0.1\n", encoding="utf-8")
    homewit("tools", "list")
    there = address.lock_file(home)
    while there.read_bytes():  # emptied on the way out
        os.sched_yield()
    assert address.published(home) is None
    assert homewit("tools", "call", "calculate", "expression=1 + 1").returncode == 0


def test_it_ends_when_its_home_is_taken_away(homewit: Run, home: Path):
    """A home that was deleted leaves no process behind."""
    homewit("tools", "list")
    pid = facts(homewit)["pid"]
    address.lock_file(home).unlink()
    while Path(f"/proc/{pid}").exists():
        os.sched_yield()


@pytest.mark.parametrize("way", ["option", "variable", "setting"])
def test_a_command_may_have_a_process_of_its_own(homewit: Run, home: Path, way: str):
    """By --no-host, HOMEWIT_HOST or the setting; nothing is left behind."""
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if name != "HOMEWIT_HOST"}
    if way == "setting":
        (home / "config.toml").write_text('host = "private"\n', encoding="utf-8")
    if way == "variable":
        env["HOMEWIT_HOST"] = "private"
    option = ["--no-host"] if way == "option" else []
    assert homewit("plan", "hi", "--model", "scripted:none.json", *option, env=env).returncode == 3
    assert not address.lock_file(home).exists()


def test_where_no_host_can_be_the_command_works_all_the_same(homewit: Run, home: Path):
    """A home without a place for the lock: the command has a process of its own, and the log says why."""
    address.lock_file(home).mkdir(parents=True)
    done = homewit("tools", "call", "calculate", "expression=1 + 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 + 1 = 2\n", "")
    assert "cannot be the resident host" in address.log_file(home).read_text(encoding="utf-8")
