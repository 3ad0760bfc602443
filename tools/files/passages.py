"""Finds the passages of a long text that have to do with a question, each with where it stands.

Passages are paragraphs, cut where they are long; they are ranked by the rarer of the words that they share
with the question (BM25, Robertson and Zaragoza 2009). Reads no file and knows nothing of tools.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

_LONGEST = 700
_SATURATION, _LENGTH = 1.2, 0.5
_WORD = re.compile(r"\w+")
# Words that say nothing about what a passage is about.
_SMALL = frozenset(
    "a about an and any are as at be by can did do does for from give had has have how i if in is it its me "
    "my of on or our say says so tell than that the their there they this to was we what when where which "
    "who why will with you your".split()
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a text; `page` and `line` count from 1, lines within the page."""

    quote: str
    page: int
    line: int


def passages_of(pages: Sequence[str]) -> list[Passage]:
    """Every paragraph of the pages, in order; a long one in pieces that end with a sentence or a line."""
    found: list[Passage] = []
    for number, page in enumerate(pages, 1):
        for match in re.finditer(r"\S(?:.|\n(?!\s*\n))*", page):
            line = page.count("\n", 0, match.start()) + 1
            for piece in _pieces(match[0]):
                found.append(Passage(piece.strip(), number, line))
                line += piece.count("\n")
    return found


def ranked(question: str, passages: Sequence[Passage], most: int) -> list[Passage]:
    """The passages that share telling words with a question, the best first; none when there are none."""
    asked = set(_terms(question)) or set(_all_terms(question))
    counted = [Counter(_all_terms(passage.quote)) for passage in passages]
    usual = sum(map(Counter.total, counted)) / max(len(counted), 1)
    spread = Counter(term for one in counted for term in asked & one.keys())
    scores: list[tuple[float, int]] = []
    for index, one in enumerate(counted):
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * one.total() / max(usual, 1))
        score = sum(
            log(1 + (len(counted) - spread[term] + 0.5) / (spread[term] + 0.5))
            * one[term]
            * (_SATURATION + 1)
            / (one[term] + norm)
            for term in asked & one.keys()
        )
        if score:
            scores.append((-score, index))
    return [passages[index] for _, index in sorted(scores)[:most]]


def _pieces(paragraph: str) -> list[str]:
    pieces: list[str] = []
    while len(paragraph) > _LONGEST:
        head = paragraph[:_LONGEST]
        ends = [match.end() for match in re.finditer(r"[.!?](?=\s)|\n|\s", head)]
        sentences = [match.end() for match in re.finditer(r"[.!?]\s+|\n", head)]
        at = next((end for end in reversed(sentences) if end > _LONGEST // 3), ends[-1] if ends else _LONGEST)
        pieces.append(paragraph[:at])
        paragraph = paragraph[at:]
    return [*pieces, paragraph] if paragraph.strip() else pieces


def _terms(text: str) -> list[str]:
    return [term for term in _all_terms(text) if term not in _SMALL]


def _all_terms(text: str) -> list[str]:
    """Words in one spelling: no case, and no ending of a plural."""
    return [_stem(word) for word in _WORD.findall(text.casefold())]


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
