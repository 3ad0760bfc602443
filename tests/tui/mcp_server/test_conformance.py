"""Scenarios of the public MCP conformance suite that are about serving tools, in both eras of the protocol.

The suite speaks HTTP only, so the same server is put behind the SDK's own HTTP door, on loopback. Needs
`npm install --prefix .ci/mcp`, which `.ci/run` does.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ...mcp_suite import SUITE, needs_suite, node
from ...ports import free_port

pytest.importorskip("mcp")
uvicorn = pytest.importorskip("uvicorn")

from homewit.tui.launch import Launch  # noqa: E402
from homewit.tui.mcp_server.hosts import Hosts  # noqa: E402
from homewit.tui.mcp_server.offer import Offer  # noqa: E402
from homewit.tui.mcp_server.server import Serving  # noqa: E402

TOOLS = '''
from typing import Any

from homewit.tools import InputNeeded, ToolContext, ToolFailed, tool


@tool
def test_simple_text() -> str:
    """Say something."""
    return "This is a simple text response for testing."


@tool
def test_error_handling() -> str:
    """Fail."""
    raise ToolFailed("This tool intentionally returns an error for testing")


@tool
def test_tool_with_progress(*, ctx: ToolContext) -> str:
    """Tell how far it is."""
    for percent in (0, 50, 100):
        ctx.progress(f"{percent} %")
    return "done"


@tool
def test_input_required_result_elicitation(user_name: str = "") -> str:
    """Ask for a name."""
    if not user_name:
        raise InputNeeded("What is your name?", "user_name")
    return f"Hello, {user_name}!"
'''
SCENARIOS = [
    ("2025-11-25", "server-initialize"),
    ("2025-11-25", "ping"),
    *(
        (version, name)
        for version in ("2025-11-25", "2026-07-28")
        for name in ("tools-list", "tools-call-simple-text", "tools-call-error", "tools-call-with-progress")
    ),
    ("2026-07-28", "server-stateless"),
    ("2026-07-28", "input-required-result-basic-elicitation"),
    ("2026-07-28", "input-required-result-missing-input-response"),
    ("2026-07-28", "input-required-result-validate-input"),
    ("2026-07-28", "input-required-result-result-type"),
]


def is_beside_the_point(check: dict[str, Any]) -> bool:
    """Whether it needs a tool of the suite's own that only reference servers have."""
    return str(check.get("errorMessage", "")).startswith("Not testable:")


pytestmark = [pytest.mark.slow, needs_suite]


@asynccontextmanager
async def at_an_address(offer: Offer) -> AsyncIterator[str]:
    """The server, where the suite reaches it."""
    hosts = Hosts(Launch(private=True))
    app = Serving(hosts, offer, (), None).server().streamable_http_app()
    port = free_port()
    door = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    serving = asyncio.create_task(door.serve())
    while not door.started:  # noqa: ASYNC110  it tells nobody
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        door.should_exit = True
        await serving
        await hosts.close()


async def checks(url: str, version: str, scenario: str, folder: Path) -> list[dict[str, Any]]:
    """What the suite found out."""
    options = ["--url", url, "--scenario", scenario, "--spec-version", version, "--timeout", "120000"]
    process = await asyncio.create_subprocess_exec(
        str(node()),
        str(SUITE),
        "server",
        *options,
        "-o",
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    found = list(folder.rglob("checks.json"))
    assert len(found) == 1, said.decode()
    return json.loads(found[0].read_text(encoding="utf-8"))


async def test_the_server_conforms(home: Path, tmp_path: Path):
    """No check of a scenario fails, and in each some succeed. Control: a tool that is not offered."""
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "conformance.py").write_text(TOOLS, encoding="utf-8")
    results: dict[str, list[str]] = {}
    async with at_an_address(Offer()) as url:
        for version, scenario in SCENARIOS:
            place = tmp_path / f"{scenario}-{version}"
            found = await checks(url, version, scenario, place)
            found = [check for check in found if not is_beside_the_point(check)]
            bad = [
                f"{c['id']}: {c.get('errorMessage')}" for c in found if c["status"] in ("FAILURE", "WARNING")
            ]
            good = [c["id"] for c in found if c["status"] == "SUCCESS"]
            results[f"{version} {scenario}"] = bad or ([] if good else ["nothing was checked"])
    assert {name: bad for name, bad in results.items() if bad} == {}
    async with at_an_address(Offer(frozenset({"calculate"}))) as url:
        found = await checks(url, "2025-11-25", "tools-call-simple-text", tmp_path / "control")
    assert "FAILURE" in [check["status"] for check in found]
