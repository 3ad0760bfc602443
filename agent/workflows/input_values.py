"""Values for the inputs of a workflow: from the text after ``--input`` or a reply, and whether they fit.

Pure; knows nothing of who gives them.
"""

import json
from math import isfinite
from typing import Any

from ..errors import UsageError
from ..planning.schemas import kinds_of
from .model import Input

_TRUE, _FALSE = frozenset({"true", "yes", "y", "on", "1"}), frozenset({"false", "no", "n", "off", "0"})
_SAID = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "array": "a list",
    "object": "an object",
}


class InputInvalid(UsageError):
    """A value does not fit the input that it is given for; the message says what would."""

    code = "input"


def described(given: Input) -> str:
    """What an input takes, in a few words."""
    if given.choices:
        some = "some" if given.type == "array" else "one"
        return f"{some} of {', '.join(map(str, given.choices))}"
    if given.type == "array" and given.items:
        return f"a list, each of it {_SAID[given.items]}"
    return _SAID[given.type]


def wrong_with(given: Input, value: Any) -> str | None:
    """Why a value does not fit, in words; None when it does."""
    fits = given.type in kinds_of(value)
    if fits and given.type == "array" and given.items is not None:
        fits = all(given.items in kinds_of(item) for item in value)
    if fits and given.choices:
        fits = all(one in given.choices for one in (value if isinstance(value, list) else [value]))
    return None if fits else f"takes {described(given)}, not {value!r}"


def parse_value(name: str, given: Input, text: str) -> Any:
    """The value that a text stands for; raises ``InputInvalid``.

    A list is JSON, or words between commas; an object is JSON; yes and no are true and false.
    """
    value = _parsed(given.type, given.items, text)
    if (wrong := wrong_with(given, value)) is not None:
        raise InputInvalid(f"The input {name} {wrong}.")
    return value


def _parsed(kind: str, items: str | None, text: str) -> Any:
    bare = text.strip()
    match kind:
        case "integer" | "number":
            return _number(kind, bare)
        case "boolean":
            return True if bare.lower() in _TRUE else False if bare.lower() in _FALSE else text
        case "array" if not bare.startswith("["):
            parts = (part.strip() for part in bare.split(","))
            return [_parsed(items or "string", None, part) for part in parts if part]
        case "array" | "object":
            try:
                return json.loads(bare)
            except ValueError:
                return text
    return text


def _number(kind: str, text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    if not isfinite(number):
        return text
    if number.is_integer() and (kind == "integer" or text.lstrip("+-").isdigit()):
        return int(number) if abs(number) < 2**53 else int(text) if text.lstrip("+-").isdigit() else text
    return number
