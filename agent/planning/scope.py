"""What a step of a plan can refer to, as schemas: results of earlier steps, and the item at hand.

Works on a model's view of tools. Knows nothing of what is right or wrong about a plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from ..extraction.fields import EXTRACT, result_of
from ..plan import Step
from .arguments import INPUTS, ITEM, Argument, Ref, Text, parts_of
from .schemas import TEXT, Schema, items_of, list_of, schema_at, schema_of


class Signature(Protocol):
    """The part of a tool that plans are checked against."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def returns(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Given:
    """What an earlier step gives; ``schema`` is None where that cannot be told."""

    tool: str
    schema: Schema | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a step may refer to: the results of earlier steps by id, the item at hand if it has any, and what
    the workflow is given if there is one.
    """

    steps: Mapping[str, Given]
    item: Schema | None = None
    inputs: Schema | None = None

    def find(self, ref: Ref) -> Schema | str:
        """The schema behind a reference, or why there is none; one that says nothing where the step's tool
        is not known.
        """
        if ref.step == ITEM:
            if self.item is None:
                return f"refers to {ref}, and the step has no foreach"
            found = schema_at(self.item, ref.path)
            return f"refers to {ref}, and the items have no such field" if found is None else found
        if ref.step == INPUTS:
            return self._input(ref)
        if ref.step not in self.steps:
            return f"refers to {ref.step!r}, which is not an earlier step"
        given = self.steps[ref.step]
        if given.schema is None:
            return {}  # reported at that step
        if ref.path == "text":
            return TEXT  # every result has a readable form
        found = schema_at(given.schema, ref.path)
        if found is None:
            return f"refers to {ref}, and {given.tool} returns no such field{_fields(given.schema, ref.path)}"
        return found

    def _input(self, ref: Ref) -> Schema | str:
        known = list((self.inputs or {}).get("properties", {}))
        found = None if self.inputs is None else schema_at(self.inputs, ref.path)
        if found is None or not ref.path:
            return f"refers to {ref}, and there is no such input{nearest(ref.path.partition('.')[0], known)}"
        return found


def _fields(schema: Schema, path: str) -> str:
    """What can be referred to instead, where a result has names."""
    named = list(dict.fromkeys([*schema.get("properties", {}), "text"]))
    if "." in path or len(named) == 1:
        return ""
    return nearest(path, named) or f"; it has {', '.join(named)}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is most like ``name``, or nothing."""
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def item_schema(foreach: Argument, scope: Scope) -> Schema:
    """What each item of a step's list looks like; says nothing where that is not known."""
    if isinstance(foreach, Ref):
        found = scope.find(foreach)
        return {} if isinstance(found, str) else items_of(found)
    items = [schema_in(item, scope) for item in foreach] if isinstance(foreach, Sequence) else []
    return items[0] if len(items) == 1 else {"anyOf": items} if items else {}


def schema_in(argument: Argument, scope: Scope) -> Schema:
    """The schema of a value in which parts may be references."""
    if isinstance(argument, Ref):
        found = scope.find(argument)
        return {} if isinstance(found, str) else found
    if isinstance(argument, Text):
        return TEXT
    if not any(parts_of(argument)):
        return schema_of(argument)
    if isinstance(argument, dict):
        inner = {name: schema_in(part, scope) for name, part in argument.items()}
        return {"type": "object", "properties": inner, "required": list(inner)}
    return list_of(
        {"anyOf": [schema_in(part, scope) for part in argument]} if isinstance(argument, list) else {}
    )


def result_schema(step: Step, known: Mapping[str, Signature]) -> Schema | None:
    """What a step gives: the tool's result, or what it is told to extract, or a list of them; None where that
    cannot be told, as for a tool that does not exist.
    """
    if step.tool not in known:
        return None
    returns = result_of(step.args.get("fields")) if step.tool == EXTRACT else known[step.tool].returns
    return returns if step.foreach is None or returns is None else list_of(returns)
