"""A plan is data: typed steps whose arguments are literals, references to earlier results, or questions.

A step may run once for each item of a list (``foreach``), and only under a condition (``when``). Knows
nothing of how a plan is made or run. ``Plan.to_wire`` gives the form of ``homewit plan --json``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .events import Route
from .planning.arguments import (
    ITEM,
    Argument,
    Ask,
    Ref,
    argument_from_wire,
    argument_to_wire,
    is_reference,
    refs_in,
)
from .planning.conditions import Condition, condition_refs, condition_to_wire
from .planning.on_error import OnError, UseCall
from .values import NOBODY, Origins, origins_to_wire

__all__ = ["ITEM", "Argument", "Ask", "Plan", "Ref", "Step", "argument_from_wire", "is_reference"]


@dataclass(frozen=True, slots=True)
class Step:
    """One call, or one for each item of ``foreach``, which is a list or a reference to one.

    ``suggested``: where the words come from that were in view when the arguments were written, beyond the
    request and what a planner always sees. What the user did not type counts as derived from them.
    ``listed``: where the list comes from of which this is one item; only while the plan is carried out.
    ``on_error``: what to do when it fails; nothing is to stop what depends on it.
    """

    id: str
    tool: str
    args: Mapping[str, Argument]
    after: tuple[str, ...] = ()
    foreach: Argument = None
    when: Condition | None = None
    suggested: Origins = NOBODY
    listed: Origins = NOBODY
    on_error: OnError | None = None

    def refs(self) -> Iterator[Ref]:
        """References to other steps, wherever they stand; those to the item at hand are left out."""
        return (ref for ref in self.all_refs() if ref.step != ITEM)

    def all_refs(self) -> Iterator[Ref]:
        yield from refs_in(self.foreach)
        if self.when is not None:
            yield from condition_refs(self.when)
        for argument in self.args.values():
            yield from refs_in(argument)
        if self.on_error is not None and isinstance(self.on_error.fallback, UseCall):
            yield from refs_in(dict(self.on_error.fallback.args))

    def to_wire(self) -> dict[str, Any]:
        """``id``, ``tool``, ``args`` and ``after``, and of the rest what there is."""
        wire: dict[str, Any] = {
            "id": self.id,
            "tool": self.tool,
            "args": self.wire_args(),
            "after": list(self.after),
        }
        if self.foreach is not None:
            wire["foreach"] = argument_to_wire(self.foreach)
        if self.when is not None:
            wire["when"] = condition_to_wire(self.when)
        if self.suggested:
            wire["suggested"] = origins_to_wire(self.suggested)
        if self.on_error is not None:
            wire["on_error"] = self.on_error.to_wire()
        return wire

    def wire_args(self) -> dict[str, Any]:
        return {name: argument_to_wire(argument) for name, argument in self.args.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    route: Route
    steps: tuple[Step, ...] = ()
    question: str | None = None
    procedure: str | None = None
    scores: Mapping[Route, float] = field(default_factory=dict)
    not_understood: tuple[str, ...] = ()
    """Parts of the request that no step serves, in its words."""

    def to_wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {
            "route": self.route,
            "steps": [step.to_wire() for step in self.steps],
            "question": self.question,
            "procedure": self.procedure,
        }
        return {**wire, "not_understood": list(self.not_understood)} if self.not_understood else wire

    model_dump = to_wire
