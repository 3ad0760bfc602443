"""Taking the words of one fact out of a text or a JSON value; pure functions.

The quote goes wherever it stands. The value alone ("May 3") is taken only where it is this fact that is
spoken of: in a run that carried the fact, or beside a word of its subject or key. Knows nothing of tables.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import words

FORGOTTEN = "[forgotten]"
SHORTEST_CUT = 8


@dataclass(frozen=True)
class Traces:
    """The words by which one fact can be recognised."""

    quote: str
    subject: str
    key: str
    value: str

    def erase(self, text: str, linked: bool) -> str:
        """``text`` without the fact's words; ``linked``: it belongs to a run that carried the fact."""
        text = text.replace(self.quote, FORGOTTEN)
        if linked or self._speaks_of_it(text):
            text = self._value.sub(FORGOTTEN, text)
        return text

    def erase_json(self, value: Any, linked: bool) -> Any:
        """The same for every text inside a JSON value."""
        if isinstance(value, str):
            return self.erase(value, linked)
        if isinstance(value, list):
            linked = linked or any(isinstance(item, str) and self._speaks_of_it(item) for item in value)
            return [self.erase_json(item, linked) for item in value]
        if isinstance(value, dict):
            parts = [*value, *(part for part in value.values() if isinstance(part, str))]
            linked = linked or any(self._speaks_of_it(part) for part in parts)
            return {self.erase(key, linked): self.erase_json(part, linked) for key, part in value.items()}
        return value

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
        spaced = r"\s+".join(re.escape(word) for word in self.value.split())
        return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
