"""Fills a step's arguments in: literals get the origin that their words have, references the data and its
origins.

A reference to a step that has not run stays open. Knows nothing of whether the call may happen.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import MissingField
from ..log.ledger import Output
from ..model import FactView
from ..permission.spans import typed
from ..plan import Step
from ..planning.arguments import INPUTS, Ask, Ref, Text, argument_to_wire, as_text, refs_in, replaced
from ..planning.conditions import Condition, condition_to_wire, holds, with_operands, with_refs
from ..planning.schemas import Schema, items_of, property_of, types_of
from ..values import MODEL, NOBODY, PIPE, USER, MemoryOrigin, Origin, Origins, Value, join

Outputs = Mapping[str, Output]


@dataclass(frozen=True, slots=True)
class Known:
    """A reference beside the value that it has."""

    ref: Ref
    value: Value


@dataclass(frozen=True, slots=True)
class Resolved:
    """A step's arguments as far as they are known.

    ``open`` holds, for each argument that is not, the references that it waits for; ``trees`` the arguments
    with a reference in them, each reference as it is or as ``Known``.
    """

    values: Mapping[str, Value]
    open: Mapping[str, frozenset[Ref]]
    trees: Mapping[str, Any]
    when: Condition | None = None
    """The condition, its references exchanged likewise."""
    branch: Value | None = None
    """What the condition compares, as far as it is known; None without a reference in it."""
    when_open: frozenset[Ref] = frozenset()

    def plain(self) -> dict[str, Any]:
        """What will be passed to the tool, once nothing is open."""
        return {name: value.data for name, value in self.values.items()}

    def waits_for(self) -> frozenset[Ref]:
        """Every reference whose value is not known."""
        return self.when_open.union(*self.open.values())

    def shown(self, step: Step, as_refs: Container[Ref] = ()) -> dict[str, Any]:
        """The arguments as a card shows them: what is open, or among ``as_refs``, as the reference that it
        is.
        """
        return {
            name: _shown(self.trees[name], as_refs) if name in self.trees else self.values[name].data
            for name in step.args
        }

    def shown_when(self, as_refs: Container[Ref] = ()) -> dict[str, Any] | None:
        """The condition in the same way."""
        if self.when is None:
            return None
        return condition_to_wire(with_operands(self.when, lambda operand: _shown(operand, as_refs)))

    def holds(self) -> bool | None:
        """Whether the condition is true; None while a value is not known. Raises ``ConditionError``."""
        if self.when is None:
            return True
        return None if self.when_open else holds(with_operands(self.when, data_in))


@dataclass(frozen=True, slots=True)
class Sources:
    """What literals may come from: the user's own words, and the facts that were recalled for the planner.

    ``piped``: the planner also read text from a pipe, which may have suggested what the user did not write.
    """

    words: str
    facts: tuple[tuple[FactView, Origin], ...] = ()
    piped: bool = False

    def origins_of(self, literal: Any, suggested: Origins = NOBODY) -> Origins:
        """``suggested``: of the words that were in view beside the request when it was written."""
        if typed(literal, self.words):
            return USER
        found = join(self._recalled(literal), suggested, PIPE if self.piped else NOBODY)
        return found or MODEL

    def _recalled(self, literal: Any) -> Iterator[Origin]:
        if isinstance(literal, str) and literal:
            for fact, origin in self.facts:
                if typed(literal, fact.value) or typed(literal, fact.quote):
                    yield MemoryOrigin(fact.id, origin)


def resolve(step: Step, parameters: Schema, outputs: Outputs, sources: Sources) -> Resolved:
    """Raises ``MissingField`` when an earlier result lacks a field."""
    properties = parameters.get("properties", {})
    values: dict[str, Value] = {}
    waiting: dict[str, frozenset[Ref]] = {}
    trees: dict[str, Any] = {}

    def origins_of(literal: Any) -> Origins:
        return sources.origins_of(literal, step.suggested)

    for name, argument in step.args.items():
        schema = properties.get(name, {})
        tree = replaced(argument, _looked_up(outputs))
        if missing := frozenset(refs_in(tree)):
            waiting[name] = missing
        else:
            values[name] = _value(schema, tree, origins_of)
        if any(refs_in(argument)):
            trees[name] = tree
    when, branch, when_open = _condition(step.when, outputs)
    return Resolved(values, waiting, trees, when, branch, when_open)


def _looked_up(outputs: Outputs) -> Callable[[Ref | Ask], Any]:
    def change(part: Ref | Ask) -> Any:
        if not isinstance(part, Ref) or part.step not in outputs:
            return part
        output = outputs[part.step]
        return Known(part, Value(pick(output, part), output.origins_at(part.path)))

    return change


def _condition(
    when: Condition | None, outputs: Outputs
) -> tuple[Condition | None, Value | None, frozenset[Ref]]:
    if when is None:
        return None, None, frozenset()
    known: list[Known] = []
    waiting: set[Ref] = set()
    look_up = _looked_up(outputs)

    def change(ref: Ref) -> Any:
        found = look_up(ref)
        if isinstance(found, Known):
            known.append(found)
        else:
            waiting.add(ref)
        return found

    filled = with_refs(when, change)
    branch = Value([one.value.data for one in known], join(*(one.value.origins for one in known)))
    return filled, branch if known else None, frozenset(waiting)


def _value(schema: Schema, tree: Any, origins_of: Callable[[Any], Origins]) -> Value:
    """The data of a tree without open references, and everything that it was derived from."""
    if isinstance(tree, Known):
        return Value(fit(schema, tree.value.data), tree.value.origins)
    if isinstance(tree, Text):
        parts = [_value({}, part, origins_of) for part in tree.parts]
        return Value("".join(as_text(part.data) for part in parts), join(*(part.origins for part in parts)))
    if isinstance(tree, list) and tree:
        parts = [_value(items_of(schema), part, origins_of) for part in tree]
        return Value([part.data for part in parts], join(*(part.origins for part in parts)))
    if isinstance(tree, dict) and tree:
        inner = {
            name: _value(property_of(schema, name) or {}, part, origins_of) for name, part in tree.items()
        }
        chosen = (origins_of(name) for name in inner if name not in schema.get("properties", {}))
        origins = join(*chosen, *(part.origins for part in inner.values()))
        return Value({name: part.data for name, part in inner.items()}, origins)
    return Value(fit(schema, tree), origins_of(tree))


def data_in(tree: Any) -> Any:
    """A tree without open references, with the data in place of what is known."""
    if isinstance(tree, Known):
        return tree.value.data
    if isinstance(tree, Text):
        return "".join(as_text(data_in(part)) for part in tree.parts)
    if isinstance(tree, dict):
        return {name: data_in(part) for name, part in tree.items()}
    return [data_in(part) for part in tree] if isinstance(tree, list) else tree


def filled_in(argument: Any, outputs: Outputs) -> Any:
    """The data of an argument whose references are all known; raises ``MissingField`` where one is not."""
    tree = replaced(argument, _looked_up(outputs))
    if missing := next(refs_in(tree), None):
        raise MissingField(f"there is no result of {missing.step}")
    return data_in(tree)


def _shown(tree: Any, as_refs: Container[Ref]) -> Any:
    if isinstance(tree, Ref | Ask):
        return tree.to_wire()
    if isinstance(tree, Known):
        return tree.ref.to_wire() if tree.ref in as_refs else tree.value.data
    if isinstance(tree, Text):
        parts = [part.ref if isinstance(part, Known) and part.ref in as_refs else part for part in tree.parts]
        if not any(isinstance(part, Ref) for part in parts):
            return data_in(tree)
        return argument_to_wire(Text(tuple(p if isinstance(p, Ref) else as_text(data_in(p)) for p in parts)))
    if isinstance(tree, dict):
        return {name: _shown(part, as_refs) for name, part in tree.items()}
    return [_shown(part, as_refs) for part in tree] if isinstance(tree, list) else tree


def pick(output: Output, ref: Ref) -> Any:
    """The field that ``ref`` names, by its dotted path with numbers for list items. ``text`` is the readable
    form of a result; what a workflow is given has none, and may have an input of that name.
    """
    if ref.path == "text" and ref.step != INPUTS:
        return output.text
    data = output.data
    for part in ref.path.split(".") if ref.path else ():
        try:
            data = data[int(part)] if isinstance(data, list) else data[part]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise MissingField(f"the result of {ref.step} has no {ref.path}") from error
    return data


def fit(schema: Schema, data: Any) -> Any:
    """A number where text is wanted becomes its shortest form; everything else is left to the tool's own
    validation.
    """
    taken = types_of(schema)
    is_number = isinstance(data, int | float) and not isinstance(data, bool)
    if is_number and taken and "string" in taken and not taken & {"number", "integer"}:
        return f"{data:.12g}" if isinstance(data, float) else str(data)
    return data
