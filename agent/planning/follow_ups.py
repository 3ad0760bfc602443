"""A request that leaves out what the one before it said, in full: "and in pounds?" behind "how much is 50
dollars in euros".

What it names takes the place of what was named there in the same way: a time that of the time, a thing that
of the one behind the same preposition. Pure; knows nothing of tools.
"""

import re
from collections.abc import Sequence

from ...tools.when.readable import is_time
from ..model import Exchange
from .clauses import opens

_MOST_WORDS = 6
_GOES_ON = re.compile(
    r"\s*(?:(?:ok(?:ay)?|and|so|now|then)[,\s]+)*(?P<about>(?:what|how)\s+about\s+|same\s+for\s+)?(?P<other>.+?)\s*[?.!]*\s*",
    re.IGNORECASE,
)
_LED_BY = re.compile(r"(?:ok(?:ay)?[,\s]+)?(?:and\b|(?:what|how)\s+about\b|same\s+for\b)", re.IGNORECASE)
_PREPOSITION = r"(?:in|into|to|from|on|at|for|of|about|with)"
_BEHIND = re.compile(rf"(?P<how>{_PREPOSITION})\s+(?P<what>\S.*)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*(?![\w])")


def leaves_out(request: str) -> bool:
    """Whether a request begins as one does that goes on from the one before."""
    return _LED_BY.match(request.strip()) is not None


def in_full(request: str, history: Sequence[Exchange]) -> str | None:
    """The request with what it leaves out; None where it stands alone, or nothing before it fits."""
    if not history or not leaves_out(request):
        return None
    found = _GOES_ON.fullmatch(request)
    other = found["other"] if found else ""
    if not other or len(other.split()) > _MOST_WORDS or opens(other):
        return None
    earlier = history[-1].user
    before = (in_full(earlier, history[:-1]) or earlier).strip().rstrip("?.! ")
    return _with_time(before, other) or _with_thing(before, other) or _with_number(before, other)


def _with_time(before: str, other: str) -> str | None:
    if not is_time(other):
        return None
    words = list(re.finditer(r"\S+", before))
    spans = [
        (first.start(), last.end())
        for place, first in enumerate(words)
        for last in words[place : place + _MOST_WORDS]
        if is_time(before[first.start() : last.end()])
    ]
    if not spans:
        return f"{before} {other}"
    start, end = max(spans, key=lambda span: (span[1] - span[0], span[1]))
    return f"{before[:start]}{other}{before[end:]}"


def _with_thing(before: str, other: str) -> str | None:
    """With what stands behind the last such preposition exchanged, up to the next one or a time."""
    if (said := _BEHIND.fullmatch(other)) is None:
        return None
    places = list(re.finditer(rf"\b{said['how']}\s+(?=\S)", before, re.IGNORECASE))
    if not places:
        return None
    start = places[-1].end()
    words = list(re.finditer(r"\S+", before[start:]))
    end = len(before)
    for place, word in enumerate(words):
        rest = before[start + word.start() :]
        if place and (re.match(rf"{_PREPOSITION}\s", rest, re.IGNORECASE) or is_time(rest)):
            end = start + words[place - 1].end()
            break
    return f"{before[:start]}{said['what']}{before[end:]}"


def _with_number(before: str, other: str) -> str | None:
    numbers = list(_NUMBER.finditer(before))
    if len(numbers) != 1 or _NUMBER.fullmatch(other) is None:
        return None
    return f"{before[: numbers[0].start()]}{other}{before[numbers[0].end() :]}"
