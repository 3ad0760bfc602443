"""Agents on a scripted engine: everything is real but the checkpoint. Plans, a tool that sends, and time that
passes when a test says so.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.testing import FakeClock, ScriptedEngine
from homewit.tools import Tool, tool

OpenAgent = Callable[..., AbstractAsyncContextManager[Agent]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working folder of the agents."""
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture
def opened(folder: Path) -> OpenAgent:
    """``opened(output, …, tools=[…])``: an agent whose engine answers with these outputs, in this order."""

    def open_agent(*outputs: Any, **options: Any) -> AbstractAsyncContextManager[Agent]:
        options = {"cwd": folder, "now": FakeClock(), **options}
        return Agent.open(ScriptedEngine(list(outputs)), **options)

    return open_agent


@pytest.fixture
def plan() -> Callable[..., dict[str, Any]]:
    """``plan(("tool", {args}), …)``: a model's plan with steps s1, s2, …; a third item names what comes
    before.
    """

    def build(*steps: tuple[Any, ...], question: str | None = None) -> dict[str, Any]:
        wire = [
            {"id": f"s{number}", "tool": step[0], "args": step[1], **({"after": step[2]} if step[2:] else {})}
            for number, step in enumerate(steps, 1)
        ]
        return {"steps": wire, "question": question}

    return build


@pytest.fixture
def happened() -> Callable[..., Any]:
    """Runs a prompt and returns the flat events without what differs from run to run."""

    async def run(agent: Agent, prompt: str, **options: Any) -> list[dict[str, Any]]:
        return [event.to_wire() async for event in agent.stream(prompt, **options)]

    return run


@pytest.fixture
async def let_pass() -> Callable[[float], None]:
    """``let_pass(seconds)``, from any thread: whatever waits for a moment until then has waited for it.

    So a limit is reached exactly where a test wants it, on a machine of any speed.
    """
    loop = asyncio.get_running_loop()
    real, skipped_s = loop.time, 0.0

    def skip(seconds: float) -> None:
        nonlocal skipped_s
        skipped_s += seconds

    def let_pass(seconds: float) -> None:
        loop.call_soon_threadsafe(skip, seconds)

    loop.time = lambda: real() + skipped_s  # type: ignore[method-assign]
    return let_pass


@pytest.fixture
def sent() -> list[tuple[str, str]]:
    """What left by ``mail``: recipients and texts."""
    return []


@pytest.fixture
def mail(sent: list[tuple[str, str]]) -> Tool[..., Any]:
    """A tool with an effect that nobody can take back, to a place that strangers would like to choose."""

    @tool(effect="send", sinks=("to",))
    def mail(to: str, body: str = "hi") -> str:
        """Send a mail."""
        sent.append((to, body))
        return f"sent to {to}"

    return mail
