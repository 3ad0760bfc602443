"""What "it", "that" or "the result" means behind another step: what that step was about, or what it gave.

"Copy a.txt to backup/ and delete it" is about a ``path`` both times. A text that is asked for is the content
of what was read, else the readable form of the result. Pure.
"""

from collections.abc import Mapping
from typing import Any

from ..model import ToolView
from ..plan import Argument, Ref, Step
from .arguments import parts_of
from .schemas import TEXT, compatible
from .sentences import Back

_CONTENT = ("content", "body")
_CAME_FROM = "came_from"
"""A field of what moves a thing: it is no longer where the call says."""


def referred(back: Back, name: str, schema: Mapping[str, Any], step: Step, tool: ToolView) -> Argument:
    """The value of the parameter ``name``, by the step before it; None where that has nothing for it."""
    fields: Mapping[str, Any] = tool.returns.get("properties", {})
    if back.given and compatible(TEXT, schema) and name not in step.args:
        return Ref(step.id, next((field for field in _CONTENT if field in fields), "text"))
    known = step.args.get(name)
    if known is not None and not any(parts_of(known)) and _CAME_FROM not in fields:
        return known  # as the user typed it
    fits = name in fields and compatible(fields[name], schema)
    return Ref(step.id, name) if fits else None
