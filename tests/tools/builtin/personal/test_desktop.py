"""Notifications on the desktop: handed to the system's program as data, and never waited for without end."""

import asyncio
from pathlib import Path

import pytest

from homewit.tools.builtin.personal.desktop import notify


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `notify-send` that is the only one there is, for a desktop that somebody is logged in to."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    path = tmp_path / "notify-send"
    path.touch(0o755)
    return path


def becomes(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")


async def test_what_the_program_says_is_the_answer(program: Path):
    """Shown, refused, or hanging: then it is ended."""
    becomes(program, "exit 0")
    assert await notify("Reminder", "tea", patience_s=60) is True
    becomes(program, "exit 1")
    assert await notify("Reminder", "tea", patience_s=60) is False
    becomes(program, "sleep 600")
    assert await notify("Reminder", "tea", patience_s=0.3) is False


async def test_who_is_cancelled_leaves_no_program(program: Path):
    """It is ended, though nobody waits for it any more."""
    becomes(program, f"echo $$ > {program}.pid; exec sleep 600")
    task = asyncio.ensure_future(notify("Reminder", "tea", patience_s=600))
    said = Path(f"{program}.pid")
    while not (said.exists() and said.read_text()):  # noqa: ASYNC110  another process
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while Path(f"/proc/{said.read_text().strip()}").exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_without_a_desktop_nothing_is_started(program: Path, monkeypatch: pytest.MonkeyPatch):
    """Nobody is logged in to one, so nobody would see it. Control: with one the program is started."""
    becomes(program, f"touch {program}.started")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(program.parent))
    assert await notify("Reminder", "tea", patience_s=60) is False
    assert not Path(f"{program}.started").exists()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    assert await notify("Reminder", "tea", patience_s=60) is True
    assert Path(f"{program}.started").exists()
