"""Where the values of steps end that a model copied too far, or not far enough, from a request. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..plan import Step
from ..planning.clauses import Clause, clauses, writes_down
from .asked_words import points
from .stretches import Stretch
from .value_places import places_of_value

_AND = re.compile(r"\s+(?:and|or|&)\s+", re.IGNORECASE)


def may_end_before(request: str, stretch: Stretch) -> bool:
    """Whether a value before a stretch may end there: it is not what is written down, and the stretch stands
    alone.
    """
    before = [one for one in clauses(request) if one.start < stretch.start]
    free = not writes_down(_from_its_opening(request, before))
    return free and not points(stretch.text) and len(stretch.text.split()) > 1


def ended_before(steps: Sequence[Step], request: str, stretch: Stretch) -> list[Step]:
    """The steps, with values that end where a stretch begins into which they ran on."""

    def cut(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        for first, last in places_of_value(request, value):
            if first < stretch.start < last:
                ends = [one.end for one in clauses(request) if first < one.end < stretch.start]
                return request[first : ends[-1]] if ends else value
        return value

    return [replace(step, args={name: cut(value) for name, value in step.args.items()}) for step in steps]


def gone_on(steps: Sequence[Step], request: str, stretch: Stretch) -> list[Step] | None:
    """The steps with what is written down going on over a stretch, as in "remind me to send the invoice and
    delete the old one"; None where nothing is, or the stretch is said to the program.
    """
    found = clauses(request)
    here = next(one for one in found if one.start == stretch.start)
    before = [one for one in found if one.start < stretch.start]
    if not before or here.full or here.to_program or not _AND.fullmatch(request[before[-1].end : here.start]):
        return None
    if not writes_down(_from_its_opening(request, before)):
        return None

    def longer(value: Any) -> Any:
        ends = (first for first, last in places_of_value(request, value) if last == before[-1].end)
        first = next(ends, None) if isinstance(value, str) else None
        return value if first is None else request[first : stretch.end]

    changed = [replace(step, args={name: longer(one) for name, one in step.args.items()}) for step in steps]
    return changed if changed != list(steps) else None


def _from_its_opening(request: str, before: Sequence[Clause]) -> str:
    """What stands right before a place, from the last clause on that begins as a request does."""
    opening = next((one for one in reversed(before) if one.opens), before[0])
    return request[opening.start : before[-1].end]
