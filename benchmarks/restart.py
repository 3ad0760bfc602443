"""What a second launch saves: the first token behind instructions and tools that an earlier process has read.

Each launch is a new process, asked once. Homewit finds what the first one left on disk; the server reads all
of it again. Knows nothing of the session beyond its first requests.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .recorded_session import Call, opening_calls
from .rounds import in_turn
from .session_sides import HomewitSide, Side
from .table import Row

FIRST = "Homewit's first launch"
FIRST_TOKEN = 0.05  # of its time is wanted at most


@dataclass(frozen=True, slots=True)
class Launch:
    """Seconds until the first token, from the request and from the start of the process."""

    first_s: float
    whole_s: float
    prompt: int
    cached: int


def restart_rows(
    name: str,
    peer: str,
    repeats: int,
    homewit: Callable[[Path], HomewitSide],
    server: Callable[[], Side] | None,
) -> tuple[list[Row], str]:
    """A second launch beside the first and beside the server's, and what came from where."""
    call = opening_calls()[1]
    measures: list[Callable[[int], tuple[Launch, ...]]] = [lambda number: twice(homewit)]
    if server is not None:
        measures.append(lambda number: (asked(server(), call),))
    ours, *others = in_turn(repeats, *measures)
    first, second = zip(*ours, strict=True)
    sides = [(FIRST, first)] + [(peer, [launch for (launch,) in other]) for other in others]
    rows = [
        Row(
            f"{name}: second launch, {what}",
            [getattr(launch, field) for launch in second],
            beside,
            [getattr(launch, field) for launch in launches],
            FIRST_TOKEN if beside == FIRST and field == "first_s" else None,
        )
        for what, field in (("first token", "first_s"), ("from start to first token", "whole_s"))
        for beside, launches in sides
    ]
    said = f"second launch, {second[-1].cached} of {second[-1].prompt} prompt tokens from disk"
    return rows, f"{name}: {said}"


def twice(homewit: Callable[[Path], HomewitSide]) -> tuple[Launch, Launch]:
    """Two launches with a folder of their own, the second with other words behind the same instructions."""
    with tempfile.TemporaryDirectory() as name:
        first, second = (asked(homewit(Path(name)), call) for call in opening_calls())
    return first, second


def asked(side: Side, call: Call) -> Launch:
    """Ask a new process once, and end it when it has written what it keeps."""
    with side:
        answered = side.ask(call)
        side.finish_writing()
        counts = answered.counts
        return Launch(answered.first_s, side.start_s + answered.first_s, counts.prompt, counts.cached)
