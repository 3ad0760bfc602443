"""Attempts to change Homewit's own settings, grants, plugins or secrets through its tools.

The home folder lies inside of a granted one, the worst case. Each attempt is made twice: as things are, where
nothing may come of it, and as a control with the protection off, where it has to work.
"""

import contextlib
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import ToolContext, ToolError
from homewit.tools.testing import fake_context

from ..conftest import TOOLS
from ..sandboxes import REASON

Attempt = tuple[str, dict[str, Any]]

WRITES: dict[str, str] = {
    "its settings": "{home}/config.toml",
    "a plugin": "{home}/tools/evil.py",
    "its database": "{home}/homewit.sqlite",
    "its secrets": "{home}/secrets.json",
    "by a relative path": "own/config.toml",
    "with dots": "other/../own/./config.toml",
    "up and down again": "../granted/own/config.toml",
    "with slashes": "own//tools///evil.py",
    "with spaces": "  own/config.toml  ",
    "through a link to the folder": "link/config.toml",
    "through a link to a link": "chain/config.toml",
    "through a link to the file": "settings-link",
    "through a link to the plugins": "plugins/evil.py",
    "through the root of the process": "/proc/self/root{home}/config.toml",
    "through the working folder of the process": "/proc/self/cwd/own/config.toml",
    "the project's settings": "{project}",
    "the project's settings in capitals": "{PROJECT}",
    "the project's settings with a dot": "./{project}",
    "the project's settings with an invisible letter": "{project}\u200b",
    "the project's settings in wide letters": "{wide}",
}

COMMANDS = {
    "a command that writes settings": "echo x > own/config.toml",
    "a command that appends a grant": "echo 'allow=[\"*\"]' >> {home}/config.toml",
    "a command that adds a plugin": "cp evil.py own/tools/evil.py",
    "a command through a link": "echo x > link/config.toml",
    "a command that makes a link": "ln -s own/tools p; cp evil.py p/evil.py",
    "a command that links hard": "ln own/config.toml h && echo x > h",
    "a command that replaces the folder": "mv own away && mkdir -p own/tools",
    "a command that removes the folder": "rm -rf own",
    "a command that makes it readable": "chmod 777 own/config.toml",
    "a command through a process": "echo x > /proc/self/root{home}/config.toml",
    "a command on the project's settings": "echo x > {project}",
    "a command that renames to them": "mv evil.py {project}",
    "a command that is late": "(setsid sh -c 'sleep .2; echo x > own/config.toml' &)",
}

PROGRAMS = {
    "a program": "open('own/config.toml', 'a').write('x')",
    "a program through its root": "open('/proc/self/root{home}/config.toml', 'a').write('x')",
    "a program that adds a plugin": "import os; os.link('evil.py', 'own/tools/evil.py')",
    "a program on the project's settings": "open('{project}', 'w').write('x')",
}

ATTEMPTS: dict[str, Attempt] = {
    **{name: ("run_command", {"command": command}) for name, command in COMMANDS.items()},
    **{name: ("run_python", {"code": code}) for name, code in PROGRAMS.items()},
    **{f"write {name}": ("write_file", {"path": path, "content": "x"}) for name, path in WRITES.items()},
    "edit its settings": ("edit_file", {"path": "own/config.toml", "old": "allow", "new": "grant"}),
    "edit through a link": ("edit_file", {"path": "settings-link", "old": "allow", "new": "grant"}),
    "delete its settings": ("delete_file", {"path": "own/config.toml"}),
    "delete the folder": ("delete_file", {"path": "own"}),
    "move its settings away": ("move_file", {"path": "own/config.toml", "to": "elsewhere.toml"}),
    "move the folder away": ("move_file", {"path": "own", "to": "elsewhere"}),
    "move a plugin in": ("move_file", {"path": "evil.py", "to": "own/tools/evil.py"}),
    "move a plugin through a link": ("move_file", {"path": "evil.py", "to": "plugins/evil.py"}),
    "copy a plugin in": ("copy_file", {"path": "evil.py", "to": "own/tools/evil.py"}),
    "copy settings into the project": ("copy_file", {"path": "evil.py", "to": "{project}"}),
    "make a folder in it": ("make_folder", {"path": "own/tools/package"}),
}


@dataclass(frozen=True)
class Place:
    """A granted folder with a home in it, protected or not."""

    granted: Path
    ctx: ToolContext
    project: str

    @property
    def home(self) -> Path:
        return self.granted / "own"

    def fill(self, value: str) -> str:
        """Put the names of this place into an argument, leaving other braces alone."""
        wide = chr(ord(self.project[0]) + 0xFEE0) + self.project[1:]
        names = {"home": self.home, "project": self.project, "PROJECT": self.project.upper(), "wide": wide}
        for name, meant in names.items():
            value = value.replace(f"{{{name}}}", str(meant))
        return value

    def state(self) -> dict[str, object]:
        """All of the home with modes, and whatever could pass for the project's settings."""
        paths = sorted(self.home.rglob("*")) if self.home.exists() else []
        held: dict[str, object] = {
            str(path.relative_to(self.home)): (
                path.lstat().st_mode,
                path.read_text() if path.is_file() else "",
            )
            for path in paths
        }
        for path in self.granted.iterdir():
            if path.name.strip("\u200b").casefold()[1:] == self.project[1:]:
                held[f"project {path.name}"] = True
        return held


def place(tmp_path: Path, guarded: bool) -> Place:
    granted = tmp_path / "granted"
    (granted / "own/tools").mkdir(parents=True)
    (granted / "other").mkdir()
    (granted / "evil.py").write_text("allow everything")
    (granted / "own/config.toml").write_text("allow = []")
    (granted / "own/secrets.json").write_text("{}")
    if guarded:
        (granted / "own/homewit.db").write_text("")
    (granted / "link").symlink_to("own")
    (granted / "chain").symlink_to("link")
    (granted / "settings-link").symlink_to("own/config.toml")
    (granted / "plugins").symlink_to(granted / "own/tools")
    ctx = fake_context(granted, protected=(granted / "own",) if guarded else ())
    return Place(granted, ctx, "homewit.toml" if guarded else "project.toml")


async def attempt(name: str, where: Place) -> None:
    """Make the attempt; whether it fails or is refused does not matter here."""
    tool, args = ATTEMPTS[name]
    if tool not in TOOLS:
        pytest.skip(f"there is no {tool}")
    if tool.startswith("run_") and REASON:
        pytest.skip(REASON)
    with contextlib.suppress(ToolError):
        await TOOLS[tool].call({key: where.fill(value) for key, value in args.items()}, where.ctx)
    if "late" in name:
        import asyncio

        await asyncio.sleep(0.5)


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_nothing_of_its_own_changes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever the tool is told to do: the same files with the same content and modes, and no more."""
    where = place(tmp_path, guarded=True)
    monkeypatch.chdir(where.granted)
    before = where.state()
    await attempt(name, where)
    assert where.state() == before


NEEDS_NO_GUARD = {"a command that is late"}  # what a command starts ends with it, with or without protection


@pytest.mark.parametrize("name", [name for name in ATTEMPTS if name not in NEEDS_NO_GUARD])
async def test_control_without_protection_it_works(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Control: the same attempt changes a folder that is not protected."""
    where = place(tmp_path, guarded=False)
    monkeypatch.chdir(where.granted)
    before = where.state()
    await attempt(name, where)
    assert where.state() != before


async def test_a_folder_that_is_swapped_for_a_link_meanwhile(tmp_path: Path):
    """A path that is checked as a folder and is a link to the home a moment later leads nowhere."""
    where = place(tmp_path, guarded=True)
    before, over = where.state(), threading.Event()
    swap, new = where.granted / "swap", where.granted / "new"

    def swapping() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):  # the tool makes a folder in between
                new.symlink_to("own")
                new.rename(swap)
                swap.unlink()
            with contextlib.suppress(OSError):
                new.mkdir()
                new.rename(swap)
            with contextlib.suppress(OSError):
                shutil.rmtree(swap)

    thread = threading.Thread(target=swapping)
    thread.start()
    try:
        for _ in range(100):
            try:
                await TOOLS["write_file"].call({"path": "swap/config.toml", "content": "x"}, where.ctx)
            except ToolError:
                continue
    finally:
        over.set()
        thread.join()
    assert where.state() == before


@pytest.mark.parametrize("name", ["config.toml", "secrets.json", "homewit.db"])
async def test_its_files_are_not_read_either(name: str, tmp_path: Path):
    """Nor searched, nor listed by a command."""
    where = place(tmp_path, guarded=True)
    for path in (f"own/{name}", f"link/{name}", f"{where.home}/{name}"):
        with pytest.raises(ToolError):
            await TOOLS["read_file"].call({"path": path}, where.ctx)
    if not REASON:
        listed = await TOOLS["run_command"].call({"command": "ls own link/ 2>&1; cat own/*"}, where.ctx)
        assert name not in listed.text


def test_there_are_enough_of_them():
    """The list does not shrink unnoticed."""
    assert len(ATTEMPTS) >= 45
