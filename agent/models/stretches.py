"""A request in stretches, from words that begin as what asks for something does to the next that do. Pure."""

from dataclasses import dataclass

from ..planning.clauses import Clause, clauses
from .value_places import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a clause that begins as a request does to the next one that does.

    Attributes:
        opens: whether it begins as a request does; only the first one may not.
        held: whether a value of a step runs on into it from what stands before it.
    """

    text: str
    start: int
    end: int
    opens: bool
    held: bool = False

    def has(self, span: Span) -> bool:
        """Whether a span of the request begins in it."""
        return self.start <= span[0] < self.end


def stretches_of(request: str) -> list[Stretch]:
    """In their order; the first may be what somebody explains."""
    if not (found := clauses(request)):
        return []
    begins = [place for place, clause in enumerate(found) if clause.opens or place == 0]
    ends = [*(place - 1 for place in begins[1:]), len(found) - 1]
    return [_between(request, found[first], found[last]) for first, last in zip(begins, ends, strict=True)]


def _between(request: str, first: Clause, last: Clause) -> Stretch:
    return Stretch(
        request[first.start : last.end],
        first.start,
        last.end,
        first.opens or request[last.end :].startswith("?"),
    )
