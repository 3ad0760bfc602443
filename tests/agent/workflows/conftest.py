"""Builders for tests of workflows: built-in tools, and agents that run a file's text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homewit.agent import Agent
from homewit.agent.result import Result, collect
from homewit.agent.runs.runner import Limits
from homewit.tools import Registry, ToolSpec


@pytest.fixture(scope="session")
def tools() -> list[ToolSpec]:
    """The built-in tools."""
    registry = Registry()
    registry.load_builtins()
    return registry.specs()


@pytest.fixture
def run_flow() -> Callable[..., Any]:
    """``await run_flow(agent, text, given, allow=…)``: the result of running a file's text."""

    async def run(
        agent: Agent,
        text: str | None,
        given: dict[str, Any] | None = None,
        *,
        name: str = "flow.yaml",
        piped: tuple[str, ...] = (),
        **limits: Any,
    ) -> Result:
        start = agent.place.workflows.start(name, text, given or {}, piped)
        return await collect((await agent.runner.start_workflow(start, None, Limits(**limits))).events())

    return run


@pytest.fixture
def keep(home: Path) -> Callable[[str, str], None]:
    """Put a workflow into the home folder."""

    def put(name: str, text: str) -> None:
        folder = home / "workflows"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    return put
