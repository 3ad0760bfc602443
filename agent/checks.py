"""Static checks of a plan against the tools' schemas: everything that can be known wrong before a step runs.

Works on plain JSON Schema, so that a model's view of a tool is enough. Knows nothing of execution or policy;
what a schema cannot say (does the file exist?) is left to the tool.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .arguments import ITEM, Argument, Ask, Ref, parts_of
from .condition_checks import check_condition
from .plan import Plan, Step
from .schemas import Schema, accepts, branches, compatible, describe, misses, property_of, types_of
from .scope import Given, Scope, Signature, item_schema, result_schema

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")


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
    earlier: dict[str, Given] = {}
    for step in plan.steps:
        problems += (Problem(step.id, text) for text in _check_step(step, earlier, known))
        earlier[step.id] = Given(step.tool, result_schema(step, known))
    return problems


def _check_step(step: Step, earlier: Mapping[str, Given], known: Mapping[str, Signature]) -> Iterator[str]:
    if step.id in earlier:
        yield "the id is used twice"
    if step.id == ITEM or not _ID.fullmatch(step.id):
        yield f"{step.id!r} cannot be the id of a step"
    for other in step.after:
        if other not in earlier:
            yield f"comes after {other!r}, which is not an earlier step"
    scope = Scope(earlier)
    if step.foreach is not None:
        yield from _check_foreach(step.foreach, scope)
        scope = Scope(earlier, item_schema(step.foreach, scope))
    if step.when is not None:
        yield from check_condition(step.when, scope)
    if step.tool in known:
        yield from _check_arguments(step, scope, known[step.tool].parameters)
    else:
        yield f"there is no tool {step.tool!r}"


def _check_foreach(foreach: Argument, scope: Scope) -> Iterator[str]:
    if isinstance(foreach, Ref):
        found = scope.find(foreach)
        if isinstance(found, str):
            yield f"foreach {found}"
        elif types_of(found) - {"null"} not in ({"array"}, set()):
            yield f"foreach takes a list, and {foreach} is {describe(found)}"
    elif not isinstance(foreach, list | tuple):
        yield f"foreach takes a list or a reference to one, not {foreach!r}"
    else:
        for part in parts_of(foreach):
            if isinstance(part, Ask):
                yield "foreach cannot ask a question"
            elif isinstance(found := scope.find(part), str):
                yield f"foreach {found}"


def _check_arguments(step: Step, scope: Scope, parameters: Schema) -> Iterator[str]:
    properties: Mapping[str, Any] = parameters.get("properties", {})
    for name in parameters.get("required", ()):
        if name not in step.args:
            yield f"{step.tool} needs the argument {name!r}"
    for name, value in step.args.items():
        if name not in properties:
            yield f"{step.tool} has no argument {name!r}"
        else:
            yield from _check_argument(name, value, properties[name], scope)


def _check_argument(name: str, value: Argument, schema: Schema, scope: Scope) -> Iterator[str]:
    """Problems of one argument, or of a part of one; ``name`` is its path."""
    if isinstance(value, Ref):
        found = scope.find(value)
        if isinstance(found, str):
            yield f"{name!r} {found}"
        elif not compatible(found, schema):
            yield f"{name!r} takes {_told_apart(schema, found)}, and {value} is {_told_apart(found, schema)}"
    elif isinstance(value, Ask):
        if not value.question.strip():
            yield f"{name!r} asks an empty question"
    elif not any(parts_of(value)):
        if not accepts(schema, value):
            yield f"{name!r} takes {_told(schema, value)}, not {value!r}"
    else:
        yield from _check_parts(name, value, schema, scope)


def _check_parts(name: str, value: Any, schema: Schema, scope: Scope) -> Iterator[str]:
    """A list or an object in which something is a reference: it fits if one branch of the schema takes it."""
    kind = "array" if isinstance(value, list) else "object"
    fitting = [branch for branch in branches(schema) if kind in types_of(branch) or not types_of(branch)]
    if not fitting:
        yield f"{name!r} takes {describe(schema)}, not {kind}"
        return
    found = [list(_check_branch(name, value, branch, scope)) for branch in fitting]
    yield from min(found, key=len)


def _check_branch(name: str, value: Any, schema: Schema, scope: Scope) -> Iterator[str]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _check_argument(f"{name}.{place}", item, schema.get("items", {}), scope)
        return
    if problems := misses(schema, value):
        yield f"{name!r} {problems[0]}"
    for part_name, part in value.items():
        known = property_of(schema, part_name)
        if known is not None:
            yield from _check_argument(f"{name}.{part_name}", part, known, scope)


def _told_apart(schema: Schema, other: Schema) -> str:
    """A schema in words, as many as it takes to tell it from the other."""
    return describe(schema, within=describe(schema) == describe(other))


def _told(schema: Schema, value: Any) -> str:
    return describe(schema, within=isinstance(value, list | dict) and describe(schema) != "anything")
