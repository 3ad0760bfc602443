"""The JSON Schema of a plan over given tools, and the way back from JSON to a ``Plan``.

Under this schema a model can only write known tools with known arguments, each a value of its type, a
reference or a question; what a schema cannot say (does the step exist?) is left to the static checks. Knows
nothing of models.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from .events import Route
from .model import ToolView
from .plan import Plan, Step, argument_from_wire

MOST_STEPS = 16
_REF = {"type": "string", "pattern": r"^s[0-9]{1,2}\.[A-Za-z0-9_.]{1,60}$"}
_ASK = {"type": "string", "minLength": 1, "maxLength": 200}


class _WireStep(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,30}$")
    tool: str
    args: dict[str, Any]
    after: tuple[str, ...] = ()


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
    """A step from its JSON form, as in a ``plan`` event."""
    args = {name: argument_from_wire(value) for name, value in wire["args"].items()}
    return Step(wire["id"], wire["tool"], args, tuple(wire.get("after", ())))


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
