"""Makes a workflow of a run: its plan as it was carried out, with what the user had typed as inputs.

``workflow_of_run`` is the whole of it. An input has what was typed as its default, so that the workflow does
the same without any. Pure; knows nothing of files.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...memory import LoggedEvent
from ..errors import UsageError
from ..log.recovery import Recovered, recover
from ..permission.spans import typed
from ..plan import Step
from ..planning.arguments import INPUTS, Argument, Ask, Ref, Text
from ..planning.schemas import (
    LITERAL,
    Schema,
    accepts,
    branches,
    compatible,
    items_of,
    kinds_of,
    property_of,
    schema_of,
)
from ..planning.scope import Signature
from .carrying import parsed
from .input_values import wrong_with
from .model import Input, Workflow
from .starting import Start, inputs_from_wire

LONGEST_NAME = 40
_SCALARS = ("string", "number", "integer", "boolean")


def workflow_of_run(
    log: Sequence[LoggedEvent],
    words: str,
    tools: Mapping[str, Signature],
    name: str,
    description: str = "",
    fixed: Container[str] = (),
) -> Workflow:
    """The workflow that does what a run did; raises ``UsageError`` for a run without a plan.

    ``words`` is all that the user typed for the run; ``fixed`` names inputs that are to be constants.
    """
    found = recover(log)
    if found.plan is None or not found.plan.steps:
        raise UsageError("That run had no plan: nothing was done in steps, so there is nothing to save.")
    if found.workflow is not None:
        return _of_workflow(found, Start.from_wire(found.workflow), name, description)
    flow = Workflow.of(found.plan, name, description)
    return with_inputs(flow, lambda value: typed(value, words), tools, fixed)


def _of_workflow(found: Recovered, start: Start, name: str, description: str) -> Workflow:
    """A run of a workflow keeps its inputs, with the values that they had."""
    flow, values = parsed(start), inputs_from_wire(found.inputs).data
    inputs = {
        key: replace(given, default=values.get(key, given.default), needed=key not in values)
        for key, given in flow.inputs.items()
    }
    steps = Workflow.of(found.plan, name).steps if found.plan is not None else flow.steps
    return Workflow(name, steps, inputs, flow.outputs, flow.description or description)


def with_inputs(
    flow: Workflow, is_input: Any, tools: Mapping[str, Signature], fixed: Container[str] = ()
) -> Workflow:
    """The workflow with an input for each value in its arguments of which ``is_input(value)`` is true.

    The same value is one input. What would not fit its argument as an input stays as it is.
    """
    slots = _Slots(is_input, fixed)
    steps = tuple(
        replace(step, args=dict(slots.fill(step, tools[step.tool].parameters)))
        if step.tool in tools
        else step
        for step in flow.steps
    )
    return replace(flow, steps=steps, inputs={**flow.inputs, **slots.inputs})


@dataclass(slots=True)
class _Slots:
    is_input: Any
    fixed: Container[str]
    inputs: dict[str, Input] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)

    def fill(self, step: Step, parameters: Schema) -> Iterator[tuple[str, Argument]]:
        for name, value in step.args.items():
            yield name, self._filled(name, value, property_of(parameters, name) or {})

    def _filled(self, name: str, value: Argument, schema: Schema) -> Argument:
        if isinstance(value, Ref | Ask | Text) or value is None or schema.get(LITERAL):
            return value
        if isinstance(value, dict):
            return {
                key: self._filled(key, part, property_of(schema, key) or {}) for key, part in value.items()
            }
        if isinstance(value, list):
            return [self._filled(name, part, items_of(schema)) for part in value]
        return self._slot(name, value, schema) if self.is_input(value) else value

    def _slot(self, name: str, value: Any, schema: Schema) -> Argument:
        given = _input_for(value, schema)
        if given is None:
            return value
        same = (given.type, repr(value))
        if same not in self._names:
            free = _free(_identifier(name), self.inputs)
            if free in self.fixed:
                return value
            self.inputs[free] = given
            self._names[same] = free
        return Ref(INPUTS, self._names[same])


def _input_for(value: Any, schema: Schema) -> Input | None:
    """The input that a value of an argument becomes; None where no input could stand there."""
    kind = next(kind for kind in ("boolean", "integer", "number", "string") if kind in kinds_of(value))
    if kind == "integer" and any("number" in _types(branch) for branch in branches(schema)):
        kind = "number"
    taken = next((branch for branch in branches(schema) if accepts(branch, value)), {})
    choices = tuple(one for one in taken.get("enum", ()) if kind in kinds_of(one))
    given = Input(kind, str(schema.get("description", "")), value, needed=False, choices=choices)
    fits = compatible(given.schema, schema) and wrong_with(given, value) is None
    return given if fits and kind in _SCALARS and compatible(schema_of(value), schema) else None


def _types(schema: Schema) -> Sequence[str]:
    kinds = schema.get("type", ())
    return [kinds] if isinstance(kinds, str) else kinds


def _identifier(name: str) -> str:
    cleaned = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_")[:28]
    return cleaned if cleaned[:1].isalpha() else f"value_{cleaned}".strip("_")


def _free(name: str, taken: Container[str]) -> str:
    numbered = (f"{name}{number}" for number in range(2, 1000))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def name_for(prompt: str) -> str:
    """A name made of the first words of a request."""
    words = re.findall(r"[a-z0-9]+", prompt.lower())
    while words and not words[0][0].isalpha():
        words = words[1:]
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    return name or "workflow"
