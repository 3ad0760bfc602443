"""Starts with 1,000 tools of plugins: as many files import them, or remember what they had the last time.

The peer is an MCP server (the official Python SDK) to which the same functions are added as tools, in one
process and without any of what keeps plugins apart: what describing them costs by itself. Knows nothing of
what the tools do.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from homewit.agent.plugins import Plugins
from homewit.tools import Registry
from homewit.tools.workers.definition_cache import DefinitionCache
from homewit.tools.workers.definitions import Definitions
from homewit.tools.workers.pool import Workers
from homewit.tools.workers.worker import WorkerLimits

from .rounds import in_turn
from .table import Report, Row

TOOLS, FEW = 1000, 40  # in all; when it is only to be seen that it runs
PATIENT = WorkerLimits(start_s=120.0)  # so that a busy machine leads to a bad figure and not to none
FILES = 50  # among which they are divided; the other home has all of them in one
HEAD = """from dataclasses import dataclass

from homewit.tools import tool


@dataclass(frozen=True)
class Bill:
    amount: float
    text: str
"""
TOOL = '''

@tool
def {name}(city: str, nights: int = 1, rate: float = 80.0, breakfast: bool = False) -> Bill:
    """Add up what a stay in hotel {name} costs.

    Args:
        city: where the hotel is.
        nights: how long the stay is.
        rate: price of one night.
        breakfast: whether breakfast is wanted each day.
    """
    amount = nights * (rate + 12.0 * breakfast)
    return Bill(amount, f"{{nights}} nights in {{city}} cost {{amount:.2f}}.")
'''
PEER = """
import importlib.util, sys, time
from pathlib import Path
from mcp.server import MCPServer
started = time.perf_counter()
server = MCPServer("hotels")
for number, path in enumerate(sorted(Path(sys.argv[1]).glob("*.py"))):
    spec = importlib.util.spec_from_file_location(f"hotels_{number}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    for name, found in list(vars(module).items()):
        if name.startswith("hotel_"):
            server.add_tool(found)
print(time.perf_counter() - started)
"""
PEER_NAME = "mcp: a server with the same"
LIBRARY = "def tool(function):\n    return function\n"
"""Stands for `homewit.tools` beside the peer, which takes the functions as they are."""


def measure(quick: bool) -> Report:
    """First and later starts, with the tools in many files and in one."""
    tools, repeats = (FEW, 1) if quick else (TOOLS, 5)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for files in (min(FILES, tools // 2), 1):
            home = Path(name) / f"{files}"
            write_plugins(home / "tools", tools, files)
            peer = [partial(seconds_of_peer, home)] if find_spec("mcp") else []
            first, later, *beside = in_turn(
                repeats, partial(first_start, home, tools), partial(start, home, tools), *peer
            )
            where = f"{tools} tools in {files} files" if files > 1 else f"{tools} tools in one file"
            of_peer = (PEER_NAME, beside[0]) if beside else ()
            rows += [
                Row(f"{where}, first start", first, *of_peer),
                Row(f"{where}, later ones", later, *of_peer),
            ]
    notes = ["time until all of them are registered; a first start remembers nothing, a later one all"]
    if not find_spec("mcp"):
        notes.append("There is no peer: mcp is not installed.")
    return Report(f"plugins: starts with {tools} tools", rows, notes)


def write_plugins(folder: Path, tools: int, files: int) -> None:
    """That many tools, divided among drop-in files."""
    folder.mkdir(parents=True)
    each = tools // files
    for file in range(files):
        names = [f"hotel_{file}_{number}" for number in range(each)]
        code = HEAD + "".join(TOOL.format(name=name) for name in names)
        (folder / f"hotels_{file}.py").write_text(code, encoding="utf-8")


def first_start(home: Path, tools: int, number: int) -> float:
    """As when the plugins are new; seconds."""
    shutil.rmtree(home / "cache", ignore_errors=True)
    return start(home, tools, number)


def start(home: Path, tools: int, _number: int) -> float:
    """Load the plugins as each start of the program does; seconds."""
    workers = Workers(home, PATIENT)
    started = perf_counter()
    registry = Registry()
    definitions = Definitions(DefinitionCache(home / "cache" / "plugins.json", "benchmark"), home, PATIENT)
    plugins = Plugins(registry, workers, definitions, home / "tools")
    plugins.load()
    seconds = perf_counter() - started
    found = sum(one.source.startswith("file:") for one in registry.specs())
    if found != tools or plugins.problems():
        raise RuntimeError(f"{found} of {tools} tools were loaded: {plugins.problems()}")
    asyncio.run(workers.close())
    return seconds


def seconds_of_peer(home: Path, _number: int) -> float:
    """Import the files into one process and add their functions to a server; without starting Python."""
    beside = home / "beside" / "homewit"
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "__init__.py").touch()
    (beside / "tools.py").write_text(LIBRARY, encoding="utf-8")
    command = [sys.executable, "-c", PEER, str(home / "tools")]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(beside.parent)}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
