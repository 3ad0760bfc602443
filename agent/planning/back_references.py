"""What "it", "that" or "the result" means behind another step: what that step was about, or what it gave.

"Copy a.txt to backup/ and delete it" is about a ``path`` both times; what a step has made is found by its
words. A text that is asked for is the content of what was read, else the readable form of the result. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ...tools.when.readable import is_time
from ..model import ToolView
from ..plan import Argument, Ref, Step
from .arguments import parts_of
from .schemas import branches, compatible
from .sentences import Back

_CONTENT = ("content", "body")
_CAME_FROM = "came_from"
"""A field of what moves a thing: it is no longer where the call says."""


def referred(
    back: Back, name: str, schema: Mapping[str, Any], before: Sequence[Step], tools: Mapping[str, ToolView]
) -> Argument:
    """The value of the parameter ``name``, by the steps before it; None where they have nothing for it."""
    if not before:
        return None
    return (
        _given(before, tools) if back.given else _the_same(name, schema, before[-1], tools[before[-1].tool])
    )


def _given(before: Sequence[Step], tools: Mapping[str, ToolView]) -> Ref:
    """What the last step gave, or the last one that was there to look something up."""
    looked_up = [step for step in before if not tools[step.tool].changes]
    step = (looked_up or before)[-1]
    fields = tools[step.tool].returns.get("properties", {})
    return Ref(step.id, next((field for field in _CONTENT if field in fields), "text"))


def _the_same(name: str, schema: Mapping[str, Any], step: Step, tool: ToolView) -> Argument:
    fields: Mapping[str, Any] = tool.returns.get("properties", {})
    known = step.args.get(name)
    if known is not None and not any(parts_of(known)) and _CAME_FROM not in fields:
        return known  # as the user typed it
    if step.tool.endswith(f"_{name}"):
        return _what_was_made(step, tool)
    fits = name in fields and compatible(fields[name], schema)
    return Ref(step.id, name) if fits else None


def _what_was_made(step: Step, tool: ToolView) -> str | None:
    """The words by which the thing is found that a step made: the text of a note, the title of a task."""
    properties: Mapping[str, Any] = tool.parameters.get("properties", {})
    for name, schema in properties.items():
        value, money = step.args.get(name), any(one.get("format") == "money" for one in branches(schema))
        if isinstance(value, str) and not money and not is_time(value):
            return value
    return None
