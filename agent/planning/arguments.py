"""What the arguments of a step are made of: JSON values with references and questions anywhere inside.

A reference names an earlier step and a path into its result; ``item`` stands for the item of a step that
runs once for each of a list, ``inputs`` for what a workflow was given. A text may be put together from words
and references. Pure data and its wire form; knows nothing of steps and tools.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ITEM = "item"
"""What a reference names instead of a step to mean the item at hand; no step may have this id."""
INPUTS = "inputs"
"""What it names to mean a value that the workflow was given; no step may have this id either."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The value at ``path`` in the result of an earlier step; ``text`` exists for every result.

    Parts of a path are separated by dots, numbers choose from lists. An empty path is the whole result.
    """

    step: str
    path: str

    def to_wire(self) -> dict[str, str]:
        return {"$ref": str(self)}

    def __str__(self) -> str:
        return f"{self.step}.{self.path}" if self.path else self.step


@dataclass(frozen=True, slots=True)
class Ask:
    """A value that only the user can give."""

    question: str

    def to_wire(self) -> dict[str, str]:
        return {"$ask": self.question}


@dataclass(frozen=True, slots=True)
class Text:
    """A text put together in the order of its parts, which are words and references."""

    parts: tuple[Any, ...]


Argument = Any  # a JSON value in which any part may be a Ref, an Ask or a Text


def is_reference(value: Any) -> bool:
    """Whether a JSON value is the wire form of a ``Ref``."""
    return isinstance(value, dict) and set(value) == {"$ref"}


def argument_from_wire(value: Any) -> Argument:
    """Read one argument back from its JSON form."""
    if is_reference(value):
        step, _, path = str(value["$ref"]).partition(".")
        return Ref(step, path)
    if isinstance(value, dict):
        if set(value) == {"$ask"}:
            return Ask(str(value["$ask"]))
        if set(value) == {"$text"} and isinstance(value["$text"], list):
            return Text(tuple(argument_from_wire(part) for part in value["$text"]))
        return {name: argument_from_wire(part) for name, part in value.items()}
    return [argument_from_wire(part) for part in value] if isinstance(value, list) else value


def argument_to_wire(argument: Argument) -> Any:
    """The JSON form, as in a ``plan`` event."""
    return _written(replaced(argument, lambda part: part.to_wire()))


def _written(argument: Argument) -> Any:
    if isinstance(argument, Text):
        return {"$text": list(argument.parts)}
    if isinstance(argument, dict):
        return {name: _written(part) for name, part in argument.items()}
    return [_written(part) for part in argument] if isinstance(argument, list) else argument


def as_text(value: Any) -> str:
    """How a value stands inside a text: a list of plain values with commas, an object as JSON, null as
    nothing.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, list) and not any(isinstance(part, list | dict) for part in value):
        return ", ".join(map(as_text, value))
    return json.dumps(value, ensure_ascii=False)


def replaced(argument: Argument, change: Callable[[Ref | Ask], Any]) -> Any:
    """``argument`` with every reference and question in it exchanged for what ``change`` gives."""
    if isinstance(argument, Ref | Ask):
        return change(argument)
    if isinstance(argument, Text):
        return Text(tuple(replaced(part, change) for part in argument.parts))
    if isinstance(argument, dict):
        return {name: replaced(part, change) for name, part in argument.items()}
    if isinstance(argument, list | tuple):
        return [replaced(part, change) for part in argument]
    return argument


def parts_of(argument: Argument) -> Iterator[Ref | Ask]:
    """Every reference and question inside, in order."""
    if isinstance(argument, Ref | Ask):
        yield argument
    elif isinstance(argument, Text):
        for part in argument.parts:
            yield from parts_of(part)
    elif isinstance(argument, dict):
        for part in argument.values():
            yield from parts_of(part)
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from parts_of(part)


def refs_in(argument: Argument) -> Iterator[Ref]:
    return (part for part in parts_of(argument) if isinstance(part, Ref))


def questions_in(argument: Argument) -> Iterator[Ask]:
    return (part for part in parts_of(argument) if isinstance(part, Ask))
