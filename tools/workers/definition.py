"""A tool that a source has, as data: all that the host ever holds of somebody else's code.

What was loaded, shown or remembered is compared with what a worker has before that worker is called.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from ..spec import Tool, ToolSpec

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Definition:
    """Its spec, and what its code has beside the call itself: "check", "undo", "preview"."""

    spec: ToolSpec
    parts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tool: Tool[Any, Any]) -> "Definition":
        """What a tool's own code has."""
        parts = ("check", "undo", "preview")
        return cls(tool.spec, frozenset(part for part in parts if getattr(tool, part) is not None))

    def agrees(self, other: "Definition") -> bool:
        """Whether both are the same in everything; where a source is, it is not asked itself."""
        return self.parts == other.parts and _plain(self.spec) == _plain(other.spec)

    def to_wire(self) -> dict[str, Any]:
        """The definition as JSON says it."""
        return {"spec": _fields(self.spec), "parts": sorted(self.parts)}

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> "Definition":
        """Read what `to_wire` has written; raises KeyError, TypeError or ValueError for anything else."""
        return cls(_specs().validate_python(data["spec"]), frozenset(map(str, data["parts"])))


def _fields(spec: ToolSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in _FIELDS}


def _plain(spec: ToolSpec) -> str:
    """As it comes out of a worker, where tuples are lists."""
    return json.dumps({**_fields(spec), "source": ""}, sort_keys=True)


_FIELDS = tuple(field.name for field in fields(ToolSpec))


@cache
def _specs() -> "TypeAdapter[ToolSpec]":
    """What reads a spec; made where one is read, and a worker only writes them."""
    from pydantic import TypeAdapter

    return TypeAdapter(ToolSpec)
