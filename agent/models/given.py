"""The calls of a request about a text that was given along: all of it as a value, or a call for each line.

Pure but for the callable that says what is certain.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from ...tools.declaration.phrase import slots_of
from ..model import ToolView
from ..plan import Argument, Step
from ..planning.named_text import about_one, is_about_several, is_placeholder, items, with_this
from ..planning.parts import Part
from ..planning.phrases import MISSING, Said

_SOMETHING = "something"
Certain = Callable[[str, bool], Said | None]


def of_text(asked: str, text: str, tools: Collection[ToolView], certain: Certain) -> list[Part[Said]]:
    """The parts of a request that is no foreseen sentence as it stands: "note:", "add these to my tasks:".

    None where that helps nothing.
    """
    whole = _complete([with_this(asked)], certain) or _with_whole(asked, text, tools, certain)
    if whole is not None:
        return [Part(asked, 0, len(asked), whole)]
    parts = [_of_one(asked, item, certain) for item in items(text)]
    return parts if is_about_several(asked) or any(part.call for part in parts) else []


def points_only(call: Said) -> bool:
    """Whether a call would be given a word that points at the text, where the text itself is no value."""
    return (call.points_back and not call.takes_text) or any(map(is_placeholder, call.args.values()))


def with_text(steps: Sequence[Step], text: str) -> tuple[Step, ...]:
    """The steps with the text in place of values that only point at it."""

    def given(value: Argument) -> Argument:
        return text if is_placeholder(value) else value

    if not text:
        return tuple(steps)
    return tuple(replace(one, args={name: given(value) for name, value in one.args.items()}) for one in steps)


def _with_whole(asked: str, text: str, tools: Collection[ToolView], certain: Certain) -> Said | None:
    """The call with all of the text as the value that ends the request, of a tool that keeps texts."""
    call = _complete([f"{asked}{joint}{_SOMETHING}" for joint in (": ", " ", " saying ")], certain)
    if call is None:
        return _complete([f"{asked} with this"], certain)
    keeps = {
        slot.name
        for tool in tools
        if tool.name == call.tool
        for phrase in tool.phrases
        for slot in slots_of(phrase)
        if slot.kind == "result"
    }
    places = [name for name, value in call.args.items() if value == _SOMETHING and name in keeps]
    return replace(call, args={**call.args, places[0]: text}) if len(places) == 1 else None


def _complete(ways: Sequence[str], certain: Certain) -> Said | None:
    """The first call that words say with nothing left to ask for."""
    calls = (certain(way, False) for way in ways)
    return next((call for call in calls if call is not None and MISSING not in call.args.values()), None)


def _of_one(asked: str, item: str, certain: Certain) -> Part[Said]:
    """The part for a line; where nothing is certain, a model reads it."""
    ways = about_one(asked, item)
    sure = ((way, call) for way in ways if (call := certain(way, False)) is not None)
    text, call = next(sure, (ways[0], None))
    return Part(text, 0, 0, call)
