"""Static checks of a plan against the tools' schemas: everything that can be known wrong before a step runs.

Works on plain JSON Schema, so that a model's view of a tool is enough. Knows nothing of execution or policy;
what a schema cannot say (does the file exist?) is left to the tool.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

from .plan import Ask, Plan, Ref, Step


class Signature(Protocol):
    """The part of a tool that plans are checked against."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def returns(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one step, in words that name it."""

    step: str
    message: str

    def __str__(self) -> str:
        return f"{self.step}: {self.message}"


def check_plan(plan: Plan, tools: Iterable[Signature]) -> list[Problem]:
    """All problems of a plan, in the order of its steps; an empty list for a plan that may run."""
    known = {tool.name: tool for tool in tools}
    problems: list[Problem] = []
    earlier: dict[str, Step] = {}
    for step in plan.steps:
        if step.id in earlier:
            problems.append(Problem(step.id, "the id is used twice"))
        problems += [
            Problem(step.id, f"comes after {other!r}, which is not an earlier step")
            for other in step.after
            if other not in earlier
        ]
        if step.tool in known:
            problems += (Problem(step.id, text) for text in _check_arguments(step, earlier, known))
        else:
            problems.append(Problem(step.id, f"there is no tool {step.tool!r}"))
        earlier[step.id] = step
    return problems


def _check_arguments(
    step: Step, earlier: Mapping[str, Step], known: Mapping[str, Signature]
) -> Iterable[str]:
    parameters = known[step.tool].parameters
    properties: Mapping[str, Any] = parameters.get("properties", {})
    for name in parameters.get("required", ()):
        if name not in step.args:
            yield f"{step.tool} needs the argument {name!r}"
    for name, value in step.args.items():
        if name not in properties:
            yield f"{step.tool} has no argument {name!r}"
        elif isinstance(value, Ref):
            yield from _check_ref(name, value, properties[name], earlier, known)
        elif isinstance(value, Ask):
            if not value.question.strip():
                yield f"{name!r} asks an empty question"
        elif not accepts(properties[name], value):
            yield f"{name!r} takes {describe(properties[name])}, not {value!r}"


def _check_ref(
    name: str,
    ref: Ref,
    wanted: Mapping[str, Any],
    earlier: Mapping[str, Step],
    known: Mapping[str, Signature],
) -> Iterable[str]:
    source = earlier.get(ref.step)
    if source is None:
        yield f"{name!r} refers to {ref.step!r}, which is not an earlier step"
        return
    if source.tool not in known:
        return  # reported at that step
    given = schema_at(known[source.tool].returns, ref.path)
    if given is None:
        yield f"{name!r} refers to {ref.step}.{ref.path}, and {source.tool} returns no such field"
    elif not compatible(given, wanted):
        yield f"{name!r} takes {describe(wanted)}, and {ref.step}.{ref.path} is {describe(given)}"


def schema_at(returns: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The schema of a field by its dotted path, with numbers for list items; None where there is no such
    field.
    """
    if path == "text":
        return {"type": "string"}  # every result has a readable form
    schema: Mapping[str, Any] = returns
    for part in path.split("."):
        schema = _without_null(schema)
        if part.isdigit() and "items" in schema:
            schema = schema["items"]
        elif part in schema.get("properties", {}):
            schema = schema["properties"][part]
        else:
            return None
    return schema


def compatible(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a value of the one schema can be passed for the other; a number may become text."""
    offered, taken = types_of(given) - {"null"}, types_of(wanted)
    if not offered or not taken:
        return True  # a schema that says nothing forbids nothing
    return all(_passes(kind, taken) for kind in offered)


def _passes(kind: str, taken: frozenset[str]) -> bool:
    if kind in taken:
        return True
    return (kind == "integer" and "number" in taken) or (kind in ("integer", "number") and "string" in taken)


def accepts(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a literal fits by type and by enumeration; formats and limits are the tool's own business.

    A number may be written as text, and the other way round, as people do.
    """
    taken = types_of(schema)
    choices = _choices(schema)
    if choices is not None and value not in choices:
        return False
    if not taken or _kinds(value) & taken:
        return True
    if isinstance(value, str):
        return bool(taken & {"number", "integer"}) and _is_number(value)
    return "string" in taken and "number" in _kinds(value)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """All JSON types that a schema admits; empty where it does not say."""
    found: set[str] = set()
    kind = schema.get("type")
    if isinstance(kind, str):
        found.add(kind)
    elif isinstance(kind, Sequence):
        found.update(kind)
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= types_of(branch)
    if not found and "const" in schema:
        found |= _kinds(schema["const"])
    if not found and "enum" in schema:
        found.update(*map(_kinds, schema["enum"]))
    return frozenset(found)


def describe(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, for a problem's message."""
    choices = _choices(schema)
    if choices is not None:
        return "one of " + ", ".join(map(repr, choices))
    return " or ".join(sorted(types_of(schema) - {"null"})) or "anything"


def _choices(schema: Mapping[str, Any]) -> list[Any] | None:
    if "enum" in schema:
        return list(schema["enum"])
    return [schema["const"]] if "const" in schema else None


def _kinds(value: Any) -> set[str]:
    match value:
        case None:
            return {"null"}
        case bool():
            return {"boolean"}
        case int():
            return {"integer", "number"}
        case float():
            return {"number", "integer"} if value.is_integer() else {"number"}
        case str():
            return {"string"}
        case list() | tuple():
            return {"array"}
    return {"object"}


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one branch of an optional field that is not null."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    return branches[0] if len(branches) == 1 else schema
