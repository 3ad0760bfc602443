"""A foreseen sentence as a pattern: what a request has to look like to be it, and which values it gives then.

A sentence fits in one way or not at all: where a value could end in two places, it does not fit. Pure; knows
nothing of tools beyond the schemas of their parameters.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from ...tools.declaration.phrase import IGNORED, Part, Slot, parts_of
from ...tools.when.readable import split_at_time
from .slot_values import BACK, QUOTED, TIMES, typed, value_of

_WORDS = r"\S(?:.*?\S)??"
_PATH, _TEXT = rf"{QUOTED}|[^\s\"',;]+?", rf"{QUOTED}|{_WORDS}"
_LONGEST = {
    _PATH: rf"{QUOTED}|[^\s\"',;]+",
    _WORDS: r"\S(?:.*\S)?",
    _TEXT: rf"{QUOTED}|\S(?:.*\S)?",
}
_YEAR = r"(?:19|20)\d\d"
_CURRENCY = r"\s?(?:[$€£¥]|[a-z]{3}|euros?|dollars?|pounds?)"
_AMOUNT = rf"[$€£¥]?\s?\d[\d.,]*(?:{_CURRENCY})?"
_FORMS = {
    "path": _PATH,
    "int": r"[-+]?\d{1,3}(?:,\d{3})+|[-+]?\d+",
    "number": r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?",
    "email": r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>.]+",
    "url": r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]",
    "phone": r"\+?[\d(][\d\s()./-]{1,28}\d",
    "hour": r"\d{1,2}(?:[:.]\d\d)?",
    "result": (
        r"(?:it|that|this|them|those|these)(?:\s+all)?|what\s+(?:you\s+(?:find|found|get)|comes\s+out)|"
        r"(?:the|that|this|those|these|all)\s+(?:results?|answer|output|outcome|text|contents?|page|list|report|"
        r"number|total|sum|amount|value|date|time|price)"
    ),
    "it": r"it|that|this|them|those|these",
    "amount": _AMOUNT,
    "price": rf"(?!{_YEAR}(?![\d.,]*\d|{_CURRENCY})){_AMOUNT}",
    "year": _YEAR,
}
_EARLIER = ("result", "it")
"""Kinds of words that say nothing by themselves."""
_GROUPS = {"(": "(?:", "[": "(?:", ")": ")", "]": ")?", "|": "|"}
_SPACE = r"(?:\s+|(?<=\s)|(?<![\s\S])|(?=\Z))"
"""Between two words; nothing where a word that may be missing is, at either end or behind other space."""
_SHORTENED = re.compile(r"\b(what|who|when|how|where) is\b", re.IGNORECASE)
_OWNER, _OWNED = re.compile(r"'s\b"), r"(?:['’]s|(?<!['’])(?<!\bthi)(?<!\bhi)(?<!\bit)s)"
"""The owner of a thing, as many write it without the apostrophe."""
_BEFORE_TIME = "__"
_DOT = "_0_"
"""In the names of groups, which have no dots."""
_ODD_LETTERS = str.maketrans("İıſ\u212a", "iisk")
"""What is an i, s or k to a pattern that does not tell small letters from large ones."""


_Need: TypeAlias = "str | _Wordings"
_Wordings: TypeAlias = "tuple[tuple[_Need, ...], ...]"


class Missing:
    """Stands for a value that the user has to be asked for."""


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class Back:
    """Stands for what the step before was about, as in "delete it", or ``given``, what it gave."""

    given: bool = False


@dataclass(frozen=True, slots=True)
class FromCall:
    """Stands for a field of what the call of another tool gives, which the sentence asks for as well."""

    tool: str
    field: str


@dataclass(frozen=True, slots=True)
class Fit:
    """The values that a request gives, the places of those characters that the sentence spells out, and of
    those that say when by themselves.
    """

    args: Mapping[str, Any]
    spelled: frozenset[int]
    times: frozenset[int]


def fit(
    phrase: str, request: str, properties: Mapping[str, Mapping[str, Any]], behind: bool = False
) -> Fit | None:
    """What a request says as this sentence; None where it is not it, from its first word to its last.

    Only ``behind`` another request may "it" and the like be a value.
    """
    if not _may_fit(_needed(phrase), _plain(request)):
        return None  # told without its pattern, which takes long to make: most sentences end here
    slots = {slot.name: slot for slot in _slots(phrase)}
    kinds = tuple((name, _kind(slot, properties.get(name, {}))) for name, slot in slots.items())
    short = _pattern(phrase, kinds, "").fullmatch(request)
    if short is None or any(kind in (("topic",) if behind else _EARLIER) for _, kind in kinds):
        return None
    long = _pattern(phrase, kinds, "longest").fullmatch(request)
    if long is None or long.groupdict() != short.groupdict():
        return None  # a value could end here or there
    args: dict[str, Any] = {
        name: _without_words(slot, properties.get(name, {}))
        for name, slot in slots.items()
        if not slot.takes_words
    }
    for group, text in short.groupdict().items():
        if text is not None:
            texts = _told_apart(group.replace(_DOT, "."), text)
            for name, words in texts.items():
                kind = dict(kinds)[name]
                pointing = kind.startswith(("path", "*")) and words.strip().lower() in BACK
                if kind in _EARLIER or (behind and pointing):
                    args[name] = Back(given=kind == "result")
                else:
                    args[name] = value_of(words, kind, properties.get(name, {}), phrase)
            if None in args.values() or not texts:
                return None
    for name, slot in slots.items():
        if slot.constant is not None and slot.constant.startswith("@"):
            args[name] = args[slot.constant[1:]]
    args.pop(IGNORED, None)
    taken = {group: _taken(short, group) for group in short.groupdict()}
    written = {place for place, char in enumerate(request) if not char.isspace()}
    times = (places for group, places in taken.items() if dict(kinds).get(group) in TIMES)
    return Fit(
        args,
        frozenset(written.difference(*taken.values())),
        frozenset(written.intersection(set().union(*times))),
    )


def _taken(match: re.Match[str], group: str) -> range:
    """The places of a value, without those of a time that is told apart from it."""
    first, end = match.span(group)
    if _BEFORE_TIME in group and (found := split_at_time(match[group])) is not None:
        end = first + len(found[0])
    return range(first, end)


def _without_words(slot: Slot, schema: Mapping[str, Any]) -> Any:
    if slot.given is not None:
        return FromCall(*slot.given.split("."))
    return MISSING if slot.asked else typed(str(slot.constant), schema)


@lru_cache(maxsize=2048)
def _slots(phrase: str) -> tuple[Slot, ...]:
    return tuple(part for part in parts_of(phrase) if isinstance(part, Slot))


@lru_cache(maxsize=16)
def _plain(request: str) -> str:
    """In small letters, with those that a pattern takes for plain ones."""
    return request.translate(_ODD_LETTERS).lower()


@lru_cache(maxsize=4096)
def _needed(phrase: str) -> _Wordings:
    return _wordings(parts_of(_SHORTENED.sub(r"\1'", phrase).lower().replace("'", " ")))


def _wordings(parts: Iterator[Part], end: str = "") -> _Wordings:
    """What a phrase may say, up to the sign that ends it: for each wording what it cannot do without.

    Asked of every phrase before the first request, so it is written for speed.
    """
    found: list[list[_Need]] = [[]]
    for part in parts:
        if part == end:
            break
        if part == "|":
            found.append([])
        elif part == "(":
            found[-1].append(_wordings(parts, ")"))
        elif part == "[":
            _wordings(parts, "]")  # may be missing
        elif isinstance(part, str):
            found[-1] += [word for word in part.split() if word.isascii()]
    return tuple(tuple(one) if len(one) < 2 else tuple(sorted(one, key=_is_group)) for one in found)


def _is_group(need: _Need) -> bool:
    return not isinstance(need, str)


def _may_fit(wordings: _Wordings, plain: str) -> bool:
    """Whether all that one of these cannot do without stands somewhere in a text.

    Asked of every phrase for every clause, so it is written for speed.
    """
    for one in wordings:
        for need in one:
            if not (need in plain if isinstance(need, str) else _may_fit(need, plain)):
                break
        else:
            return True
    return False


@lru_cache(maxsize=4096)
def _pattern(phrase: str, kinds: tuple[tuple[str, str], ...], length: str) -> re.Pattern[str]:
    kind_of, pieces = dict(kinds), []
    for part in _joined(list(parts_of(phrase)), kind_of):
        if isinstance(part, tuple):
            text, when = part
            pieces.append(f"(?P<{_group(text)}{_BEFORE_TIME}{_group(when)}>{_sized(_WORDS, length)})")
        elif isinstance(part, Slot):
            form = _sized(_form(kind_of[part.name]), length)
            pieces.append(f"(?P<{_group(part)}>{form})" if part.takes_words else "")
        elif part in _GROUPS:
            pieces.append(_GROUPS[part])
        else:
            pieces.append(_spoken(part))
    return re.compile("".join(pieces), re.IGNORECASE)


def _form(kind: str) -> str:
    if kind.startswith("="):
        return "|".join(sorted(map(_spoken, kind[1:].split("|")), key=len, reverse=True))
    return _FORMS.get(kind, _PATH if kind.startswith("*") else _TEXT)


def _group(slot: Slot) -> str:
    return slot.name.replace(".", _DOT)


def _joined(parts: list[Part], kind_of: Mapping[str, str]) -> list[Part | tuple[Slot, Slot]]:
    """The parts, with a text and the time right behind it as one: only the words tell where one ends."""
    found: list[Part | tuple[Slot, Slot]] = []
    while parts:
        match parts:
            case [Slot() as text, " ", Slot(kind="when") as when, *rest] if _is_open(kind_of[text.name]):
                found.append((text, when))
                parts = rest
            case [first, *rest]:
                found.append(first)
                parts = rest
    return found


def _is_open(kind: str) -> bool:
    return kind in ("text", "words", "name", "topic", "literal") or kind.startswith(("~", "^"))


def _sized(form: str, length: str) -> str:
    """A form that takes as few characters as it can, or with ``length`` as many."""
    return _LONGEST.get(form, form) if length else form


def _spoken(words: str) -> str:
    """Words as a pattern: any space between them, either apostrophe, and "what's" for "what is"."""
    pieces = []
    for part in re.split(r"(\s+)", _SHORTENED.sub(r"\1'is", words)):
        if part.isspace():
            pieces.append(_SPACE)
        elif part.endswith("'is"):
            pieces.append(rf"{part[:-3]}(?:\s+is|\s+are|['’]?s|['’]?re)")
        else:
            told = (piece.replace("'", "['’]") for piece in _OWNER.split(re.escape(part)))
            pieces.append(_OWNED.join(told))
    return "".join(pieces)


def _told_apart(group: str, text: str) -> dict[str, str]:
    """The words of each slot of a group; nothing where no time stands at the end."""
    first, joined, second = group.partition(_BEFORE_TIME)
    if not joined:
        return {first: text}
    found = split_at_time(text)
    return {} if found is None else {first: found[0], second: found[1].rstrip(" ,;")}


def _kind(slot: Slot, schema: Mapping[str, Any]) -> str:
    if slot.kind == "when" and slot.name == "period":
        return "period"
    if slot.kind:
        return slot.kind
    options = [schema, *schema.get("anyOf", ())]
    types = {option.get("type") for option in options}
    if any(option.get("format") == "path" for option in options):
        return "path"
    return "int" if "integer" in types else "number" if "number" in types else "text"
