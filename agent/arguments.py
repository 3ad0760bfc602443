"""What the arguments of a step are made of: JSON values with references and questions anywhere inside.

A reference names an earlier step and a path into its result; ``item`` stands for the item of a step that
runs once for each of a list. Pure data and its wire form; knows nothing of steps and tools.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ITEM = "item"
"""What a reference names instead of a step to mean the item at hand; no step may have this id."""


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


Argument = Any  # a JSON value in which any part may be a Ref or an Ask


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
        return {name: argument_from_wire(part) for name, part in value.items()}
    return [argument_from_wire(part) for part in value] if isinstance(value, list) else value


def argument_to_wire(argument: Argument) -> Any:
    """The JSON form, as in a ``plan`` event."""
    return replaced(argument, lambda part: part.to_wire())


def replaced(argument: Argument, change: Callable[[Ref | Ask], Any]) -> Any:
    """``argument`` with every reference and question in it exchanged for what ``change`` gives."""
    if isinstance(argument, Ref | Ask):
        return change(argument)
    if isinstance(argument, dict):
        return {name: replaced(part, change) for name, part in argument.items()}
    if isinstance(argument, list | tuple):
        return [replaced(part, change) for part in argument]
    return argument


def parts_of(argument: Argument) -> Iterator[Ref | Ask]:
    """Every reference and question inside, in order."""
    if isinstance(argument, Ref | Ask):
        yield argument
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
