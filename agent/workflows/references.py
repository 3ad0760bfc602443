"""How references are written in a workflow file, and the way to and from those of a plan.

    ${steps.find.items.0}   {"$ref": "find.items.0"}
    ${inputs.to}            {"$ref": "inputs.to"}
    ${item.title}           {"$ref": "item.title"}
    Hello ${inputs.name}!   {"$text": ["Hello ", {"$ref": "inputs.name"}, "!"]}
    $${HOME}                the text ${HOME}

Questions are written as in plans, ``{"$ask": "Which one?"}``. Pure; knows nothing of steps.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ..planning.arguments import INPUTS, ITEM, Argument, Ask, Ref, Text
from .problems import Path

_PART = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_PATH = r"(?:\.[^.\s${}]+)*"
_TARGET = re.compile(rf"(?:steps\.(?P<step>{_NAME})|(?P<own>{INPUTS}|{ITEM}))(?P<path>{_PATH})")


class Malformed(ValueError):
    """Something looks like a reference and is none; the message says how one is written."""


def parse_text(text: str) -> Any:
    """The argument that a text of the file stands for; raises ``Malformed``."""
    parts: list[Any] = []
    at = 0
    for found in _PART.finditer(text):
        _add(parts, text[at : found.start()])
        if found[0] == "$${":
            _add(parts, "${")
        elif found[1] is None:
            raise Malformed("a reference begins with ${ and has no }; for the text itself write $${")
        else:
            parts.append(_reference(found[1].strip()))
        at = found.end()
    _add(parts, text[at:])
    if not any(isinstance(part, Ref) for part in parts):
        return "".join(parts)
    return parts[0] if len(parts) == 1 else Text(tuple(parts))


def _add(parts: list[Any], words: str) -> None:
    """Words behind words become one part."""
    if words and parts and isinstance(parts[-1], str):
        parts[-1] += words
    elif words:
        parts.append(words)


def _reference(inside: str) -> Ref:
    found = _TARGET.fullmatch(inside)
    if found is None:
        raise Malformed(
            f"${{{inside}}} is no reference; write ${{steps.ID.FIELD}}, ${{inputs.NAME}} or ${{item.FIELD}}"
        )
    return Ref(found["step"] or found["own"], found["path"].removeprefix("."))


def to_argument(value: Any, path: Path, wrong: list[tuple[Path, str]]) -> Argument:
    """A value of the file as an argument; what cannot be read goes into ``wrong`` with its place."""
    if isinstance(value, str):
        try:
            return parse_text(value)
        except Malformed as error:
            wrong.append((path, str(error)))
            return value
    if isinstance(value, dict):
        if set(value) == {"$ask"}:
            if isinstance(value["$ask"], str):
                return Ask(value["$ask"])
            wrong.append((path, "$ask takes the text of a question"))
        elif set(value) == {"$ref"}:
            step, _, rest = str(value["$ref"]).partition(".")
            return Ref(step, rest)
        elif set(value) == {"$text"} and isinstance(value["$text"], list):
            return Text(tuple(to_argument(part, path, wrong) for part in value["$text"]))
        return {name: to_argument(part, (*path, name), wrong) for name, part in value.items()}
    if isinstance(value, list):
        return [to_argument(part, (*path, number), wrong) for number, part in enumerate(value)]
    return value


def from_argument(argument: Argument) -> Any:
    """The way back: how an argument is written in a file."""
    match argument:
        case Ref():
            return written(argument)
        case Ask(question):
            return {"$ask": question}
        case Text(parts) if _would_escape(parts):
            return {"$text": [from_argument(part) for part in parts]}
        case Text(parts):
            return "".join(written(part) if isinstance(part, Ref) else _escaped(str(part)) for part in parts)
        case str():
            return _escaped(argument)
        case dict():
            return {name: from_argument(part) for name, part in argument.items()}
        case list() | tuple():
            return [from_argument(part) for part in argument]
    return argument


def written(ref: Ref) -> str:
    """A reference as it stands in a file."""
    return f"${{{ref}}}" if ref.step in (INPUTS, ITEM) else f"${{steps.{ref}}}"


def _would_escape(parts: Sequence[Any]) -> bool:
    """Whether words end in a dollar sign right before a reference, which would read as no reference."""
    pairs = pairwise(parts)
    return any(str(one).endswith("$") and isinstance(other, Ref) for one, other in pairs)


def _escaped(text: str) -> str:
    return text.replace("${", "$${")


def literals_in(argument: Argument) -> Iterator[Any]:
    """Every plain value inside that is not part of a reference or question, also the words of texts."""
    match argument:
        case Ref() | Ask() | None:
            return
        case Text(parts):
            for part in parts:
                yield from literals_in(part)
        case dict():
            for part in argument.values():
                yield from literals_in(part)
        case list() | tuple():
            for part in argument:
                yield from literals_in(part)
        case _:
            yield argument
