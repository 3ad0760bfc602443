"""What host and worker say to each other: one JSON object per line, and how errors travel in it.

Neither side trusts the other to be well: a line has a longest length, and what cannot be read ends the
conversation. Nothing is pickled, so a worker can give the host data and nothing else.
"""

import inspect
import json
import traceback
from collections.abc import Mapping
from typing import Any

from .. import errors
from ..errors import ToolError, ToolFailed
from ..result import whole

MAX_LINE_BYTES = 16_000_000
MAX_ANSWER_BYTES = 256_000_000
"""Of what the host tells a worker, which may be all of the user's records of a kind."""


def encode(message: Mapping[str, Any], max_bytes: int = MAX_LINE_BYTES) -> bytes:
    """One line; raises ToolFailed for what is longer than the other side reads."""
    line = json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
    if len(line) > max_bytes:
        raise ToolFailed(f"The result is larger than {max_bytes / 1e6:g} MB, more than a tool may give back")
    return line


def decode(line: bytes) -> dict[str, Any]:
    """Read a line; raises ValueError unless it holds one object. Halves of characters become U+FFFD."""
    try:
        message = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return whole(message) if b"\\ud" in line.lower() else message


def error_to_wire(error: ToolError) -> dict[str, Any]:
    """An error with its own fields, and where in the tool's code it came from; no values of variables."""
    cause = error.__cause__
    place = "".join(traceback.format_tb(cause.__traceback__)) if cause is not None else ""
    fields = {name: value for name, value in vars(error).items() if isinstance(value, str)}
    return {"type": type(error).__name__, "message": str(error), "fields": fields, "place": place}


def error_from_wire(data: Mapping[str, Any]) -> ToolError:
    """The same error with all its fields; one of an unknown type is a ToolFailed."""
    kind = getattr(errors, str(data.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, ToolError)):
        kind = ToolFailed
    error = kind.__new__(kind, str(data.get("message", "")))
    given = data.get("fields")
    given = given if isinstance(given, dict) else {}
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        if name not in ("self", "message") and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            setattr(error, name, str(given.get(name, "")))
    return error
