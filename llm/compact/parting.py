"""Keeps the calls of one sentence apart: words that one of them was made of belong to no other.

A small checkpoint copies values from the request and at times copies on: of "add milk to my tasks and read
notes.txt" it makes the title "milk to my tasks and read notes.txt" and reads the file as well, or it says the
same call twice. What the later call stands for tells where the earlier value ends. Pure.
"""

import re
from collections.abc import Sequence

from .form import Call, Reference, Value
from .values import trimmed

_JOINT = re.compile(r"[\s,;]+(?:and\s+then|and\s+also|and|then|also)\s+", re.IGNORECASE)
_PLACE = re.compile(r"\s+(?:to|in|into|on|onto)\s+(?:my|our|the)\s+(?:[\w-]+\s+)?\w+$", re.IGNORECASE)
"""Where something is put, behind what it is: "milk to my tasks"."""


def parted(calls: Sequence[Call]) -> list[Call]:
    """``calls`` without a repeated one, and with values that end where the next call's words begin."""
    single = _without_repeats(calls)
    return [
        Call(call.tool, {name: _ended(value, single[number:]) for name, value in call.args.items()})
        for number, call in enumerate(single, 1)
    ]


def _without_repeats(calls: Sequence[Call]) -> list[Call]:
    """References count the calls that are left."""
    kept: list[Call] = []
    place: dict[int, int] = {}
    for number, call in enumerate(calls, 1):
        args = {name: _moved(value, place) for name, value in call.args.items()}
        if not kept or kept[-1] != Call(call.tool, args) or not args:
            kept.append(Call(call.tool, args))
        place[number] = len(kept)
    return kept


def _moved(value: Value, place: dict[int, int]) -> Value:
    return Reference(place[value.step], value.field) if isinstance(value, Reference) else value


def _ended(value: Value, later: Sequence[Call]) -> Value:
    """A text up to the joint behind which another call's value stands, with a word of its own before it."""
    if not isinstance(value, str):
        return value
    taken = [text for call in later for text in call.args.values() if isinstance(text, str) and text]
    for joint in reversed([*_JOINT.finditer(value)]):
        behind, before = value[joint.end() :], trimmed(value[: joint.start()])
        if before and any(re.search(rf"\w\s+{re.escape(text)}(?!\w)", behind) for text in taken):
            return _PLACE.sub("", str(_ended(before, later)))
    return value
