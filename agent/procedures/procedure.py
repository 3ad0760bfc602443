"""A procedure: steps with slots, the wordings that ask for it, and their JSON form.

A slot is written as a reference to ``inputs``, as in a workflow. Plain data and pure functions; knows nothing
of where procedures come from and are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..events import Route
from ..plan import Argument, Plan, Step
from ..planning.arguments import INPUTS, Ask, Ref, replaced
from ..planning.plan_schema import step_from_wire
from ..planning.schemas import Schema

Part = str | Ref
"""A word of a wording, or the slot that stands there."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What changes from one time to the next; ``seen`` are its values so far."""

    name: str
    schema: Schema
    seen: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """How it was asked for: words, and slots between them."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return " ".join(f"‹{part.path}›" if isinstance(part, Ref) else part for part in self.parts)


@dataclass(frozen=True, slots=True)
class Procedure:
    route: Route
    steps: tuple[Step, ...]
    slots: tuple[Slot, ...]
    wordings: tuple[Wording, ...]

    @property
    def name(self) -> str:
        """The first wording, which people recognise."""
        return str(self.wordings[0])

    def plan(self, values: Mapping[str, Any], id: str | None = None) -> Plan:
        """The plan with every slot filled; raises ``KeyError`` for a slot without a value."""

        def filled(part: Ref | Ask) -> Any:
            return values[part.path] if isinstance(part, Ref) and part.step == INPUTS else part

        steps = tuple(_with_args(step, lambda argument: replaced(argument, filled)) for step in self.steps)
        return Plan(self.route, steps, procedure=id)

    def to_wire(self) -> dict[str, Any]:
        return {
            "route": self.route,
            "steps": [step.to_wire() for step in self.steps],
            "slots": [{"name": one.name, "schema": one.schema, "seen": list(one.seen)} for one in self.slots],
            "wordings": [_parts_to_wire(wording.parts) for wording in self.wordings],
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> "Procedure":
        """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
        return cls(
            wire["route"],
            tuple(step_from_wire(step) for step in wire["steps"]),
            tuple(Slot(one["name"], one["schema"], tuple(one["seen"])) for one in wire["slots"]),
            tuple(Wording(tuple(map(_part_from_wire, parts))) for parts in wire["wordings"]),
        )


def _with_args(step: Step, change: Callable[[Argument], Argument]) -> Step:
    return replace(step, args={name: change(argument) for name, argument in step.args.items()})


def _parts_to_wire(parts: Sequence[Part]) -> list[Any]:
    return [part.to_wire() if isinstance(part, Ref) else part for part in parts]


def _part_from_wire(part: Any) -> Part:
    return Ref(INPUTS, str(part["$ref"]).partition(".")[2]) if isinstance(part, dict) else str(part)
