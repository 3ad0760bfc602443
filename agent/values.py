"""Values that know where they come from.

Origins join by union whenever a value is derived from others, and are stored beside it, so that a text from
the web is still a text from the web after three steps and a restart. Knows nothing of what the policy makes
of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class UserOrigin:
    """Typed by the user in this request."""

    trusted = True

    def describe(self) -> str:
        return "you"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "user"}


@dataclass(frozen=True, slots=True)
class ModelOrigin:
    """Written by the model while planning, before it read anything that strangers may have written."""

    trusted = True

    def describe(self) -> str:
        return "the model"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "model"}


@dataclass(frozen=True, slots=True)
class PipeOrigin:
    """Handed over through a pipe, or chosen with such text in view: the user may never have read it."""

    trusted = False

    def describe(self) -> str:
        return "a pipe, untrusted"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "pipe"}


@dataclass(frozen=True, slots=True)
class ProgramOrigin:
    """Asked for by another program, such as an editor with a model of its own; ``name`` is what it says that
    it is called.
    """

    name: str
    trusted = False

    def describe(self) -> str:
        return f"the program {self.name}, untrusted"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "program", "name": self.name}


@dataclass(frozen=True, slots=True)
class ToolOrigin:
    """Returned by a tool; ``trusted`` unless its output can be written by strangers."""

    tool: str
    call: str
    trusted: bool

    def describe(self) -> str:
        named = f"{self.tool} ({self.call})" if self.call else self.tool
        return named if self.trusted else f"{named}, untrusted"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "tool", "tool": self.tool, "call": self.call, "trusted": self.trusted}


@dataclass(frozen=True, slots=True)
class WorkflowOrigin:
    """Written in a workflow file that the user chose to run."""

    name: str
    trusted = True

    def describe(self) -> str:
        return f"the workflow {self.name}"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "workflow", "name": self.name}


@dataclass(frozen=True, slots=True)
class MemoryOrigin:
    """Recalled from memory; trusted as far as what was remembered is."""

    id: str
    origin: "Origin"

    @property
    def trusted(self) -> bool:
        return self.origin.trusted

    def describe(self) -> str:
        return f"memory {self.id}, from {self.origin.describe()}"

    def to_wire(self) -> dict[str, Any]:
        return {"kind": "memory", "id": self.id, "origin": self.origin.to_wire()}


Origin = UserOrigin | ModelOrigin | PipeOrigin | ProgramOrigin | WorkflowOrigin | ToolOrigin | MemoryOrigin
Origins = frozenset[Origin]

NOBODY: Origins = frozenset()
USER: Origins = frozenset({UserOrigin()})
MODEL: Origins = frozenset({ModelOrigin()})
PIPE: Origins = frozenset({PipeOrigin()})
UNKNOWN: Origins = frozenset({ToolOrigin("unknown", "", trusted=False)})


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value with everything that it was derived from."""

    data: Any
    origins: Origins

    @property
    def trusted(self) -> bool:
        """False as soon as one origin is not, and for a value that comes from nowhere."""
        return bool(self.origins) and all(origin.trusted for origin in self.origins)

    def describe(self) -> str:
        """Where it comes from, in words for an approval card."""
        return " and ".join(in_words(self.origins)) or "unknown"


def join(*origins: Iterable[Origin]) -> Origins:
    """Everything that a derived value depends on."""
    return frozenset().union(*origins)


def in_words(origins: Origins) -> tuple[str, ...]:
    """Each origin as it is told to the user, in a stable order."""
    return tuple(sorted(origin.describe() for origin in origins))


def in_a_word(origins: Origins) -> str:
    """Who the words are from, for a list of things: "user", "fetch_page, user"."""
    return ", ".join(sorted({_who(origin) for origin in origins})) or "unknown"


def _who(origin: Origin) -> str:
    match origin:
        case UserOrigin():
            return "user"
        case ModelOrigin():
            return "model"
        case PipeOrigin():
            return "pipe"
        case ProgramOrigin():
            return "program"
        case WorkflowOrigin(name=name):
            return f"workflow {name}"
        case MemoryOrigin(origin=inner):
            return _who(inner)
    return origin.tool


def origins_to_wire(origins: Origins) -> list[dict[str, Any]]:
    """The stored form, in a stable order."""
    return sorted((origin.to_wire() for origin in origins), key=repr)


def origins_from_wire(stored: Iterable[dict[str, Any]]) -> Origins:
    return frozenset(_origin_from_wire(item) for item in stored)


def _origin_from_wire(stored: dict[str, Any]) -> Origin:
    match stored:
        case {"kind": "user"}:
            return UserOrigin()
        case {"kind": "model"}:
            return ModelOrigin()
        case {"kind": "pipe"}:
            return PipeOrigin()
        case {"kind": "program", "name": str(name)}:
            return ProgramOrigin(name)
        case {"kind": "workflow", "name": str(name)}:
            return WorkflowOrigin(name)
        case {"kind": "memory", "id": str(id), "origin": dict(origin)}:
            return MemoryOrigin(id, _origin_from_wire(origin))
        case {"kind": "tool", "tool": str(tool), "call": str(call), "trusted": bool(trusted)}:
            return ToolOrigin(tool, call, trusted)
    # An origin of a later version is data from an unknown place: kept, and not trusted.
    return ToolOrigin(str(stored.get("kind", "unknown")), "", trusted=False)
