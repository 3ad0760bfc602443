"""Which loader serves which kind of place."""

from collections.abc import Mapping

from ..spec import Effect
from .added import Loader, Tell
from .definition import Definition
from .mcp import Logins, McpServers
from .openapi import OpenApi, effect_of
from .skills import Skills
from .sources import Place


def all_loaders(tell: Tell, logins: Logins | None = None) -> Mapping[str, Loader]:
    """One for each kind; none has contacted anything yet. `logins`: those of the user to MCP servers."""
    servers = McpServers(tell, logins)
    return {
        "mcp-program": servers,
        "mcp-address": servers,
        "skill": Skills(tell),
        "openapi": OpenApi(),
    }


def default_effect(place: Place, definition: Definition) -> Effect:
    """What a tool counts as while the user has not said what it does."""
    if place.kind == "openapi":
        return effect_of(definition)
    return Effect.READ if place.kind == "skill" else Effect.SEND
