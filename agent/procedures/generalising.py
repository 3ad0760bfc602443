"""Anti-unification: of several recorded plans of one shape, what is constant and what is a slot.

Plans have one shape when tools, order, conditions and references are the same, so that they differ in
literals alone. What comes out must give back every recorded plan, from the words of its request; else nothing
comes out. Pure; knows nothing of where the records come from.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..plan import Argument, Plan
from ..planning.arguments import INPUTS, Ask, Ref
from ..planning.schemas import LITERAL, TEXT, Schema, property_of, schema_at
from .procedure import Procedure, Slot, Wording
from .wording import fill, wording_of, written

FEWEST_STEPS = 2
"""What takes one step needs no remembering."""
_LITERAL = "·"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run that succeeded: what the user typed for it, and the plan that was carried out."""

    run: str
    request: str
    plan: Plan


SchemaOf = Callable[[str], Schema]
"""The parameters of a tool."""


def shape_of(plan: Plan) -> str:
    """Everything of a plan but its literals."""
    steps = [
        {**step.to_wire(), "args": {name: _shape(value) for name, value in sorted(step.args.items())}}
        for step in plan.steps
    ]
    return json.dumps(steps, sort_keys=True, ensure_ascii=False)


def generalise(records: Sequence[Recorded], parameters: SchemaOf) -> Procedure | None:
    """The procedure behind ``records``, which are of one shape; None where there is none to be trusted."""
    if len(records) < 2 or not _fit_for_it(records):
        return None
    slots = _Slots(parameters)
    plans = [record.plan for record in records]
    steps = []
    for position, step in enumerate(plans[0].steps):
        others = [plan.steps[position] for plan in plans]
        args = {
            name: slots.join([one.args[name] for one in others], step.tool, name, "") for name in step.args
        }
        steps.append(replace(step, args=args))
    if slots.impossible:
        return None
    wordings = _wordings(records, slots.values)
    if wordings is None:
        return None
    found = Procedure(plans[0].route, tuple(steps), slots.made(), wordings)
    return found if all(_gives_back(found, record) for record in records) else None


def _fit_for_it(records: Sequence[Recorded]) -> bool:
    first = records[0].plan
    if len(first.steps) < FEWEST_STEPS or first.procedure is not None:
        return False
    if any(step.suggested or step.listed for record in records for step in record.plan.steps):
        return False  # words that strangers wrote had a part in it
    return len({shape_of(record.plan) for record in records}) == 1


def _gives_back(procedure: Procedure, record: Recorded) -> bool:
    """The replay test: the request fills the slots so that exactly the recorded plan comes out."""
    found = match(procedure, record.request)
    return found is not None and procedure.plan(found).steps == record.plan.steps


def match(procedure: Procedure, request: str) -> dict[str, Any] | None:
    """The slots that a request fills; None when no wording fits, or several that mean different things."""
    found: list[dict[str, Any]] = []
    for wording in procedure.wordings:
        values = fill(wording, procedure.slots, request)
        if values is not None and values not in found:
            found.append(values)
    return found[0] if len(found) == 1 else None


def _wordings(records: Sequence[Recorded], values: Mapping[str, Sequence[Any]]) -> tuple[Wording, ...] | None:
    found: list[Wording] = []
    for number, record in enumerate(records):
        wording = wording_of(record.request, {name: seen[number] for name, seen in values.items()})
        if wording is None:
            return None
        if wording not in found:
            found.append(wording)
    return tuple(found)


class _Slots:
    """The slots found so far; values that always go together are one slot."""

    def __init__(self, parameters: SchemaOf) -> None:
        self._parameters = parameters
        self.values: dict[str, list[Any]] = {}
        self._schemas: dict[str, Schema] = {}
        self.impossible = False

    def join(self, parts: list[Argument], tool: str, argument: str, path: str) -> Argument:
        """The common form of the same part of several plans."""
        first = parts[0]
        if all(_same(part, first) for part in parts):
            return first
        if (property_of(self._parameters(tool), argument) or {}).get(LITERAL):
            self.impossible = True  # what has to be written out can be no slot
            return first
        if all(isinstance(part, dict) for part in parts):
            return {
                name: self.join([part[name] for part in parts], tool, argument, f"{path}.{name}")
                for name in first
            }
        if all(isinstance(part, list | tuple) for part in parts):
            return [
                self.join([part[place] for part in parts], tool, argument, f"{path}.{place}")
                for place in range(len(first))
            ]
        if any(written(part) is None for part in parts):
            self.impossible = True
            return first
        return Ref(INPUTS, self._slot(parts, tool, argument, path))

    def made(self) -> tuple[Slot, ...]:
        return tuple(Slot(name, self._schemas[name], tuple(seen)) for name, seen in self.values.items())

    def _slot(self, parts: list[Any], tool: str, argument: str, path: str) -> str:
        schema = schema_at(self._parameters(tool), f"{argument}{path}") or TEXT
        for name, seen in self.values.items():
            if all(map(_same, seen, parts)) and self._schemas[name] == schema:
                return name
        last = path.rpartition(".")[2]
        base = argument if not last or last.isdigit() else last
        name, number = base, 2
        while name in self.values:
            name, number = f"{base}_{number}", number + 1
        self.values[name], self._schemas[name] = list(parts), schema
        return name


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _shape(value: Argument) -> Any:
    if isinstance(value, Ref | Ask):
        return value.to_wire()
    if isinstance(value, dict):
        return {name: _shape(part) for name, part in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_shape(part) for part in value]
    return _LITERAL if value is not None else None
