"""The client that the MCP conformance suite tests: Homewit's own connection, driven as each scenario wants.

The suite starts it with the address of its server as the last argument. Every tool that the server offers is
called with arguments made of its schema, and every question is answered as if the user agreed.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from homewit.tools.errors import ToolError
from homewit.tools.loaders.definition import Definition
from homewit.tools.loaders.mcp.connection import Connection
from homewit.tools.loaders.sources import McpAddress
from homewit.tools.testing import fake_context

LEGACY = ("2025-03-26", "2025-06-18", "2025-11-25")
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


async def call(connection: Connection, tool: Definition, ctx: Any) -> None:
    """Call a tool; what it refuses is told, and is the suite's to judge."""
    args = {**arguments(tool.parameters), **GIVEN.get(tool.name, {})}
    try:
        result = await connection.call(tool, args, ctx, retry=False)
    except ToolError as error:
        print(tool.name, "failed:", error, file=sys.stderr)
    else:
        print(tool.name, result.text, file=sys.stderr)


async def main(url: str) -> None:
    version = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "")
    given = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))
    mode = "legacy" if version in LEGACY else "auto"
    ctx = fake_context(Path.cwd(), approved=Everything())
    connection = await Connection.open("suite", McpAddress(url=url), ctx, mode)
    try:
        tools = await connection.definitions()
        for wanted in given.get("toolCalls", ()):
            GIVEN[wanted["name"]] = wanted.get("arguments", {})
        for tool in tools.values():
            await call(connection, tool, ctx)
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[-1]))
