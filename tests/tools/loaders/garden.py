"""A small MCP server for the tests, by hand, so that it starts at once: pipes, and the protocol of 2025.

`WORDS` in its environment is part of a description, so that a test can let the server change its mind.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

TEXT = {"type": "string"}
BED = {
    "type": "object",
    "properties": {"name": TEXT, "plants": {"type": "integer"}},
    "required": ["name", "plants"],
}


def takes(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: TEXT}, "required": [name]}


TOOLS = [
    {
        "name": "count_plants",
        "description": f"Count the plants of a bed. {os.environ.get('WORDS', '')}".strip(),
        "inputSchema": takes("bed"),
        "outputSchema": BED,
    },
    {"name": "secretOf", "inputSchema": takes("name"), "annotations": {"readOnlyHint": True}},
    {"name": "leave", "description": "End in the middle of a call.", "inputSchema": {"type": "object"}},
    {"name": "look", "description": "Read a file.", "inputSchema": takes("path")},
    {"name": "ask", "description": "Ask the user.", "inputSchema": {"type": "object"}},
]


def say(message: dict[str, Any]) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def asked() -> dict[str, Any]:
    """What the client answers to a question with a suggestion of its own."""
    schema = {"type": "object", "properties": {"colour": {"type": "string", "default": "red"}}}
    params = {"message": "Which roses?", "requestedSchema": schema}
    say({"id": "q", "method": "elicitation/create", "params": params})
    return json.loads(sys.stdin.readline())["result"]


def call(name: str, args: dict[str, Any]) -> dict[str, Any]:
    """The content of an answer; raises for what could not be done."""
    match name:
        case "count_plants" if args["bed"] == "nowhere":
            raise ValueError("there is no such bed")
        case "count_plants":
            found = {"name": args["bed"], "plants": len(args["bed"])}
            return {"structuredContent": found, "content": [{"type": "text", "text": json.dumps(found)}]}
        case "secretOf":
            text = os.environ.get(args["name"], "unset")
        case "leave":
            os._exit(3)
        case "ask":
            text = json.dumps(asked())
        case _:
            text = Path(args["path"]).read_text()
    return {"content": [{"type": "text", "text": text}]}


def answer(message: dict[str, Any]) -> dict[str, Any]:
    match message["method"]:
        case "initialize":
            info = {"name": "garden", "version": "1"}
            version = message["params"]["protocolVersion"]
            return {"result": {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}}
        case "tools/list":
            return {"result": {"tools": TOOLS}}
        case "tools/call":
            try:
                return {"result": call(message["params"]["name"], message["params"].get("arguments") or {})}
            except (OSError, ValueError) as error:
                return {"result": {"isError": True, "content": [{"type": "text", "text": str(error)}]}}
        case other:
            return {"error": {"code": -32601, "message": f"no method {other}"}}


if os.environ.get("BROKEN"):
    sys.exit("the garden is closed")
print("stdout belongs to the protocol, and this line is not part of it", flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        say({"id": message["id"], **answer(message)})
