"""A plan is data: typed steps whose arguments are literals, references to earlier results, or questions.

Knows nothing of how a plan is made or run. ``Plan.to_wire`` gives the form of ``homewit plan --json``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .events import Route


@dataclass(frozen=True, slots=True)
class Ref:
    """The value at ``path`` in the result of an earlier step; ``text`` exists for every result."""

    step: str
    path: str

    def to_wire(self) -> dict[str, str]:
        return {"$ref": f"{self.step}.{self.path}"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A value that only the user can give."""

    question: str

    def to_wire(self) -> dict[str, str]:
        return {"$ask": self.question}


Argument = Any  # a JSON value, Ref or Ask


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    tool: str
    args: Mapping[str, Argument]
    after: tuple[str, ...] = ()

    def refs(self) -> Iterator[Ref]:
        return (value for value in self.args.values() if isinstance(value, Ref))

    def to_wire(self) -> dict[str, Any]:
        args = {
            name: value.to_wire() if isinstance(value, Ref | Ask) else value
            for name, value in self.args.items()
        }
        return {"id": self.id, "tool": self.tool, "args": args, "after": list(self.after)}


@dataclass(frozen=True, slots=True)
class Plan:
    route: Route
    steps: tuple[Step, ...] = ()
    question: str | None = None
    procedure: str | None = None
    scores: Mapping[Route, float] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        return {
            "route": self.route,
            "steps": [step.to_wire() for step in self.steps],
            "question": self.question,
            "procedure": self.procedure,
        }

    model_dump = to_wire


def is_reference(value: Any) -> bool:
    """Whether a JSON value is the wire form of a ``Ref``."""
    return isinstance(value, dict) and set(value) == {"$ref"}


def argument_from_wire(value: Any) -> Argument:
    """Read one argument back from its JSON form."""
    if is_reference(value):
        step, _, path = str(value["$ref"]).partition(".")
        return Ref(step, path)
    if isinstance(value, dict) and set(value) == {"$ask"}:
        return Ask(str(value["$ask"]))
    return value
