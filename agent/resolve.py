"""Fills a step's arguments in: literals get the origin that their words have, references the data and its
origins.

A reference to a step that has not run stays open. Knows nothing of whether the call may happen.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .checks import types_of
from .errors import MissingField
from .ledger import Output
from .model import FactView
from .plan import Ref, Step
from .spans import typed
from .values import MODEL, PIPE, USER, MemoryOrigin, Origin, Origins, Value, join


@dataclass(frozen=True, slots=True)
class Resolved:
    """A step's arguments as far as they are known; ``open`` holds the references that are not."""

    values: Mapping[str, Value]
    open: Mapping[str, Ref]

    def plain(self) -> dict[str, Any]:
        """What will be passed to the tool, once nothing is open."""
        return {name: value.data for name, value in self.values.items()}

    def shown(self, step: Step, as_refs: Container[str] = ()) -> dict[str, Any]:
        """The arguments as a card shows them: what is open, or named in ``as_refs``, as the reference that it
        is.
        """
        return {
            name: argument.to_wire()
            if isinstance(argument, Ref) and (name in self.open or name in as_refs)
            else self.values[name].data
            for name, argument in step.args.items()
        }


@dataclass(frozen=True, slots=True)
class Sources:
    """What literals may come from: the user's own words, and the facts that were recalled for the planner.

    ``piped``: the planner also read text from a pipe, which may have suggested what the user did not write.
    """

    words: str
    facts: tuple[tuple[FactView, Origin], ...] = ()
    piped: bool = False

    def origins_of(self, literal: Any) -> Origins:
        if typed(literal, self.words):
            return USER
        recalled = frozenset(self._recalled(literal))
        return join(recalled, PIPE) if self.piped else recalled or MODEL

    def _recalled(self, literal: Any) -> Iterator[Origin]:
        if isinstance(literal, str) and literal:
            for fact, origin in self.facts:
                if typed(literal, fact.value) or typed(literal, fact.quote):
                    yield MemoryOrigin(fact.id, origin)


def resolve(
    step: Step, parameters: Mapping[str, Any], outputs: Mapping[str, Output], sources: Sources
) -> Resolved:
    """Raises ``MissingField`` when an earlier result lacks a field."""
    properties = parameters.get("properties", {})
    values: dict[str, Value] = {}
    pending: dict[str, Ref] = {}
    for name, argument in step.args.items():
        schema = properties.get(name, {})
        if not isinstance(argument, Ref):
            values[name] = Value(fit(schema, argument), sources.origins_of(argument))
        elif argument.step not in outputs:
            pending[name] = argument
        else:
            output = outputs[argument.step]
            values[name] = Value(fit(schema, pick(output, argument)), output.origins)
    return Resolved(values, pending)


def pick(output: Output, ref: Ref) -> Any:
    """The field that ``ref`` names, by its dotted path with numbers for list items."""
    if ref.path == "text":
        return output.text
    data = output.data
    for part in ref.path.split("."):
        try:
            data = data[int(part)] if isinstance(data, list) else data[part]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise MissingField(f"the result of {ref.step} has no {ref.path}") from error
    return data


def fit(schema: Mapping[str, Any], data: Any) -> Any:
    """A number where text is wanted becomes its shortest form; everything else is left to the tool's own
    validation.
    """
    taken = types_of(schema)
    is_number = isinstance(data, int | float) and not isinstance(data, bool)
    if is_number and taken and "string" in taken and not taken & {"number", "integer"}:
        return f"{data:.12g}" if isinstance(data, float) else str(data)
    return data
