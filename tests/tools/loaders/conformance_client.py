"""The client that the MCP conformance suite tests: Homewit's own connection, driven as each scenario wants.

Started with the path of a socket; `conformance_ask.py` sends there what the suite wants, and a fork does it,
since loading the protocol takes longer than most scenarios. Every tool that the server offers is called with
arguments made of its schema, every question is answered as if the user agreed, and whoever wants a login gets
one, as often as a patient user would.
"""

import asyncio
import json
import os
import re
import socket
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from homewit.tools.context import ClientsFor
from homewit.tools.errors import LoginNeeded, NetworkBlocked, ToolError
from homewit.tools.loaders.definition import Definition
from homewit.tools.loaders.mcp.connection import Connection
from homewit.tools.loaders.mcp.logins import Logins
from homewit.tools.loaders.sources import McpAddress
from homewit.tools.oauth import Account
from homewit.tools.secret import Secret
from homewit.tools.secrets.file import FileStore
from homewit.tools.testing import fake_context

Answer = TypeVar("Answer")

LEGACY = ("2025-03-26", "2025-06-18", "2025-11-25")
PATIENCE = 2
CLIENTS = {"auth/basic-cimd": "https://conformance-test.local/client-metadata.json"}
"""Clients that a user has written into the settings; a document of one's own is named by its address."""
GIVEN: dict[str, dict[str, Any]] = {
    "add_numbers": {"a": 5, "b": 3},
    "test_custom_headers": {
        "region": "us-west1",
        "query": "SELECT 1",
        "priority": 42,
        "verbose": False,
        "debug": True,
        "emptyVal": "",
        "method": "GET",
        "nonAscii": "日本語",
    },
}


class Everything(frozenset[str]):
    """What a user has agreed to who agrees to everything."""

    def __contains__(self, what: object) -> bool:
        return True


class User:
    """Logs in where a server wants it, and names the authorization servers on this machine that show up."""

    def __init__(self, url: str, given: dict[str, str], folder: Path) -> None:
        self._url = url
        self._settings = {"allowed_hosts": ""}
        client = given.get("client_id") or CLIENTS.get(os.environ.get("MCP_CONFORMANCE_SCENARIO", ""))
        account = Account("suite", client or "", issuer=given.get("issuer", ""))
        secret = Secret("client", given["client_secret"]) if "client_secret" in given else None
        self._opened: set[asyncio.Task[None]] = set()
        self.logins = Logins(
            FileStore(folder / "secrets.json"),
            ClientsFor(self._settings),
            {"suite": account} if client else {},
            lambda name: secret,
        )

    async def through(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """What comes of some work, which is begun again after a login; at last, what it fails with."""
        for _ in range(PATIENCE):
            try:
                return await work()
            except LoginNeeded as needed:
                print(needed, file=sys.stderr)
                await self._log_in()
        return await work()

    async def _log_in(self) -> None:
        for _ in range(4):
            try:
                await self.logins.log_in("suite", self._url, self._open)
                return
            except NetworkBlocked as error:
                print(error, file=sys.stderr)
                port = re.match(r"Port (\d+) of localhost", str(error))
                if port is None:
                    raise
                self._settings["allowed_hosts"] += f" localhost:{port[1]}"

    def _open(self, line: str) -> None:
        task = asyncio.ensure_future(_browse(line.rpartition(" ")[2]))
        self._opened.add(task)
        task.add_done_callback(self._opened.discard)


async def _browse(address: str) -> None:
    async with httpx.AsyncClient(follow_redirects=True, timeout=60) as browser:
        await browser.get(address)


def example(schema: dict[str, Any]) -> Any:
    """Some value of a schema."""
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer" | "number":
            return 5
        case "boolean":
            return True
        case "array":
            return []
        case "object":
            return arguments(schema)
        case _:
            return "test"


def arguments(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: example(one) for name, one in schema.get("properties", {}).items()}


async def call(user: User, connection: Connection, tool: Definition, ctx: Any) -> None:
    """Call a tool; what it refuses is told, and is the suite's to judge."""
    args = {**arguments(tool.parameters), **GIVEN.get(tool.name, {})}
    try:
        result = await user.through(lambda: connection.call(tool, args, ctx, retry=False))
    except ToolError as error:
        print(tool.name, "failed:", error, file=sys.stderr)
    else:
        print(tool.name, result.text, file=sys.stderr)


async def main(url: str, folder: Path) -> None:
    version = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "")
    given = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))
    mode = "legacy" if version in LEGACY else "auto"
    ctx = fake_context(Path.cwd(), approved=Everything())
    user = User(url, given, folder)
    place = McpAddress(url=url)
    connection = await user.through(lambda: Connection.open("suite", place, ctx, user.logins, mode))
    try:
        tools = await user.through(connection.definitions)
        for wanted in given.get("toolCalls", ()):
            GIVEN[wanted["name"]] = wanted.get("arguments", {})
        for tool in tools.values():
            await call(user, connection, tool, ctx)
    finally:
        await connection.close()


def carry_out(url: str, environment: dict[str, str]) -> int:
    """One scenario, in a process of its own; returns how that ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        os.environ.update(environment)
        with tempfile.TemporaryDirectory() as secrets:
            asyncio.run(main(url, Path(secrets)))
        code = 0
    except Exception:  # noqa: BLE001  the suite is told by the code, and whoever reads the log by this
        traceback.print_exc()
    finally:
        os._exit(code)


def serve(path: str) -> None:
    """Carry out what is asked for on a socket, one after the other."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while True:
            line, _ = listener.accept()
            with line, line.makefile("rw") as asked:
                asked.write(f"{carry_out(*json.loads(asked.readline()))}\n")


if __name__ == "__main__":
    serve(sys.argv[1])
