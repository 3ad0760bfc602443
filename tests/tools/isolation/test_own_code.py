"""Homewit's own code inside a granted folder, and the programs that it starts: no tool changes them."""

import shutil
from pathlib import Path

import pytest

from homewit.tools import PathDenied
from homewit.tools.builtin.personal.desktop import notify
from homewit.tools.isolation import own_code
from homewit.tools.isolation.own_code import find_program, obeyed_inside
from homewit.tools.testing import fake_context

from ..conftest import TOOLS


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with Homewit in it, as `pip install` into its environment leaves it."""
    package = tmp_path / "project/.venv/lib/homewit"
    package.mkdir(parents=True)
    (package / "policy.py").write_text("deny")
    monkeypatch.setattr(own_code, "code_places", lambda: (tmp_path / "project/.venv",))
    return package


async def test_no_file_tool_changes_it(installed: Path, tmp_path: Path):
    """By any path that leads there. Control: beside it, and where only its own folder is granted."""
    project = tmp_path / "project"
    (project / "link").symlink_to(".venv/lib")
    ctx = fake_context(project)
    for path in (".venv/lib/homewit/policy.py", "link/homewit/policy.py", str(installed / "new.py")):
        with pytest.raises(PathDenied, match="part of the program that Homewit runs as"):
            await TOOLS["write_file"].call({"path": path, "content": "allow"}, ctx)
    with pytest.raises(PathDenied):
        await TOOLS["move_file"].call({"path": ".venv", "to": "elsewhere"}, ctx)
    assert (installed / "policy.py").read_text() == "deny"
    await TOOLS["write_file"].call({"path": "policy.py", "content": "x"}, ctx)
    inside = fake_context(project / ".venv")
    await TOOLS["write_file"].call({"path": "lib/other.py", "content": "x"}, inside)


def test_a_folder_that_was_granted_with_it_is_not_protected(installed: Path, tmp_path: Path):
    """Who works on Homewit with Homewit grants its code; places inside of others are named once."""
    project = tmp_path / "project"
    assert project / ".venv" in obeyed_inside(project)
    assert project / ".venv" not in obeyed_inside(project / ".venv")
    assert installed not in obeyed_inside(project)


async def test_a_program_in_a_granted_folder_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Neither from a folder on PATH, nor through a link to one there, nor as a notification.

    Control: outside of what is granted, it is.
    """
    granted, other = tmp_path / "granted", tmp_path / "other"
    for folder in (granted, other):
        folder.mkdir()
    planted = granted / "notify-send"
    planted.write_text("#!/bin/sh\ntouch started\n")
    planted.chmod(0o755)
    (other / "notify-send").symlink_to(planted)
    monkeypatch.setenv("PATH", f"{granted}:{other}")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.chdir(granted)
    assert shutil.which("notify-send") == str(planted)
    assert find_program("notify-send", (granted,)) is None
    monkeypatch.setenv("PATH", f".:{granted}:{other}:/usr/bin:/bin")
    await notify("Reminder", "tea", (granted,))  # by the system's program, if there is one
    assert not (granted / "started").exists()
    assert await notify("Reminder", "tea") is True
    assert (granted / "started").exists()
