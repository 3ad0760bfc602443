"""The JSON Schema of a plan over given tools, and the way back from JSON to a ``Plan``.

Under this schema a model can only write known tools with known arguments, each a value of its type, a
reference or a question; what a schema cannot say (does the step exist?) is left to the static checks. Knows
nothing of models.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .arguments import argument_from_wire
from .conditions import Condition, condition_from_wire
from .errors import ConditionError
from .events import Route
from .model import ToolView
from .plan import Plan, Step
from .values import NOBODY, origins_from_wire

MOST_STEPS = 16
_REF = {"type": "string", "pattern": r"^s[0-9]{1,2}\.[A-Za-z0-9_.]{1,60}$"}
_ASK = {"type": "string", "minLength": 1, "maxLength": 200}


class _WireStep(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,30}$")
    tool: str
    args: dict[str, Any]
    after: tuple[str, ...] = ()
    foreach: Any = None
    when: dict[str, Any] | None = None

    @field_validator("when")
    @classmethod
    def _can_be_read(cls, when: dict[str, Any] | None) -> dict[str, Any] | None:
        try:
            _condition(when)
        except ConditionError as error:
            raise ValueError(str(error)) from error
        return when


class WirePlan(BaseModel):
    """A plan as a model writes it; validation is the edge where its text becomes data."""

    model_config = ConfigDict(extra="forbid")

    steps: list[_WireStep] = Field(max_length=MOST_STEPS)
    question: str | None = None

    def to_plan(self, route: Route) -> Plan:
        return Plan(
            route, tuple(step_from_wire(step.model_dump()) for step in self.steps), self.question or None
        )


def step_from_wire(wire: Mapping[str, Any]) -> Step:
    """A step from its JSON form, as in a ``plan`` event; raises ``ConditionError``."""
    return Step(
        id=wire["id"],
        tool=wire["tool"],
        args={name: argument_from_wire(value) for name, value in wire["args"].items()},
        after=tuple(wire.get("after", ())),
        foreach=argument_from_wire(wire.get("foreach")),
        when=_condition(wire.get("when")),
        suggested=origins_from_wire(wire.get("suggested", ())) or NOBODY,
    )


def _condition(wire: Mapping[str, Any] | None) -> Condition | None:
    return None if wire is None else condition_from_wire(dict(wire))


def plan_schema(tools: Iterable[ToolView]) -> dict[str, Any]:
    """The schema for plans over ``tools``; without tools only the empty plan fits."""
    branches = [_step_schema(tool) for tool in tools]
    steps: dict[str, Any] = {"type": "array", "maxItems": MOST_STEPS if branches else 0}
    if branches:
        steps["items"] = {"anyOf": branches}
    return _object({"steps": steps, "question": {"anyOf": [{"type": "null"}, _ASK]}})


def _step_schema(tool: ToolView) -> dict[str, Any]:
    properties: Mapping[str, Any] = tool.parameters.get("properties", {})
    args = _object(
        {
            name: {"anyOf": [_bare(schema), _object({"$ref": _REF}), _object({"$ask": _ASK})]}
            for name, schema in properties.items()
        },
        required=list(tool.parameters.get("required", ())),
    )
    return _object(
        {"id": {"type": "string", "pattern": "^s[0-9]{1,2}$"}, "tool": {"const": tool.name}, "args": args}
    )


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's schema without what only people read."""
    return {
        key: value
        for key, value in schema.items()
        if key not in ("title", "description", "default", "examples")
    }


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }
