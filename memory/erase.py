"""Taking the words of one fact out of a text or a JSON value; pure functions.

A quote that gives the fact away ("my name is Ana") goes wherever it stands. One that does not ("Ana"), and
the value, go only where it is this fact that is spoken of: in the turn and the runs that carried it, or
beside a word of its subject or key. Knows nothing of tables.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import words

FORGOTTEN = "[forgotten]"
SHORTEST_CUT = 8
STRUCTURE = frozenset(
    ("id", "type", "tool", "status", "state", "route", "effect", "after", "seq", "run", "v")
)


@dataclass(frozen=True)
class Traces:
    """The words by which one fact can be recognised."""

    quote: str
    subject: str
    key: str
    value: str

    def erase(self, text: str, linked: bool) -> str:
        """``text`` without the fact's words; ``linked``: it belongs to a run that carried the fact."""
        spoken_of = linked or self._speaks_of_it(text)
        if self.is_telling:
            text = text.replace(self.quote, FORGOTTEN)
        elif spoken_of:
            text = self._quote.sub(FORGOTTEN, text)
        return self._value.sub(FORGOTTEN, text) if spoken_of else text

    @cached_property
    def is_telling(self) -> bool:
        """Whether the quote alone gives the fact away, as "my name is Ana" does and "Ana" does not."""
        return self._speaks_of_it(self.quote)

    def erase_json(self, value: Any, linked: bool) -> Any:
        """The same for every text inside a JSON value; fields that give it its structure stay."""
        if isinstance(value, str):
            return self.erase(value, linked)
        if isinstance(value, list):
            spoken_of = any(isinstance(item, str) and self._speaks_of_it(item) for item in value)
            return [self.erase_json(item, linked or spoken_of) for item in value]
        if isinstance(value, dict):
            spoken_of = any(self._speaks_of_it(part) for part in _texts(value))
            return {key: self._erase_field(key, part, linked, spoken_of) for key, part in value.items()}
        return value

    def _erase_field(self, key: str, value: Any, linked: bool, spoken_of: bool) -> Any:
        if key in STRUCTURE:
            return value
        if spoken_of and isinstance(value, int | float) and self._value.fullmatch(str(value)):
            return FORGOTTEN
        return self.erase_json(value, linked or spoken_of)

    def erase_stream(self, pieces: Sequence[str], linked: bool) -> list[str] | None:
        """New pieces for a text that was streamed in ``pieces``, or None when it does not hold the words."""
        whole = "".join(pieces)
        erased = self.erase(whole, linked)
        return None if erased == whole else [erased, *("" for _ in pieces[1:])]

    def erase_title(self, title: str, linked: bool) -> str:
        """A title may hold the beginning of the quote, cut short: that goes, too."""
        erased = self.erase(title, linked)
        cut = title.rstrip(" .…")
        for start in range(len(cut) - SHORTEST_CUT + 1):
            if erased == title and self.quote.casefold().startswith(cut[start:].casefold()):
                return title[:start] + FORGOTTEN
        return erased

    def _speaks_of_it(self, text: str) -> bool:
        terms = words.content_terms(text)
        return any(words.same(clue, term) for clue in self._clues for term in terms)

    @cached_property
    def _clues(self) -> tuple[str, ...]:
        return words.content_terms(f"{self.subject} {self.key}")

    @cached_property
    def _value(self) -> re.Pattern[str]:
        return _whole_words(self.value)

    @cached_property
    def _quote(self) -> re.Pattern[str]:
        return _whole_words(self.quote)


def _texts(value: dict[str, Any]) -> list[str]:
    return [*value, *(part for part in value.values() if isinstance(part, str))]


def _whole_words(text: str) -> re.Pattern[str]:
    """Matches ``text`` in any case and spacing, but not inside longer words."""
    spaced = r"\s+".join(re.escape(word) for word in text.split())
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
