"""Finds the words of a request that say when: "every day at 7" in "every day at 7 summarise my tasks".

The longest stretch of words that reads as a time wins. What is left is the request without it. Only own rules
are used, so that no word of the request itself is taken for a time in another language.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from .recurrence import read_recurrence, says_time
from .times import read_moment
from .timewords import MAX_LENGTH, is_about_time, timely

T = TypeVar("T")
_LONGEST = 14
"""Words of a time, at most."""
_NEAR_AN_END = 40
"""Words from either end among which a moment is looked for: what was pasted between does not say when."""
_ANCHOR = re.compile(
    r"(?:every|each|daily|nightly|weekly|monthly|yearly|annually|hourly|(?:mon|tues|wednes|thurs|fri|satur|sun)days"
    r"|weekdays|workdays|weekends|mornings|afternoons|evenings|nights|once)",
    re.IGNORECASE,
)
_OPENS = re.compile(r"at|by|in|on|from|around|about", re.IGNORECASE)
_Place = tuple[int, int]
_EDGES = " ,;:.-–—"


@dataclass(frozen=True, slots=True)
class SaidTime:
    """``said`` in the words of the text; ``cron`` for what comes again, ``at`` for one moment; ``rest``: the
    text without it.
    """

    said: str
    rest: str
    cron: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    """A text in words, each with its place."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> "_Words":
        return cls(text, tuple(match.span() for match in re.finditer(r"\S+", text)))

    def __len__(self) -> int:
        return len(self.spans)

    def word(self, place: int) -> str:
        start, end = self.spans[place]
        return self.text[start:end].strip(_EDGES)

    def part(self, first: int, end: int) -> str:
        return self.text[self.spans[first][0] : self.spans[end - 1][1]].strip(_EDGES) if first < end else ""

    def without(self, *parts: _Place) -> str:
        gone = {place for first, end in parts for place in range(first, end)}
        kept = [place for place in range(len(self)) if place not in gone]
        words = (self.text[self.spans[place][0] : self.spans[place][1]] for place in kept)
        return " ".join(words).strip(" ,;:-–—")


def find_recurrence(text: str) -> SaidTime | None:
    """How often something is to be done; raises ToolRetry where that can be read but not be repeated."""
    words = _Words.of(text)
    for anchor in range(len(words)):
        if not _ANCHOR.fullmatch(words.word(anchor)):
            continue
        found = _longest(words, anchor, read_recurrence)
        if found is None:
            continue
        (first, end), cron = found
        said = words.part(first, end)
        if not says_time(said) and (late := _time_elsewhere(words, end, said)):
            place, whole, cron = late
            return SaidTime(whole, words.without((first, end), place), cron=cron)
        return SaidTime(said, words.without((first, end)), cron=cron)
    return None


def moment_in_front(text: str, now: datetime) -> SaidTime | None:
    """The moment with which a text begins; takes no longer for a long text."""
    words = _Words.of(text)
    for end in range(min(len(words), _LONGEST), 0, -1):
        part = words.part(0, end)
        if len(part) <= MAX_LENGTH and (at := read_moment(part, now)) is not None:
            return SaidTime(part, words.without((0, end)), at=at)
    return None


def find_moment(text: str, now: datetime) -> SaidTime | None:
    """The one moment that a text names, near its beginning or its end."""
    words = _Words.of(text)
    best: tuple[_Place, datetime] | None = None
    read = lru_cache(maxsize=None)(lambda part: read_moment(part, now))  # a stretch lies around many words
    for anchor in range(len(words)):
        if _NEAR_AN_END <= anchor < len(words) - _NEAR_AN_END or not is_about_time(
            timely(words.word(anchor))
        ):
            continue
        found = _longest(words, anchor, read)
        if found and (best is None or found[0][1] - found[0][0] > best[0][1] - best[0][0]):
            best = found
    if best is None:
        return None
    (first, end), at = best
    first = _without_occasion(words, first, end, lambda part: read(part) == at)
    return SaidTime(words.part(first, end), words.without((first, end)), at=at)


def _without_occasion(words: _Words, first: int, end: int, says_the_same: Callable[[str], bool]) -> int:
    """Where the time itself begins: "call ana on friday" is read as a day, for an entry in a calendar."""
    for start in range(first, end):
        if _OPENS.fullmatch(words.word(start)) and says_the_same(words.part(start, end)):
            return start
        if is_about_time(timely(words.word(start))):
            break
    return first


def _longest(words: _Words, anchor: int, read: Callable[[str], T | None]) -> tuple[_Place, T] | None:
    """The longest stretch around a word that can be read, with what it means."""
    for first, end in _stretches(len(words), anchor):
        part = words.part(first, end)
        if len(part) <= MAX_LENGTH and (found := read(part)) is not None:
            return (first, end), found
    return None


def _stretches(count: int, anchor: int) -> Iterator[_Place]:
    found = [
        (first, end)
        for first in range(max(0, anchor - _LONGEST + 1), anchor + 1)
        for end in range(anchor + 1, min(count, first + _LONGEST) + 1)
    ]
    yield from sorted(found, key=lambda stretch: stretch[0] - stretch[1])


def _time_elsewhere(words: _Words, after: int, said: str) -> tuple[_Place, str, str] | None:
    """The time of day at the end of a text whose recurrence stands before: "every day do this at 7"."""
    for first in range(max(after, len(words) - 6), len(words)):
        if _OPENS.fullmatch(words.word(first)):
            whole = f"{said} {words.part(first, len(words))}"
            if cron := read_recurrence(whole):
                return (first, len(words)), whole, cron
    return None
