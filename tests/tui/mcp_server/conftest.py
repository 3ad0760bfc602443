"""`homewit mcp` as a program, and the official client of the protocol at its pipes, in both eras."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ...residents import end_host

PROGRAM = [sys.executable, "-m", "homewit.tui"]
DROP_IN = '''
import time
from pathlib import Path

from homewit.tools import ToolContext, tool


@tool(effect="read")
def count_down(start: int, *, ctx: ToolContext) -> str:
    """Count down to nothing."""
    for number in range(start, 0, -1):
        ctx.progress(f"{number} to go")
    return "lift-off"


@tool(effect="write", sinks=("mark",))
def wait_for_ever(mark: str, *, ctx: ToolContext) -> str:
    """Leave a mark and wait until the end of the world."""
    ctx.progress("waits")
    time.sleep(3600)
    return mark


@tool(effect="send", sinks=("to",))
def post(to: str, body: str) -> str:
    """Pretend to send something."""
    return f"sent to {to}"
'''
Serve = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home with a drop-in file, and its resident host, for all tests of a file."""
    import os

    home = tmp_path_factory.mktemp("mcp") / "home"
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "rockets.py").write_text(DROP_IN, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEWIT_")}
    yield {**kept, "HOMEWIT_HOME": str(home), "HOMEWIT_HOST": "resident"}
    end_host(home)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the program is started, and where it may write."""
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture(params=["legacy", "2026-07-28"])
def era(request: pytest.FixtureRequest) -> str:
    """Both eras of the protocol: with a handshake, and with all that is said in each request."""
    return request.param


@pytest.fixture
def served(environment: dict[str, str], folder: Path) -> Serve:
    """``async with served("--only", "calculate", mode=era) as client``: the client of a program with these
    options. ``asked`` answers its forms; without it the client cannot be asked.
    """

    @asynccontextmanager
    async def serve(
        *options: str, mode: str = "auto", asked: Callable[[str], Any] | None = None, **more: Any
    ) -> AsyncIterator[Any]:
        from mcp import Client, StdioServerParameters
        from mcp.client.stdio import stdio_client
        from mcp_types import ElicitResult, Implementation

        async def elicited(_context: Any, params: Any) -> ElicitResult:
            assert asked is not None
            given = asked(params.message)
            if given in ("decline", "cancel"):
                return ElicitResult(action=given)
            return ElicitResult(action="accept", content={"answer": given})

        started = StdioServerParameters(
            command=PROGRAM[0], args=[*PROGRAM[1:], "mcp", *options], env=environment, cwd=folder
        )
        more.setdefault("elicitation_callback", elicited if asked else None)
        info = Implementation(name="gardener", version="1")
        async with Client(stdio_client(started), mode=mode, client_info=info, **more) as client:
            yield client

    return serve
