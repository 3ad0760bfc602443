"""What a tool call gives back: a JSON value for later steps, and a text for people.

The text is the result's own `text` when it has one, and otherwise a plain rendering of the value. Nothing
here decides what a model may see of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSONValue = None | bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`data` can be stored and referred to by field; `text` can be read aloud."""

    data: JSONValue
    text: str


def as_json(value: object) -> JSONValue:
    """Turn a returned value into plain JSON types; raises ValueError for what JSON cannot say."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        data = to_jsonable_python(value, inf_nan_mode="constants")
        json.dumps(data, allow_nan=False)
    except (PydanticSerializationError, RecursionError) as error:
        raise ValueError(f"a {type(value).__name__} cannot be written as JSON") from error
    return data


def build_result(value: object, data: JSONValue) -> ToolResult:
    """Pair the JSON form of a returned value with its readable form."""
    own = getattr(value, "text", None)
    if not isinstance(own, str) and isinstance(data, Mapping):
        own = data.get("text")
    data = whole(data)
    return ToolResult(data, whole(own) if isinstance(own, str) else readable(data))


def whole(data: Any) -> Any:
    """JSON without halves of characters, as in the names of files that are no UTF-8: neither a database nor a
    pipe takes them, and what is stored has to be what was shown.
    """
    if isinstance(data, str):
        try:
            data.encode()
        except UnicodeEncodeError:
            return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return data
    if isinstance(data, list):
        return [whole(item) for item in data]
    if isinstance(data, dict):
        return {whole(key): whole(value) for key, value in data.items()}
    return data


def readable(data: JSONValue) -> str:
    """Render a JSON value for a person: lists numbered, objects as `name: value` lines."""
    if isinstance(data, list):
        lines = [f"{number}. {_inline(item)}" for number, item in enumerate(data, 1)]
        return "\n".join(lines) if lines else "Nothing found."
    if isinstance(data, dict):
        return "\n".join(f"{key}: {_inline(value)}" for key, value in data.items()) or "Nothing found."
    return "Done." if data is None else _inline(data)


def _inline(data: JSONValue) -> str:
    if data is None:
        return "-"
    if isinstance(data, bool):
        return "yes" if data else "no"
    if isinstance(data, float):
        return number_text(data)
    if isinstance(data, list):
        return ", ".join(_inline(item) for item in data)
    if isinstance(data, dict):
        return ", ".join(f"{key}: {_inline(value)}" for key, value in data.items())
    return str(data)


def number_text(value: float) -> str:
    """Write a number without the noise of binary fractions: 0.30000000000000004 as 0.3, 4.0 as 4."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}"
