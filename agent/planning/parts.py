"""A request in parts: clauses that say, each by itself, one call for certain, and what is left between them.

A cut is made only beside such a clause, and only where the other side can stand alone as well: it begins as
what asks for something does, and is not the rest of what the side before it writes down ("remind me to call
Bob and cancel the gym"). So "rock and roll" stays whole, and requests that a model reads as a whole are left
to it. Pure; what is certain is for the caller to say.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from .clauses import MOST, Clause, clauses, explains, writes_down

Call = TypeVar("Call")
_LONGEST = 3
"""Clauses that one sentence may have in it, as "sync my calendar and keep mine" does."""
_OWN = re.compile(r"my\s+\w+(?:[\s-]\w+){0,3}", re.IGNORECASE)
_THING = re.compile(r"(?:my|the|all|any)\s+\w+(?:[\s-]\w+){0,3}|[\w-]+|\S+[./]\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part(Generic[Call]):
    """A stretch of a request; ``call`` is what it says for certain, None where a model has to read it.

    Attributes:
        text: what to read; with the verb that it shares with the part before it.
        start: its place in the request.
        end: the place behind it.
    """

    text: str
    start: int
    end: int
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to cut what follows on a place, and what speaks against it: least is best."""

    unread: int
    parts: tuple[tuple[int, int, bool], ...] = ()
    """First and last clause of each part, and whether it is certain."""

    @property
    def cost(self) -> tuple[int, int]:
        return self.unread, len(self.parts)


def in_parts(request: str, certain: Callable[[str, bool], Call | None]) -> list[Part[Call]]:
    """The parts of a request, one where it cannot be cut.

    ``certain`` gives the call that words say; its second argument tells whether a part stands before them.
    """
    if (whole := certain(request, False)) is not None:
        return [Part(request, 0, len(request), whole)]
    found = clauses(request)
    if not 1 < len(found) <= MOST:
        alone = certain(found[0].text, False) if len(found) == 1 else None
        return [Part(request, 0, len(request), alone)]
    asking = _without_reasons(request, found)
    if 0 < len(asking) < len(found):
        parts = _Cutting(request, asking, certain).parts()
        if all(part.call is not None for part in parts):
            return parts
    return _Cutting(request, found, certain).parts()


def _without_reasons(request: str, found: Sequence[Clause]) -> list[Clause]:
    """The clauses without those that only say why: "delete a.txt, i don't need it"."""
    kept: list[Clause] = []
    for clause in found:
        written = bool(kept) and not clause.full and writes_down(request[kept[-1].start : kept[-1].end])
        if written or not explains(clause.text):
            kept.append(clause)
    return kept


class _Cutting(Generic[Call]):
    def __init__(
        self, request: str, found: Sequence[Clause], certain: Callable[[str, bool], Call | None]
    ) -> None:
        self._request = request
        self._clauses = found
        self._certain = certain
        self._call = cache(self._read)
        self._best = cache(self._ways)

    def parts(self) -> list[Part[Call]]:
        best = self._best(0, -1)
        if best is None or not any(sure for _, _, sure in best.parts):
            return [Part(self._request, 0, len(self._request))]
        return [self._part(first, last, sure) for first, last, sure in best.parts]

    def _part(self, first: int, last: int, sure: bool) -> Part[Call]:
        text, call = self._text(first, last), self._call(first, last) if sure else None
        if call is None and self._is_borrowing(first):
            text = f"{self._verb(first)} {text}"
        return Part(text, self._clauses[first].start, self._clauses[last].end, call)

    def _ways(self, first: int, unread_from: int) -> _Way | None:
        """The best way from the clause ``first`` on; those from ``unread_from`` to it are one unread part,
        -1 where there is none.
        """
        if first == len(self._clauses):
            return _Way(0, self._stretch(unread_from, first))
        ways: list[_Way] = []
        may_begin = unread_from < 0 and (first == 0 or self._may_begin_unread(first))
        if may_begin or unread_from >= 0:
            rest = self._best(first + 1, first if unread_from < 0 else unread_from)
            ways += [_Way(rest.unread + 1, rest.parts)] if rest else []
        if first == 0 or self._may_cut(first, unread_from):
            for last in range(first, min(first + _LONGEST, len(self._clauses))):
                if self._call(first, last) is not None and (rest := self._best(last + 1, -1)):
                    before = self._stretch(unread_from, first)
                    ways.append(_Way(rest.unread, (*before, (first, last, True), *rest.parts)))
        return min(ways, key=lambda way: way.cost, default=None)

    def _stretch(self, unread_from: int, end: int) -> tuple[tuple[int, int, bool], ...]:
        return () if unread_from < 0 else ((unread_from, end - 1, False),)

    def _may_begin_unread(self, place: int) -> bool:
        """Whether a part that a model has to read may begin here, behind a certain one."""
        return self._is_borrowing(place) or (self._clauses[place].opens and self._begins_anew(place))

    def _may_cut(self, place: int, unread_from: int) -> bool:
        """Whether a certain part may begin here; what is unread before it has to stand alone, too."""
        alone = unread_from < 0 or self._clauses[unread_from].opens or self._is_borrowing(unread_from)
        return alone and self._begins_anew(place)

    def _begins_anew(self, place: int) -> bool:
        """Whether a clause cannot be more of what the one before it writes down."""
        here = self._clauses[place]
        if here.full or here.to_program:
            return True
        opening = max((at for at in range(place) if self._clauses[at].opens), default=0)
        return not writes_down(self._text(opening, place - 1))

    def _read(self, first: int, last: int) -> Call | None:
        """What clauses say for certain, as they stand or with the verb of a clause before them."""
        text = self._text(first, last)
        found = self._certain(text, first > 0)
        if found is None and first == last and _THING.fullmatch(text) and (verb := self._verb(first)):
            return self._certain(f"{verb} {text}", True) or self._certain(f"{verb} my {text}", True)
        return found

    def _is_borrowing(self, place: int) -> bool:
        """Whether it is a thing of the user's, such as "my tasks" behind "show my calendar"."""
        return bool(_OWN.fullmatch(self._clauses[place].text) and self._verb(place))

    def _verb(self, place: int) -> str:
        """The verb that a clause without one shares with those before it; empty where there is none."""
        if self._clauses[place].opens:
            return ""
        before = next((one.text for one in reversed(self._clauses[:place]) if one.opens), "")
        return before.split()[0] if before else ""

    def _text(self, first: int, last: int) -> str:
        return self._request[self._clauses[first].start : self._clauses[last].end]
