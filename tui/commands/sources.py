"""What `homewit tools add` reads from its command line, and what it shows before it asks.

The command is shown in full, and so is whatever changed since the user last agreed.
"""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .. import output
from ..errors import UsageProblem

APPROVAL_NEEDED = 5
_DOCUMENTS = (".json", ".yaml", ".yml")


def pair(text: str) -> tuple[str, str]:
    """The two sides of NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageProblem(f"{text!r} is not NAME=VALUE")
    return name, value


def place_of(source: tuple[str, ...], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the tools are, as `tools.inspect` takes it; None for a source that was added before."""
    if not source:
        return None
    first, secrets = source[0], dict(map(pair, options["secret"]))
    path = Path(first).expanduser()
    if options["server"] or (len(source) == 1 and path.suffix in _DOCUMENTS and path.is_file()):
        if not options["server"]:
            raise UsageProblem("Say where the service is: --server URL")
        document = first if "://" in first else str(path.absolute())
        return {"kind": "openapi", "document": document, "server": options["server"], "secrets": secrets}
    if len(source) == 1 and first.startswith(("http://", "https://")):
        return {"kind": "mcp-address", "url": first, "secrets": secrets}
    if len(source) == 1 and path.is_dir():
        return {"kind": "skill", "folder": str(path.absolute())}
    program = str(path.absolute()) if "/" in first else first
    return {
        "kind": "mcp-program",
        "command": [program, *source[1:]],
        "readable": [str(Path(one).expanduser().absolute()) for one in options["readable"]],
        "writable": [str(Path(one).expanduser().absolute()) for one in options["writable"]],
        "network": options["network"],
        "confined": not options["unconfined"],
        "variables": dict(map(pair, options["env"])),
        "secrets": secrets,
    }


def way_to_log_in(device: bool) -> str:
    """How somebody who sits here logs in to a server; "" when nobody does."""
    if device:
        return "device"
    return "browser" if sys.stderr.isatty() else ""


def show_source(seen: Mapping[str, Any]) -> None:
    """All that the user agrees to, on stderr."""
    for line in _described(seen["place"]):
        output.say(line)
    for tool in seen["tools"]:
        arguments = ", ".join(tool["arguments"])
        state = "" if tool["state"] == "new" else f"  ({tool['state']})"
        says = f", says of itself: {', '.join(tool['says'])}" if tool["says"] else ""
        output.say(f"\n{tool['name']}({arguments})  {tool['effect']}{says}{state}", "bold")
        output.say(f"  {tool['description']}")
        for change in tool["changes"]:
            output.say(f"  changed: {change}", "yellow")
    for name in seen["gone"]:
        output.say(f"\n{name} is not there any more", "yellow")


def _described(place: Mapping[str, Any]) -> list[str]:
    match place["kind"]:
        case "mcp-program":
            lines = [f"The MCP server runs as: {shlex.join(place['command'])}"]
            if not place["confined"]:
                return [*lines, "It runs without the sandbox and may do all that you may."]
            for word, field in (("read", "readable"), ("change", "writable")):
                if place[field]:
                    lines.append(f"It may {word}: {', '.join(place[field])}")
            return [*lines, f"It may {'use' if place['network'] else 'not use'} the network."]
        case "mcp-address":
            return [f"The MCP server is at: {place['url']}"]
        case "skill":
            return [f"The skill is in: {place['folder']}"]
        case _:
            return [f"The service is at: {place['server']}", f"Described by: {place['document']}"]


def agrees() -> bool:
    """Ask; without anybody there the answer is no."""
    if not sys.stdin.isatty():
        output.say("\nNobody is there to agree; --yes does.", "yellow")
        return False
    return click.confirm("\nAdd these?", default=False, err=True)
