"""The reference servers of MCP as people use them: added by `homewit tools add`, asked for by a plain prompt.

Those from npm need `npm install --prefix .ci/mcp`, as in `.ci/run`; the one for git is in the extra `dev`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Ran

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".ci" / "mcp" / "node_modules"
NODE = MODULES / "node" / "bin" / "node"
GIT = Path(sys.executable).with_name("mcp-server-git")

pytest.importorskip("mcp")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("resident")]

Add = Callable[..., list[str]]
Run = Callable[..., Ran]


@pytest.fixture
def add(homewit) -> Add:
    """`homewit tools add NAME … --yes`; returns the names of the tools. Shut in where a sandbox starts."""
    confined = [] if shutil.which("bwrap") else ["--unconfined"]

    def start(name: str, command: list[str], *options: str) -> list[str]:
        done = homewit("tools", "add", name, *confined, *options, "--yes", "--json", "--", *command)
        assert done.returncode == 0, done.stdout + done.stderr
        added = json.loads(done.stdout)
        assert added["problems"] == []
        return added["tools"]

    return start


def server(name: str) -> list[str]:
    """The command of a server that npm has installed."""
    script = MODULES / "@modelcontextprotocol" / f"server-{name}" / "dist" / "index.js"
    if not (script.is_file() and NODE.is_file()):
        pytest.skip("the servers are not installed: npm install --prefix .ci/mcp")
    return [str(NODE), str(script)]


def test_files_are_read_by_the_filesystem_server(add: Add, run: Run, folder: Path):
    """The one who names the server gets it; a plain request goes on being done by Homewit's own tool."""
    (folder / "notes.txt").write_text("water the roses\n")
    granted = ["--read", str(MODULES), "--write", str(folder)]
    tools = add("filesystem", [*server("filesystem"), str(folder)], *granted, "--effect", "read_file=read")
    assert {"filesystem_read_file", "filesystem_write_file"} <= set(tools)
    named = run("read the file notes.txt with filesystem")
    assert (named.calls, named.code) == ([("filesystem_read_file", {"path": "notes.txt"})], 0)
    assert "water the roses" in named.answer
    plain = run("read the file notes.txt")
    assert plain.calls == [("read_file", {"path": "notes.txt"})]
    asking = run("create a directory called beds with filesystem")
    assert (asking.code, (folder / "beds").exists()) == (5, False)


def test_the_server_of_everything_echoes_and_adds(add: Add, run: Run):
    """By the names of its tools, with and without its own."""
    effects = ["--effect", "echo=read", "--effect", "get-sum=read"]
    add("everything", server("everything"), "--read", str(MODULES), *effects)
    echoed = run("echo hello")
    assert (echoed.calls, echoed.answer) == ([("everything_echo", {"message": "hello"})], "Echo: hello")
    added = run("what is the sum of 2 and 3 using everything?")
    assert added.calls == [("everything_get_sum", {"a": 2, "b": 3})]
    assert "5" in added.answer


@pytest.mark.skipif(not GIT.is_file(), reason="mcp-server-git is not installed: make dev")
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_repository_is_shown_by_the_git_server(add: Add, run: Run, folder: Path):
    """A path means what it means to the user: from the folder where Homewit was started."""
    subprocess.run(["git", "init", "-q", "garden"], cwd=folder, check=True)
    (folder / "garden" / "beds.txt").write_text("roses\n")
    add("git", [str(GIT)], "--read", str(folder), "--effect", "git_status=read")
    shown = run("show git status of garden")
    assert (shown.calls, shown.code) == ([("git_status", {"repo_path": "garden"})], 0)
    assert "beds.txt" in shown.answer
