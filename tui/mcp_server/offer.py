"""What is offered: Homewit's tools as the protocol describes tools.

What is said of a tool beyond its schemas are hints to the client; whether it may run is decided by the
host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import Tool, ToolAnnotations

LEFT_OUT = frozenset({"sub_task", "extract", "remind_now"})
"""Parts of Homewit's own plans and schedules, which are no use outside of them."""
_READS = frozenset({"read", "network"})
_OUTSIDE = frozenset({"network", "send", "spend", "execute"})
_LASTING = frozenset({"write", "send", "spend", "execute"})


@dataclass(frozen=True, slots=True)
class Offer:
    """``only``: names of the tools that are offered; none stands for all."""

    only: frozenset[str] = frozenset()

    def has(self, tool: str) -> bool:
        return tool not in LEFT_OUT and (not self.only or tool in self.only)

    def tools(self, items: list[dict[str, Any]]) -> list[Tool]:
        """Those of a list of the host, ``tools.list(schemas=True)``, that are offered."""
        return [described(item) for item in items if self.has(item["name"])]


def described(item: Mapping[str, Any]) -> Tool:
    """One tool; only a result that is an object has a schema, as others have no structured form."""
    returns = item["returns"]
    return Tool(
        name=item["name"],
        title=item["name"].replace("_", " ").capitalize(),
        description=item["description"],
        input_schema=item["parameters"],
        output_schema=returns if returns.get("type") == "object" else None,
        annotations=_annotations(item["effect"]),
    )


def _annotations(effect: str) -> ToolAnnotations:
    """By the effect alone, so what it does not tell is left open."""
    if effect in _READS:
        return ToolAnnotations(read_only_hint=True, open_world_hint=effect in _OUTSIDE)
    return ToolAnnotations(
        read_only_hint=False,
        destructive_hint=True if effect in _LASTING else None,
        open_world_hint=effect in _OUTSIDE,
    )
