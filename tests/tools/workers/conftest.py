"""A plugin file, and workers that run it."""

import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from homewit.tools import ToolContext
from homewit.tools.testing import fake_context
from homewit.tools.workers.defining import define
from homewit.tools.workers.pool import Workers
from homewit.tools.workers.remote import RemoteTool
from homewit.tools.workers.source import Source
from homewit.tools.workers.worker import WorkerLimits

Load = Callable[..., "object"]

HEAD = """
import asyncio, ctypes, os, subprocess, sys, threading, time
from homewit.tools import InputNeeded, ToolContext, ToolFailed, ToolRetry, tool
"""


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return fake_context(tmp_path)


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str], Source]:
    """Write a drop-in file; returns it as a source."""

    def write(code: str, name: str = "plugin") -> Source:
        path = tmp_path / f"{name}.py"
        path.write_text(HEAD + textwrap.dedent(code))
        return Source("file", f"file:{name}.py", str(path))

    return write


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[Workers]:
    made = Workers(tmp_path, WorkerLimits(memory_bytes=1 << 30))
    yield made
    await made.close()


async def remote(workers: Workers, source: Source) -> dict[str, RemoteTool]:
    """The tools of a source by name."""
    found = await define(source, Path(source.where).parent)
    assert found.problem == ""
    return {one.spec.name: workers.tool(source, one) for one in found.definitions}
