"""Requests with the words written out that people shorten or mistype: "tmrw" is "tomorrow", "remnd" "remind".

Only words that say when, and a few that requests begin with: any other word may be a name. A value that is
taken from such a request is given back as it was typed. English only. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ...tools.when.readable import is_time

_WORD = re.compile(r"(?<![\w@./#'’-])[^\W_]+(?![\w@/#]|[.'’-]\w)")
_QUOTED = re.compile(r"\"[^\"\n]+\"|(?<!\w)'[^'\n]+'(?!\w)|“[^”\n]+”|`[^`\n]+`")
_SHORT = {
    "u": "you", "ur": "your", "pls": "please", "plz": "please", "wat": "what", "wats": "whats", "hav": "have",
    "tmrw": "tomorrow", "tmr": "tomorrow", "tmw": "tomorrow", "tmoro": "tomorrow", "tomoz": "tomorrow",
    "2moro": "tomorrow", "2morrow": "tomorrow", "tonite": "tonight", "2nite": "tonight", "yday": "yesterday",
    "mins": "minutes", "hrs": "hours", "wk": "week", "nxt": "next", "appt": "appointment", "remid": "remind",
    "shedule": "schedule",
}  # fmt: skip
_CORRECTED = (
    "today tomorrow tonight yesterday monday tuesday wednesday thursday friday saturday sunday january "
    "february september october november december remind reminder reminders calendar appointment schedule "
    "calculate".split()
)
_OTHER_WORDS = frozenset("rewind remand rewinder remainder sundry toady".split())
"""What looks like one of these and is a word of its own."""
_LEAST = 5


@dataclass(frozen=True, slots=True)
class Spelled:
    """A request as it was meant, and for each word that was changed its place there and what was typed."""

    text: str
    changes: tuple[tuple[int, int, str], ...] = ()

    def as_typed(self, value: str) -> str:
        """A value in the letters of the request; times stay as they were meant."""
        start = self.text.lower().find(value.lower()) if self.changes and not is_time(value) else -1
        if start < 0 or not value:
            return value
        for first, end, typed in reversed(self.changes):
            if start <= first and end <= start + len(value):
                value = value[: first - start] + typed + value[end - start :]
        return value


def spelled(request: str) -> Spelled:
    """The request with what is shortened or mistyped written out, outside of quotes."""
    quoted = [match.span() for match in _QUOTED.finditer(request)]
    text, changes, done = "", list[tuple[int, int, str]](), 0
    for match in _words(request, quoted):
        if (meant := _meant(match[0].lower())) is None:
            continue
        text += request[done : match.start()]
        changes.append((len(text), len(text) + len(meant), match[0]))
        text, done = text + meant, match.end()
    return Spelled(text + request[done:], tuple(changes))


def _words(request: str, quoted: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    for match in _WORD.finditer(request):
        if not any(first < match.end() and match.start() < last for first, last in quoted):
            yield match


@lru_cache(maxsize=4096)
def _meant(word: str) -> str | None:
    if word in _SHORT:
        return _SHORT[word]
    if len(word) < _LEAST or word in _CORRECTED or word in _OTHER_WORDS:
        return None
    return next((known for known in _CORRECTED if _is_slip(word, known)), None)


def _is_slip(word: str, known: str) -> bool:
    """Whether one letter is missing, doubled, wrong or swapped with its neighbour, between the first and the
    last.
    """
    if word[0] != known[0] or word[-1] != known[-1] or abs(len(word) - len(known)) > 1:
        return False
    if len(word) == len(known):
        wrong = [place for place, letter in enumerate(word) if letter != known[place]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return word[wrong[0]] == known[wrong[1]] and word[wrong[1]] == known[wrong[0]]
        return len(wrong) == 1
    shorter, longer = sorted((word, known), key=len)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(1, len(longer) - 1))
