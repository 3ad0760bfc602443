"""A granted folder, a context around it, and a way to call a built-in tool by its function's name."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import ToolContext
from homewit.tools.builtin.catalogue import BUILTIN_TOOLS
from homewit.tools.testing import fake_context

TOOLS = {tool.name: tool for tool in BUILTIN_TOOLS}

Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The one granted folder."""
    granted = tmp_path / "granted"
    granted.mkdir()
    return granted


@pytest.fixture
def ctx(folder: Path) -> ToolContext:
    """A context whose clock stands at Friday, 2026-11-20 14:30 in Berlin."""
    return fake_context(folder)


@pytest.fixture
def call(ctx: ToolContext) -> Call:
    """Call a built-in tool with keyword arguments; returns its ToolResult."""

    async def call_tool(name: str, /, **arguments: Any) -> Any:
        return await TOOLS[name].call(arguments, ctx)

    return call_tool
