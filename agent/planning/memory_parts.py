"""Where a request goes over from something to remember or forget to something to do, or back.

"Remember that I like tea and what is 3*4" is two things; "remember that I like tea and biscuits" is one, and
so is "remember that I have to call Bob and send the report". Pure; whether what follows is surely a request
of its own is for the caller to find out.
"""

import re
from dataclasses import dataclass

from ..route import CHANGES_MEMORY, by_rule
from .clauses import Clause, clauses, writes_down

_GOES_ON = re.compile(r"\b(?:to|must|should|can|could|will|would|may|might|let)\s+\w+", re.IGNORECASE)
"""Verbs that may have a second one behind them: "I like to sing and play chess"."""
_ABOUT_USER = re.compile(
    r"(?:what|whats|who|whos|when|where|which|how)\b.*\b(?:my|i|me)\b|do\s+you\s+(?:know|remember)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    start: int
    end: int
    memory: bool
    """Whether it names what is to be remembered or forgotten."""


def stretches(request: str) -> list[Stretch]:
    """A request cut where memory and doing meet; one stretch where they do not."""
    found = clauses(request)
    if len(found) < 2 or not any(map(_is_memory, found)):
        return [Stretch(0, len(request), bool(found) and _is_memory(found[0]))]
    starts = [0]
    for place in range(1, len(found)):
        if _begins(request, found, starts[-1], place):
            starts.append(place)
    ends = [*(start - 1 for start in starts[1:]), len(found) - 1]
    return [
        Stretch(found[first].start, found[last].end, _is_memory(found[first]))
        for first, last in zip(starts, ends, strict=True)
    ]


def questions(request: str) -> list[Stretch]:
    """A request cut where one thing that is asked ends and the next begins, with those as ``memory`` that may
    ask for something that is remembered of the user; one stretch where none does.
    """
    found = clauses(request)
    if len(found) < 2:
        return [Stretch(0, len(request), False)]
    starts = [place for place, one in enumerate(found) if place == 0 or one.opens]
    ends = [*(start - 1 for start in starts[1:]), len(found) - 1]
    parts = [
        Stretch(found[first].start, found[last].end, _may_be_known(request, found, first))
        for first, last in zip(starts, ends, strict=True)
    ]
    return parts if len(parts) > 1 and any(one.memory for one in parts) else [Stretch(0, len(request), False)]


def _may_be_known(request: str, found: list[Clause], place: int) -> bool:
    """Whether a clause asks about the user, and is not the rest of what is written down before it."""
    here, before = found[place], request[found[0].start : found[place - 1].end] if place else ""
    return _ABOUT_USER.match(here.text) is not None and (here.full or not writes_down(before))


def _begins(request: str, found: list[Clause], first: int, place: int) -> bool:
    """Whether another stretch begins at ``place``, behind the one that begins with ``first``."""
    here, before = found[place], request[found[first].start : found[place - 1].end]
    if _is_memory(here):
        alone = here.full or not writes_down(before)
        return alone and (found[first].opens or here.full)
    if not _is_memory(found[first]) or not here.opens:
        return False
    return here.full or here.to_program or not _GOES_ON.search(before)


def _is_memory(clause: Clause) -> bool:
    rule = by_rule(clause.text)
    return rule is not None and rule.route in CHANGES_MEMORY
