"""Which requests inside of one the bundled model passed over: those of which no word is in a step.

A small model ends its plan early at times. Pure; reading what was passed over is for the caller.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ..plan import Step
from ..planning.arguments import parts_of
from ..planning.clauses import clauses


def overlooked(request: str, steps: Sequence[Step]) -> list[str]:
    """The stretches of a request that begin as requests do and gave no value to a step.

    None where there are no steps, or enough, and none where a step has no value by which to tell whose it is.
    """
    stretches = _stretches(request)
    taken = [list(_spans(request.lower(), step)) for step in steps]
    if len(stretches) <= len(steps) or not taken or not all(taken):
        return []
    spans = [span for one in taken for span in one]
    return [
        request[start:end]
        for start, end in stretches
        if not any(first < end and start < last for first, last in spans)
    ]


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
