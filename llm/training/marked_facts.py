"""Sentences about the user's own life, written whole, with their subject, key and value marked in place.

Lines of ``material/facts.tsv``: a purpose (``tell``, ``recall``, ``forget``) and a sentence with ``[S:...]``, ``[K:...]`` and
``[V:...]``. A sentence without a subject is about the speaker. Knows nothing of the templates in personal.py.
"""

import random
import re
from dataclasses import dataclass
from functools import cache

from .spoken import lines_of
from .templates import Part, Sentence, split_templates
from .values import Vocabulary

PURPOSES = ("tell", "recall", "forget")
_MARK = re.compile(r"\[([SKV]):([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class MarkedFact:
    sentence: Sentence
    subject: str
    """Empty when the fact is about the speaker."""
    key: str
    value: str


@cache
def _sentences(purpose: str) -> tuple[str, ...]:
    rows = (line.split("\t") for line in lines_of("facts.tsv"))
    return tuple(dict.fromkeys(sentence for named, sentence in rows if named == purpose))


class MarkedFacts:
    """Draws from one side of each split."""

    def __init__(self, words: Vocabulary, held_out: bool) -> None:
        self.words = words
        self.sides = {purpose: split_templates(_sentences(purpose), held_out) for purpose in PURPOSES}

    def draw(self, purpose: str, rng: random.Random) -> MarkedFact:
        template = rng.choice(self.sides[purpose])
        marked: dict[str, str] = {}
        parts: list[Part] = []
        at = 0
        for mark in _MARK.finditer(template):
            parts.append(Part(template[at : mark.start()]))
            filled = self.words.fill(mark.group(2), rng)
            marked[mark.group(1)] = filled
            parts.append(Part(filled, copied=True))
            at = mark.end()
        parts.append(Part(template[at:]))
        sentence = Sentence(tuple(part for part in parts if part.text), {})
        return MarkedFact(sentence, marked.get("S", ""), marked.get("K", ""), marked.get("V", ""))
