"""The layout as rules over source text: who may import whom, and which primitive has a single home.

Reads files, never imports them, so a broken package is still checked. Every rule is shown a sample that
breaks it, because a guard that cannot fail guards nothing.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "llm", "memory", "tools", "tui")

MAY_IMPORT = {
    "agent": {"llm", "memory", "tools"},
    "llm": set[str](),
    "memory": set[str](),
    "tools": set[str](),
    "tui": {"agent"},
}
TUI_SEES = (
    "homewit.agent.events",
    "homewit.agent.requests",
    "homewit.agent.hosting.address",
    "homewit.agent.hosting.program",
)

# Modules that only the named files or folders may import; a folder ends with a slash.
HOMES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("torch", "safetensors", "tokenizers", "llguidance", "transformers"): ("llm/",),
    ("triton",): ("llm/gpu/kernels/",),
    ("jinja2",): ("llm/chat.py",),
    ("sqlalchemy", "sqlite3"): ("memory/",),
    # Unix sockets between client and host; what they may use of the module is checked below.
    ("socket",): ("tools/net.py", "agent/hosting/peers.py", "tui/host_socket.py"),
    ("ssl", "socketserver", "httpx", "httpcore", "requests", "aiohttp", "urllib3", "websockets"): (
        "tools/net.py",
    ),
    ("httpx2", "httpcore2", "niquests", "asyncssh", "pycurl"): ("tools/net.py",),
    # There for streams in memory.
    ("anyio",): ("tools/net.py", "tools/loaders/mcp/pipes.py", "tui/mcp_server/pipes.py"),
    ("mcp", "mcp_types"): ("tools/loaders/mcp/", "tui/mcp_server/"),
    ("urllib.request", "http.client", "http.server", "ftplib", "poplib", "telnetlib"): ("tools/net.py",),
    # Mail is spoken over sockets that tools/net.py has dialled.
    ("smtplib", "imaplib", "imapclient"): ("tools/builtin/mail/connections.py",),
    # The UI starts our own host process by a fixed command line; what a model asks for runs in the sandbox.
    ("subprocess", "pty", "multiprocessing"): ("tools/processes.py", "tui/host_process.py"),
    ("textual",): ("tui/",),
    ("acp",): ("tui/acp_agent/",),
    ("keyring", "secretstorage"): ("tools/secrets/",),
    ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"): (),
}

# Calls by dotted name, with the files that may make them.
CALLS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("torch.load", "eval", "exec", "compile", "yaml.load", "yaml.unsafe_load", "yaml.full_load"): (),
    ("os.system", "os.popen", "os.forkpty", "os.posix_spawn", "os.posix_spawnp"): (),
    # Copies of a worker that has nothing loaded yet, inside of whatever shuts it in.
    ("os.fork",): ("tools/workers/fork_server.py",),
    ("asyncio.create_subprocess_exec",): ("tools/processes.py", "tui/host_process.py"),
    ("asyncio.create_subprocess_shell",): (),
    ("asyncio.open_connection",): ("tools/net.py",),
    ("asyncio.start_server",): ("tools/oauth/browser_return.py",),
    ("asyncio.open_unix_connection",): ("tui/host_socket.py",),
    ("asyncio.start_unix_server",): (),
}
CALL_PREFIXES = ("os.exec", "os.spawn")
BEGINS_ANEW = ("tui/anew.py", "os.execv")
"""The program itself, as it is after an update."""
# All that these files may use of `socket`: nothing in it reaches beyond this machine.
UNIX_ONLY = ("agent/hosting/peers.py", "tui/host_socket.py")
OF_UNIX_SOCKETS = {"socket", "AF_UNIX", "SOCK_STREAM", "SOL_SOCKET", "SO_PEERCRED", "SHUT_RDWR"}
FORBIDDEN_TRUE = ("shell", "allow_pickle", "trust_remote_code")

# Names of SQLAlchemy that open a database or a transaction; statements may be written elsewhere, not run.
OPENS_DATABASE = {"create_engine", "create_async_engine", "Session", "sessionmaker", "scoped_session"}


@dataclass(frozen=True, slots=True)
class Violation:
    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


def imports(tree: ast.AST, path: PurePosixPath) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of every import; ``from m import n`` gives ``m.n``."""
    folder = ("homewit", *path.parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            parts = (*base, *([node.module] if node.module else []))
            yield from ((node.lineno, ".".join((*parts, alias.name))) for alias in node.names)
        elif isinstance(node, ast.Call) and dotted(node.func) in (
            "importlib.import_module",
            "import_module",
            "__import__",
        ):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of attributes on a name, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


def lies_in(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def is_below(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def check(path: str, source: str) -> list[Violation]:
    """All rules over one file of a package; ``path`` is relative to the repository root."""
    tree = ast.parse(source, path)
    pure = PurePosixPath(path)
    found = [
        *check_direction(pure, tree),
        *check_homes(path, pure, tree),
        *check_calls(path, tree),
        *check_top_level(pure, tree),
        *check_unix_sockets(path, tree),
    ]
    return sorted(found, key=lambda violation: violation.line)


def check_direction(path: PurePosixPath, tree: ast.AST) -> Iterator[Violation]:
    package = path.parts[0]
    for line, name in imports(tree, path):
        parts = name.split(".")
        if parts[0] != "homewit" or len(parts) < 2 or parts[1] == package:
            continue
        if parts[1] not in MAY_IMPORT[package]:
            yield Violation(str(path), line, f"{package} may not import {parts[1]}")
        elif package == "tui" and not any(is_below(name, seen) for seen in TUI_SEES):
            yield Violation(str(path), line, f"tui sees only agent.events and agent.requests, not {name}")


def check_homes(path: str, pure: PurePosixPath, tree: ast.AST) -> Iterator[Violation]:
    for line, name in imports(tree, pure):
        for modules, places in HOMES.items():
            if any(is_below(name, module) for module in modules) and not lies_in(path, places):
                allowed = " and ".join(places) or "no file"
                yield Violation(path, line, f"{name}: only {allowed} may import it")
        parent, _, last = name.rpartition(".")
        if is_below(parent, "sqlalchemy") and last in OPENS_DATABASE and path != "memory/store.py":
            yield Violation(path, line, f"{name}: only memory/store.py opens the database")


def check_calls(path: str, tree: ast.AST) -> Iterator[Violation]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        for names, places in CALLS.items():
            if name in names and not lies_in(path, places):
                yield Violation(path, node.lineno, f"{name}() is not allowed here")
        if name.startswith(CALL_PREFIXES) and (path, name) != BEGINS_ANEW:
            yield Violation(path, node.lineno, f"{name}() is not allowed here")
        for keyword in node.keywords:
            is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            if keyword.arg in FORBIDDEN_TRUE and is_true:
                yield Violation(path, node.lineno, f"{keyword.arg}=True is not allowed")


def check_unix_sockets(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Where sockets are for clients of this machine, no address of another one can be named."""
    for node in ast.walk(tree) if path in UNIX_ONLY else ():
        name = dotted(node)
        if name.startswith("socket.") and name.split(".")[1] not in OF_UNIX_SOCKETS:
            yield Violation(path, getattr(node, "lineno", 0), f"{name} is not for Unix sockets")


def check_top_level(path: PurePosixPath, tree: ast.AST) -> Iterator[Violation]:
    """The folders are never importable by their bare names, and packages name each other relatively."""
    inside = path.parts[0] in PACKAGES
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] in PACKAGES:
                yield Violation(str(path), node.lineno, f"import homewit.{name}, or relatively, not {name}")
            elif inside and is_below(name, "homewit"):
                yield Violation(str(path), node.lineno, f"imports inside packages are relative, not {name}")


def python_files(*folders: str) -> list[Path]:
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in files if "runs" not in path.parts)


def test_packages_keep_the_layout():
    """No file of the five packages breaks the import direction or uses a primitive outside its home."""
    violations = [
        violation
        for path in python_files(*PACKAGES)
        for violation in check(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert [str(violation) for violation in violations] == []


def test_tests_examples_and_benchmarks_import_the_installed_name():
    """Outside the packages, too, the only import root is ``homewit``."""
    violations = [
        violation
        for path in python_files("tests", "examples", "benchmarks")
        for violation in check_top_level(
            PurePosixPath(path.relative_to(ROOT).as_posix()), ast.parse(path.read_text(encoding="utf-8"))
        )
    ]
    assert [str(violation) for violation in violations] == []


BAD_SAMPLES = [
    ("llm/engine.py", "from ..tools import tool", "llm may not import tools"),
    ("llm/training/data.py", "from ...tools import tool", "llm may not import tools"),
    ("memory/store.py", "from ..agent import events", "memory may not import agent"),
    ("tools/net.py", "from .. import memory", "tools may not import memory"),
    ("agent/session.py", "from ..tui import app", "agent may not import tui"),
    ("tui/app.py", "from ..llm import Engine", "tui may not import llm"),
    ("tui/app.py", "def f():\n    from ..agent import Agent", "tui sees only agent.events and"),
    ("tui/app.py", "from ..agent.session import Agent", "not homewit.agent.session.Agent"),
    ("tui/app.py", "import torch", "torch: only llm/ may import it"),
    ("agent/model.py", "from torch import nn", "torch.nn: only llm/"),
    ("tui/cli.py", "import importlib\nimportlib.import_module('torch.nn')", "torch.nn: only llm/"),
    ("tui/cli.py", "from importlib import import_module\nimport_module('torch')", "torch: only llm/"),
    ("llm/gpu/step.py", "import triton.language as tl", "only llm/gpu/kernels/"),
    ("agent/prompt.py", "import jinja2.sandbox", "only llm/chat.py"),
    ("agent/log/ledger.py", "import sqlite3", "only memory/"),
    ("tools/records.py", "from sqlalchemy import text", "only memory/"),
    ("memory/facts.py", "from sqlalchemy import create_engine", "only memory/store.py opens the database"),
    ("memory/facts.py", "from sqlalchemy.orm import Session", "only memory/store.py opens the database"),
    ("tools/builtin/web.py", "import httpx", "only tools/net.py"),
    ("agent/session.py", "import keyring", "only tools/secrets/"),
    ("tui/commands/mcp.py", "from mcp.server.lowlevel import Server", "tui/mcp_server/ may import it"),
    ("tools/mcp.py", "import httpx2", "only tools/net.py"),
    ("agent/host.py", "import socket", "socket: only tools/net.py"),
    ("agent/hosting/peers.py", "import socket\nsocket.socket(socket.AF_INET)", "socket.AF_INET is not"),
    ("tui/host_socket.py", "import socket\nsocket.create_connection(('h', 80))", "create_connection is not"),
    ("tui/client.py", "import asyncio\nasyncio.open_unix_connection('x')", "open_unix_connection()"),
    ("llm/hub.py", "from urllib.request import urlopen", "only tools/net.py"),
    ("llm/hub.py", "from urllib import request", "only tools/net.py"),
    ("tools/builtin/mail/reading.py", "import imaplib", "only tools/builtin/mail/connections.py"),
    ("tools/builtin/shell.py", "import subprocess", "only tools/processes.py"),
    ("agent/host.py", "import asyncio\nasyncio.create_subprocess_exec('ls')", "create_subprocess_exec()"),
    ("tools/processes.py", "import os\nos.system('ls')", "os.system()"),
    ("tools/processes.py", "import os\nos.execvp('ls', [])", "os.execvp()"),
    ("tui/cli.py", "import os\nos.execv('ls', [])", "os.execv()"),
    ("tools/processes.py", "run('ls', shell=True)", "shell=True is not allowed"),
    ("llm/weights/checkpoint.py", "import torch\ntorch.load('x')", "torch.load()"),
    ("llm/weights/checkpoint.py", "import pickle", "no file may import it"),
    ("llm/training/data.py", "load('x', allow_pickle=True)", "allow_pickle=True"),
    ("tools/builtin/calculate.py", "eval('1')", "eval()"),
    ("tools/loaders.py", "exec(compile('1', '', 'exec'))", "exec()"),
    ("agent/workflow.py", "import yaml\nyaml.load('x')", "yaml.load()"),
    ("agent/session.py", "import tools", "import homewit.tools, or relatively"),
    ("agent/session.py", "from llm.engine import Engine", "import homewit.llm.engine, or relatively"),
    ("agent/session.py", "from homewit.llm import Engine", "imports inside packages are relative"),
    ("tests/test_x.py", "import memory", "import homewit.memory, or relatively"),
]


@pytest.mark.parametrize(("path", "source", "expected"), BAD_SAMPLES)
def test_each_rule_can_fail(path: str, source: str, expected: str):
    """Control: a file that breaks one rule is reported by that rule."""
    if path.startswith("tests/"):
        found = list(check_top_level(PurePosixPath(path), ast.parse(source)))
    else:
        found = check(path, source)
    assert any(expected in str(violation) for violation in found), found


GOOD_SAMPLES = [
    ("agent/session.py", "from ..llm import Engine\nfrom ..memory.store import Store\nfrom . import plan"),
    ("tui/client.py", "from ..agent import events, requests\nfrom ..agent.events import Event"),
    ("tui/host_process.py", "import asyncio\nasyncio.create_subprocess_exec('python')"),
    ("llm/network/layers.py", "import re\nfrom torch import nn\nre.compile('x')\nnn.Linear(1, 1).eval()"),
    ("memory/store.py", "from sqlalchemy import create_engine"),
    ("tools/net.py", "import httpx, socket"),
    ("agent/hosting/peers.py", "import socket\nsocket.socket(socket.AF_UNIX, socket.SOCK_STREAM)"),
]


@pytest.mark.parametrize(("path", "source"), GOOD_SAMPLES)
def test_what_the_layout_allows_is_not_reported(path: str, source: str):
    """The rules report nothing beyond what they forbid."""
    assert check(path, source) == []
