"""What is said below the table of the session: counters of both sides, in all and call by call."""

from collections.abc import Sequence
from dataclasses import astuple
from statistics import median

from .recorded_session import Call
from .session_sides import Answered, Counts

HEAD: tuple[str, ...] = (
    *("turn", "", "seconds", "server", "first", "server", "prompt", "cached", "server"),
    *("generated", "server", "forced", "drafted", "accepted", "forwards", "server"),
)


def counters(session: Sequence[Answered]) -> str:
    """The sums over a session in words."""
    total = sum((one.counts for one in session), Counts())
    return (
        f"took {total.prompt} prompt tokens, {total.cached} of them cached; generated {total.generated}, "
        f"{total.forced} of them forced, {total.accepted} of {total.drafted} drafted ones accepted; "
        f"{total.forwards} forwards"
    )


def turns(
    name: str, calls: Sequence[Call], ours: Sequence[Sequence[Answered]], theirs: Sequence[Sequence[Answered]]
) -> list[str]:
    """A line for each call: medians of the times, and the counters of the last session."""
    lines = [HEAD]
    for index, call in enumerate(calls):
        mine, other = ours[-1][index].counts, theirs[-1][index].counts if theirs else None
        lines.append(
            (
                f"{call.turn}",
                call.kind,
                middle([one[index].seconds for one in ours]),
                middle([one[index].seconds for one in theirs]),
                middle([one[index].first_s for one in ours]),
                middle([one[index].first_s for one in theirs]),
                *("–" if value is None else f"{value}" for value in interleaved(mine, other)),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = ("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return [f"{name}, turn by turn; plans begin with tokens that the schema dictates:", *texts]


def interleaved(mine: Counts, other: Counts | None) -> tuple[int | None, ...]:
    """Counters in the order of `HEAD`; the server has none of what is forced and drafted."""
    prompt, cached, generated, forced, drafted, accepted, forwards = astuple(mine)
    served = (None, None, None) if other is None else (other.cached, other.generated, other.forwards)
    return (
        *(prompt, cached, served[0], generated, served[1]),
        *(forced, drafted, accepted, forwards, served[2]),
    )


def middle(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f}" if seconds else "–"
