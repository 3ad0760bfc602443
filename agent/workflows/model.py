"""A workflow: a plan with inputs and outputs, which runs without a model.

``Workflow.plan()`` is the plan that the executor carries out, its references to inputs left as they are;
``Workflow.of(plan, …)`` makes a workflow of any plan. Plain data; knows nothing of files and runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..plan import Plan, Step
from ..planning.arguments import Argument
from ..planning.schemas import Schema, list_of


@dataclass(frozen=True, slots=True)
class Input:
    """A value that whoever runs the workflow gives."""

    type: str = "string"
    description: str = ""
    default: Any = None
    needed: bool = True
    """Whether it has to be given; otherwise ``default`` stands in, which may be null."""
    choices: tuple[Any, ...] = ()
    items: str | None = None
    """For a list: the type of its items."""

    @property
    def schema(self) -> Schema:
        """What a reference to it gives."""
        schema: dict[str, Any] = {"type": self.type} if self.type else {}
        if self.type == "array":
            item = {"type": self.items} if self.items is not None else {}
            schema = dict(list_of({**item, "enum": list(self.choices)} if self.choices else item))
        elif self.choices:
            schema["enum"] = list(self.choices)
        return {"anyOf": [schema, {"type": "null"}]} if not self.needed and self.default is None else schema


@dataclass(frozen=True, slots=True)
class Workflow:
    """Steps in order; their arguments refer to each other, and to ``inputs`` as ``Ref("inputs", name)``."""

    name: str
    steps: tuple[Step, ...]
    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Argument] = field(default_factory=dict)
    description: str = ""

    @classmethod
    def of(cls, plan: Plan, name: str, description: str = "") -> "Workflow":
        """A workflow that does what the plan does, without inputs; what only one run knows is left out."""
        steps = (replace(step, suggested=frozenset(), listed=frozenset()) for step in plan.steps)
        return cls(name, tuple(steps), description=description)

    def plan(self) -> Plan:
        return Plan("plan", self.steps)

    @property
    def input_schema(self) -> Schema:
        """All inputs as one object, which the references to them are checked against."""
        properties = {name: given.schema for name, given in self.inputs.items()}
        return {"type": "object", "properties": properties, "required": list(properties)}
