"""Compares requests word by word: which stretch of a new one stands where an old one had a value.

Nothing of a request may be left over but small talk, and no word that the procedure relies on may differ:
what was not understood is not carried out. Pure; knows nothing of plans.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..planning.arguments import INPUTS, Ref
from ..planning.schemas import accepts, choices_of, types_of
from ..planning.words import stem
from .procedure import Part, Slot, Wording

_WORD = re.compile(r"\S+")
_EDGES = ",;:!?\"'“”‘’()"
POLITE = frozenset("please kindly thanks hey hi hello pls".split())
"""Words that may come or go anywhere."""
SMALL_TALK = POLITE | frozenset(
    "ok okay again just then could can would you me for the a an my also now".split()
)
"""Words that may come or go without changing what is asked, unless they stand beside a value: "up to now"."""
_JOINS = frozenset("and then but or also not without except unless if instead after before".split())
"""Words by which a value would hold more than a value, unless it did before."""
_MOST_MORE_WORDS = 4
_LONGEST = 80
"""Words of a request that is looked at."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a request as it is compared, and where it stands."""

    word: str
    start: int
    end: int

    @property
    def key(self) -> str:
        return stem(self.word)


def tokens(text: str) -> list[Token]:
    found = []
    for match in _WORD.finditer(text):
        bare = match[0].strip(_EDGES)
        if not re.search(r"[./\\]\w", bare):
            bare = bare.rstrip(".…")
        if bare:
            start = match.start() + match[0].index(bare)
            found.append(Token(bare.casefold(), start, start + len(bare)))
    return found


def written(value: Any) -> str | None:
    """A value as a person types it; None for what is no single word or number of words."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return f"{value:.12g}" if isinstance(value, float) else str(value).strip()


def wording_of(request: str, values: Mapping[str, Any]) -> Wording | None:
    """The request with slots where the values stand; None unless each stands there once, as whole words."""
    words = tokens(request)
    places: dict[int, tuple[int, str]] = {}
    for name, value in values.items():
        said = written(value)
        wanted = [token.word for token in tokens(said)] if said else []
        at = [
            start
            for start in range(len(words) - len(wanted) + 1)
            if wanted and [token.word for token in words[start : start + len(wanted)]] == wanted
        ]
        if len(at) != 1:
            return None
        places[at[0]] = (at[0] + len(wanted), name)
    parts: list[Part] = []
    position = 0
    while position < len(words):
        if position in places:
            position, name = places[position]
            parts.append(Ref(INPUTS, name))
        else:
            parts.append(words[position].word)
            position += 1
    placed = sum(isinstance(part, Ref) for part in parts)
    side_by_side = any(isinstance(one, Ref) and isinstance(other, Ref) for one, other in pairwise(parts))
    # Values that overlap hide each other, and nobody can tell where one ends that has no word behind it.
    return Wording(tuple(parts)) if placed == len(values) and not side_by_side else None


def fill(wording: Wording, slots: Sequence[Slot], request: str) -> dict[str, Any] | None:
    """The values that ``request`` has for the slots; None when it does not fit, or in more than one way."""
    by_name = {slot.name: slot for slot in slots}
    needed = [part for place, part in enumerate(wording.parts) if _matters(wording.parts, place)]
    words = tokens(request)
    if len(words) > _LONGEST:
        return None
    found: list[dict[str, Any]] = []
    for spans in _alignments(needed, words, 0, 0):
        values = _values(spans, by_name, request, words)
        if values is not None and values not in found:
            found.append(values)
        if len(found) > 1:
            return None
    return found[0] if found else None


def _matters(parts: Sequence[Part], place: int) -> bool:
    """Whether a part has to be there: slots, words that say something, and any word beside a slot."""
    part = parts[place]
    beside = [*parts[max(0, place - 1) : place], *parts[place + 1 : place + 2]]
    return isinstance(part, Ref) or stem(part) not in _SMALL or any(isinstance(one, Ref) for one in beside)


_SMALL, _EMPTY = frozenset(map(stem, SMALL_TALK)), frozenset(map(stem, POLITE))
_Spans = dict[str, tuple[int, int]]


def _alignments(
    parts: Sequence[Part], words: Sequence[Token], part: int, word: int, behind: frozenset[str] = _SMALL
) -> Iterator[_Spans]:
    """Every way to lay the parts over the words: each word is matched, in a slot, or one of ``behind``, which
    may be left out where the part before ends.
    """
    if part == len(parts):
        if all(token.key in behind for token in words[word:]):
            yield {}
        return
    wanted = parts[part]
    if isinstance(wanted, str):
        if word < len(words) and words[word].key == stem(wanted):
            yield from _alignments(parts, words, part + 1, word + 1)
        elif word < len(words) and words[word].key in behind:
            yield from _alignments(parts, words, part, word + 1, behind)
        return
    for end in range(word + 1, len(words) + 1):
        for rest in _alignments(parts, words, part + 1, end, _EMPTY):
            yield {wanted.path: (word, end), **rest}


def _values(
    spans: _Spans, slots: Mapping[str, Slot], request: str, words: Sequence[Token]
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for name, (first, end) in spans.items():
        said = request[words[first].start : words[end - 1].end]
        value = _read(said, slots[name])
        if value is None or not _looks_alike(words[first:end], slots[name]):
            return None
        values[name] = value
    return values


def _looks_alike(said: Sequence[Token], slot: Slot) -> bool:
    """Whether a stretch of words is of the kind that stood there before."""
    before = [tokens(text) for value in slot.seen if (text := written(value))]
    most = max((len(one) for one in before), default=1)
    joins = {token.word for one in before for token in one} & _JOINS
    if {token.word for token in said} & (_JOINS - joins):
        return False
    if not before:  # a slot that the user made
        return len(said) <= most + _MOST_MORE_WORDS
    if said[0].key in _SMALL and not any(one and one[0].key in _SMALL for one in before):
        return False
    if said[-1].key in _SMALL and not any(one and one[-1].key in _SMALL for one in before):
        return False
    return len(said) <= (1 if most == 1 and _is_code(before) else most + _MOST_MORE_WORDS)


def _is_code(before: Sequence[Sequence[Token]]) -> bool:
    """Whether what stood there were no plain words: numbers, paths, addresses."""
    return all(re.search(r"[\d./\\@:_]", token.word) for one in before for token in one)


def _read(said: str, slot: Slot) -> Any:
    """The value that words mean for a slot; None when they mean none."""
    choices = choices_of(slot.schema)
    if choices is not None:
        return next((choice for choice in choices if str(choice).casefold() == said.casefold()), None)
    kinds = types_of(slot.schema) - {"null"}
    if kinds & {"integer", "number"} and "string" not in kinds:
        return _number(said, slot)
    was_code = _is_code([tokens(text) for value in slot.seen if (text := written(value))])
    if slot.seen and was_code and not re.search(r"[\d./\\@:_]", said):
        return None
    return said if accepts(slot.schema, said) else None


def _number(said: str, slot: Slot) -> int | float | None:
    try:
        value = float(said)
    except ValueError:
        return None
    if value != value or value in (float("inf"), float("-inf")):
        return None
    whole = value.is_integer() and not re.search(r"[.eE]", said)
    if types_of(slot.schema) - {"null"} == {"integer"} and not whole:
        return None
    return int(value) if whole else value
