"""The JSON Schema of a plan over given tools, and the way back from JSON to a ``Plan``.

Under this schema a model can only write known tools with known arguments, each a value of its type, a
reference or a question; what a schema cannot say (does the step exist?) is left to the static checks. It is
for engines that take no grammar; `plan_grammar` is for those that do. Knows nothing of models.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..errors import ConditionError
from ..events import Route
from ..model import ToolView
from ..plan import Plan, Step
from ..values import NOBODY, origins_from_wire
from .arguments import Argument, argument_from_wire
from .conditions import COMPARISONS, Condition, condition_from_wire
from .on_error import on_error_from_wire
from .schemas import LITERAL

MOST_STEPS = 16
_REF = {"type": "string", "pattern": r"^(s[0-9]{1,2}|item)(\.[A-Za-z0-9_.]{1,60})?$"}
_ID = {"type": "string", "pattern": "^s[0-9]{1,2}$"}
_PLAIN = ("string", "number", "boolean", "null")
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


class WireArguments(BaseModel):
    """New arguments for a step, as a model writes them."""

    model_config = ConfigDict(extra="forbid")

    args: dict[str, Any]

    def to_arguments(self) -> dict[str, Argument]:
        return {name: argument_from_wire(value) for name, value in self.args.items()}


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
        on_error=on_error_from_wire(wire.get("on_error")),
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
            name: _bare(schema)
            if schema.get(LITERAL)
            else {"anyOf": [_bare(schema), _object({"$ref": _REF}), _object({"$ask": _ASK})]}
            for name, schema in properties.items()
        },
        required=list(tool.parameters.get("required", ())),
    )
    optional = {
        "foreach": {"anyOf": [_object({"$ref": _REF}), {"type": "array", "maxItems": 16}]},
        "when": _condition_schema(2),
        "after": {"type": "array", "items": _ID, "maxItems": MOST_STEPS},
    }
    return _object(
        {"id": _ID, "tool": {"const": tool.name}, **optional, "args": args}, required=["id", "tool", "args"]
    )


def _condition_schema(depth: int) -> dict[str, Any]:
    """Conditions as deep as that; whether they make sense is for the static checks to say."""
    operand = {"anyOf": [_object({"$ref": _REF}), *({"type": kind} for kind in _PLAIN)]}
    pair = {"type": "array", "items": operand, "minItems": 2, "maxItems": 2}
    forms = [_object({op: pair}) for op in COMPARISONS]
    forms += [_object({op: operand}) for op in ("empty", "not_empty")]
    if depth:
        inner = _condition_schema(depth - 1)
        some = {"type": "array", "items": inner, "minItems": 1, "maxItems": 4}
        forms += [_object({"and": some}), _object({"or": some}), _object({"not": inner})]
    return {"anyOf": forms}


def arguments_schema(tool: ToolView) -> dict[str, Any]:
    """The schema of ``{"args": {…}}`` for one step whose tool stands."""
    properties = _step_schema(tool)["properties"]["args"]
    return _object({"args": properties})


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's schema without what only people, or other parts of the program, read."""
    left = {
        key: value
        for key, value in schema.items()
        if key not in ("title", "description", "default", "examples", LITERAL)
    }
    if LITERAL in schema and "properties" in schema:
        left["properties"] = {name: _bare(inner) for name, inner in schema["properties"].items()}
    return left


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }
