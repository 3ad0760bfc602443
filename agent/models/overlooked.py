"""Which requests inside of one the bundled model passed over: those of which no word is in a step.

A small model ends its plan early at times. But people explain, too, before they ask or after it, and what
they explain asks for nothing. Pure; reading what was passed over is for the caller.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..plan import Step
from ..planning.arguments import parts_of, questions_in
from ..planning.clauses import clauses, says_to_program

_OWN = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:it|that|this|them|those|these|there|he|she|they|comes)\b", re.IGNORECASE)


def overlooked(request: str, steps: Sequence[Step]) -> list[str]:
    """The stretches of a request that begin as requests do and gave no value to a step.

    None where there are no steps, or enough, where a step has no value by which to tell whose it is, and
    where the request begins with something else.
    """
    found = clauses(request)
    stretches = _stretches(request)
    taken = [list(_spans(request.lower(), step)) for step in steps]
    if len(stretches) <= len(steps) or not taken or not all(taken) or not found[0].opens:
        return []
    spans = [span for one in taken for span in one]
    return [
        request[start:end]
        for start, end in stretches
        if not any(first < end and start < last for first, last in spans)
    ]


def is_whole(text: str, steps: Sequence[Step]) -> bool:
    """Whether words say all that their steps need: each has a value from them, and nothing is to be asked."""
    asks = any(any(questions_in(value)) for step in steps for value in step.args.values())
    return bool(steps) and not asks and all(any(_spans(text.lower(), step)) for step in steps)


def is_missed(text: str) -> bool:
    """Whether words are so plainly a request, about something of the user's, that leaving them out has to be
    said.
    """
    return says_to_program(text) and bool(_OWN.search(text)) and not _POINTS.search(text)


def _stretches(request: str) -> list[tuple[int, int]]:
    """From each clause that begins as a request does to the next one."""
    found = clauses(request)
    begins = [place for place, clause in enumerate(found) if clause.opens or place == 0]
    ends = [*(place - 1 for place in begins[1:]), len(found) - 1]
    return [(found[first].start, found[last].end) for first, last in zip(begins, ends, strict=True)]


def _spans(request: str, step: Step) -> Iterator[tuple[int, int]]:
    """Where the values of a step stand in a request."""
    for value in step.args.values():
        if any(parts_of(value)) or not (words := _as_typed(value)):
            continue
        at = request.find(words)
        while at >= 0:
            yield at, at + len(words)
            at = request.find(words, at + 1)


def _as_typed(value: Any) -> str:
    return "" if isinstance(value, bool) else str(value).lower()
