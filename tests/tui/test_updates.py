"""Homewit is updated while a chat or a scheduler is open: nothing is cut off, nothing stays old for long."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from homewit.tui.testing import FakeHost

from ..terminals import end_program

HOMEWIT = [sys.executable, "-m", "homewit.tui"]
ENDLESS = [
    {"type": "run.started", "prompt": "", "session": "", "model": "bundled"},
    {"type": "text.delta", "text": "Once upon "},
    {"type": "stop_here"},
    {"type": "run.finished", "status": "done", "exit_code": 0},
]
Run = Callable[..., subprocess.CompletedProcess[str]]
Spawn = Callable[..., pexpect.spawn]


def facts(resident: Run) -> dict:
    return json.loads(resident("host", "status", "--json").stdout)


def served(resident: Run) -> tuple[int, int]:
    """Which host answers, and how many clients it has, the one that asks among them."""
    told = facts(resident)
    return told["pid"], told["clients"]


def has_ended(pid: int) -> bool:
    """Whether a process does nothing any more; its parent may still have to take note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Installs something beside Homewit, which makes another program of what starts from now on."""
    packages = tmp_path / "more-packages"
    packages.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{packages}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return lambda: (packages / "new.py").touch()


@pytest.fixture
def spawn() -> Iterator[Callable[..., pexpect.spawn]]:
    """Start the program on a terminal; it is ended after the test."""
    started: list[pexpect.spawn] = []

    def start(*args: str, **options: Any) -> pexpect.spawn:
        command = [*HOMEWIT[1:], *args]
        started.append(pexpect.spawn(sys.executable, command, encoding="utf-8", timeout=60, **options))
        return started[-1]

    yield start
    for child in started:
        end_program(child)


@pytest.mark.slow
def test_a_chat_and_a_scheduler_that_are_open_over_an_update(
    resident: Run, update: Callable[[], None], spawn: Spawn, tmp_path: Path, wait_until: Callable[..., Any]
):
    """The old host serves them to their end, and all commands share one new host. The chat is told, goes on
    as it is, and goes over to the new program, in its session, when its user says so; an idle scheduler does
    so by itself. No host is left over.
    """
    (tmp_path / "work" / "script.json").write_text(
        json.dumps(["chat", "one", "chat", "two"]), encoding="utf-8"
    )
    chat = spawn("chat", "--plain", "--model", "scripted:script.json", cwd=tmp_path / "work")
    chat.expect_exact("You: ")
    chat.sendline("hello")
    chat.expect_exact("Homewit: one")
    old = facts(resident)
    scheduler = spawn("scheduler")
    scheduler.expect_exact("waiting for what is scheduled")
    wait_until(lambda: served(resident) == (old["pid"], 3))
    update()
    assert facts(resident)["pid"] == old["pid"]  # that somebody looks changes nothing
    assert resident("tools", "call", "calculate", "expression=1 + 1").stdout == "1 + 1 = 2\n"
    new = facts(resident)
    assert new["pid"] != old["pid"]
    assert resident("tools", "call", "calculate", "expression=2 + 2").stdout == "2 + 2 = 4\n"
    assert facts(resident)["pid"] == new["pid"]
    chat.expect_exact("this chat runs an older Homewit. /restart goes on with the new one.")
    chat.sendline("and now?")
    chat.expect_exact("Homewit: two")
    scheduler.expect_exact("Homewit was updated; starting again as the new version")
    scheduler.expect_exact("waiting for what is scheduled")
    wait_until(lambda: served(resident) == (new["pid"], 2))
    chat.sendline("/restart")
    chat.expect_exact("Homewit is ready")
    chat.expect_exact("Homewit: two")
    wait_until(lambda: served(resident) == (new["pid"], 3))
    wait_until(lambda: has_ended(old["pid"]))
    chat.sendline("/quit")
    scheduler.sendintr()
    for program in (chat, scheduler):
        program.expect(pexpect.EOF)
    assert "Traceback" not in Path(new["log"]).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_chat_notices_an_update_by_itself(
    resident: Run, update: Callable[[], None], spawn: Spawn, tmp_path: Path, wait_until: Callable[..., Any]
):
    """Nobody else has to come: after its next request it is told, and the host makes room."""
    (tmp_path / "work" / "script.json").write_text(json.dumps(["chat", "one"]), encoding="utf-8")
    chat = spawn("chat", "--plain", "--model", "scripted:script.json", cwd=tmp_path / "work")
    chat.expect_exact("You: ")
    update()
    chat.sendline("hello")
    chat.expect_exact("this chat runs an older Homewit")
    wait_until(lambda: facts(resident) == {"running": False})
    chat.sendline("/quit")
    chat.expect(pexpect.EOF)


async def test_an_update_is_told_and_the_chat_begins_anew_when_asked(chatting, recording):
    """A line says so and what to do; nothing is cut off for it, and without it /restart is for the engine."""
    async with chatting(FakeHost([recording("calculate"), ENDLESS])) as chat:
        await chat.ready()
        await chat.say("/restart")
        await chat.say("what is 17 * 23?")
        await chat.shows("17 × 23 is 391.")
        assert not chat.conversation.begins_anew
        chat.host.say("outdated", {})
        await chat.shows("↻ This chat runs an older Homewit. /restart goes on with the new one.")
        await chat.say("tell me a story")
        await chat.shows("Once upon")
        await chat.say("/restart")
        await chat.shows("something is still running; stop it first, or wait for its end")
        await chat.press("escape")
        await chat.shows("stopped")
        await chat.say("/restart")
        await chat.until(lambda: not chat.app.is_running)
        assert chat.conversation.begins_anew
