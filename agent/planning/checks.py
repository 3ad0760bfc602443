"""Static checks of a plan against the tools' schemas: everything that can be known wrong before a step runs.

Works on plain JSON Schema, so that a model's view of a tool is enough. Knows nothing of execution or policy;
what a schema cannot say (does the file exist?) is left to the tool.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..extraction.fields import EXTRACT, problems_of
from ..plan import Plan, Step
from .arguments import INPUTS, ITEM, Argument, Ask, Ref, Text, parts_of
from .condition_checks import check_condition
from .on_error import UseCall, UseValue
from .schemas import LITERAL, Schema, accepts, branches, compatible, describe, misses, property_of, types_of
from .scope import Given, Scope, Signature, item_schema, nearest, result_schema

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_WORDS: Schema = {"type": ["string", "number", "boolean"]}
_IN_TEXT: Schema = {"anyOf": [_WORDS, {"type": "array", "items": _WORDS}]}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one step, in words that name it; ``at`` is the place in its wire form."""

    step: str
    message: str
    at: tuple[str | int, ...] = ()
    number: int = 0
    """Which step of the plan it is, counted from 0."""

    def __str__(self) -> str:
        return f"{self.step}: {self.message}"


@dataclass(frozen=True, slots=True)
class _Found:
    """A problem within a step, and the place that it is at."""

    message: str
    at: tuple[str | int, ...] = ()


def check_plan(plan: Plan, tools: Iterable[Signature], inputs: Schema | None = None) -> list[Problem]:
    """All problems of a plan, in the order of its steps; an empty list for a plan that may run.

    ``inputs`` is the schema of what a workflow is given, an object; None where there is no workflow.
    """
    known = {tool.name: tool for tool in tools}
    problems: list[Problem] = []
    earlier: dict[str, Given] = {}
    for number, step in enumerate(plan.steps):
        found = _check_step(step, Scope(earlier, inputs=inputs), known)
        problems += (Problem(step.id, one.message, one.at, number) for one in found)
        earlier[step.id] = Given(step.tool, result_schema(step, known))
    return problems


def _check_step(step: Step, before: Scope, known: Mapping[str, Signature]) -> Iterator[_Found]:
    if step.id in before.steps:
        yield _Found("the id is used twice", ("id",))
    if step.id in (ITEM, INPUTS) or not _ID.fullmatch(step.id):
        yield _Found(f"{step.id!r} cannot be the id of a step", ("id",))
    for number, other in enumerate(step.after):
        if other not in before.steps:
            yield _Found(f"comes after {other!r}, which is not an earlier step", ("after", number))
    scope = before
    if step.foreach is not None:
        yield from (_Found(text, ("foreach",)) for text in _check_foreach(step.foreach, scope))
        scope = Scope(before.steps, item_schema(step.foreach, scope), before.inputs)
    if step.when is not None:
        yield from (_Found(text, ("when",)) for text in check_condition(step.when, scope))
    yield from _check_call(step.tool, step.args, scope, known)
    if step.on_error is not None and step.on_error.fallback is not None:
        yield from _check_fallback(step.tool, step.on_error.fallback, scope, known)


def _check_call(
    tool: str,
    args: Mapping[str, Argument],
    scope: Scope,
    known: Mapping[str, Signature],
    at: tuple[str | int, ...] = (),
) -> Iterator[_Found]:
    if tool in known:
        yield from _check_arguments(tool, args, scope, known[tool].parameters, at)
        if tool == EXTRACT and "fields" in args and not any(parts_of(args["fields"])):
            for problem in problems_of(args["fields"]):
                yield _Found(problem.message, (*at, "args", "fields", *problem.at))
    else:
        yield _Found(f"there is no tool {tool!r}{nearest(tool, known)}", (*at, "tool"))


def _check_fallback(
    tool: str, fallback: UseValue | UseCall, scope: Scope, known: Mapping[str, Signature]
) -> Iterator[_Found]:
    """What takes the place of a result has to be like it, for whatever refers to it."""
    at = ("on_error", "fallback")
    wanted = known[tool].returns if tool in known else {}
    if isinstance(fallback, UseValue):
        if not accepts(wanted, fallback.value):
            told = f"{tool} gives {describe(wanted, within=True)}, and {fallback.value!r} is not like that"
            yield _Found(told, (*at, "value"))
        return
    yield from _check_call(fallback.tool, fallback.args, scope, known, at)
    given = known[fallback.tool].returns if fallback.tool in known else {}
    if not compatible(given, wanted):
        told = f"gives {describe(given, within=True)}, and {tool} {describe(wanted, within=True)}"
        yield _Found(f"{fallback.tool} {told}", (*at, "tool"))


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


def _check_arguments(
    tool: str,
    args: Mapping[str, Argument],
    scope: Scope,
    parameters: Schema,
    before: tuple[str | int, ...],
) -> Iterator[_Found]:
    properties: Mapping[str, Any] = parameters.get("properties", {})
    for name in parameters.get("required", ()):
        if name not in args:
            yield _Found(f"{tool} needs the argument {name!r}", (*before, "args"))
    for name, value in args.items():
        at = (*before, "args", name)
        if name not in properties:
            yield _Found(f"{tool} has no argument {name!r}{nearest(name, properties)}", at)
        else:
            yield from _check_argument(name, value, properties[name], scope, at)


def _check_argument(
    name: str, value: Argument, schema: Schema, scope: Scope, at: tuple[str | int, ...]
) -> Iterator[_Found]:
    """Problems of one argument, or of a part of one; ``name`` is its path."""
    if schema.get(LITERAL):
        if any(parts_of(value)):
            yield _Found(f"{name!r} has to be written out; it cannot come from a result or an answer", at)
    elif isinstance(value, Ref):
        found = scope.find(value)
        if isinstance(found, str):
            yield _Found(f"{name!r} {found}", at)
        elif not compatible(found, schema):
            told = f"{name!r} takes {_told_apart(schema, found)}, and {value} is {_told_apart(found, schema)}"
            yield _Found(told, at)
    elif isinstance(value, Ask):
        if not value.question.strip():
            yield _Found(f"{name!r} asks an empty question", at)
    elif isinstance(value, Text):
        yield from (_Found(text, at) for text in _check_text(name, value, schema, scope))
    elif not any(parts_of(value)):
        if not accepts(schema, value):
            yield _Found(f"{name!r} takes {_told(schema, value)}, not {value!r}", at)
    else:
        yield from _check_parts(name, value, schema, scope, at)


def _check_text(name: str, value: Text, schema: Schema, scope: Scope) -> Iterator[str]:
    if types_of(schema) and "string" not in types_of(schema):
        yield f"{name!r} takes {describe(schema)}, not text"
    for part in value.parts:
        if isinstance(part, Ref):
            found = scope.find(part)
            if isinstance(found, str):
                yield f"{name!r} {found}"
            elif not compatible(found, _IN_TEXT):
                yield f"{name!r} is text, and {part} in it is {describe(found)}"
        elif not isinstance(part, str):
            yield f"{name!r} is text, in which only words and references can stand"


def _check_parts(
    name: str, value: Any, schema: Schema, scope: Scope, at: tuple[str | int, ...]
) -> Iterator[_Found]:
    """A list or an object in which something is a reference: it fits if one branch of the schema takes it."""
    kind = "array" if isinstance(value, list) else "object"
    fitting = [branch for branch in branches(schema) if kind in types_of(branch) or not types_of(branch)]
    if not fitting:
        yield _Found(f"{name!r} takes {describe(schema)}, not {kind}", at)
        return
    found = [list(_check_branch(name, value, branch, scope, at)) for branch in fitting]
    yield from min(found, key=len)


def _check_branch(
    name: str, value: Any, schema: Schema, scope: Scope, at: tuple[str | int, ...]
) -> Iterator[_Found]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _check_argument(f"{name}.{place}", item, schema.get("items", {}), scope, (*at, place))
        return
    if problems := misses(schema, value):
        yield _Found(f"{name!r} {problems[0]}", at)
    for part_name, part in value.items():
        known = property_of(schema, part_name)
        if known is not None:
            yield from _check_argument(f"{name}.{part_name}", part, known, scope, (*at, part_name))


def _told_apart(schema: Schema, other: Schema) -> str:
    """A schema in words, as many as it takes to tell it from the other."""
    return describe(schema, within=describe(schema) == describe(other))


def _told(schema: Schema, value: Any) -> str:
    return describe(schema, within=isinstance(value, list | dict) and describe(schema) != "anything")
