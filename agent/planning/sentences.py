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
from ...tools.numbers.money import find_currency
from ...tools.when.readable import is_recurring, is_time, split_at_time
from .clauses import is_one_thing
from .command_lines import is_command_line
from .people import may_be_person
from .sums import is_calculation
from .word_kinds import are_of_kind

_QUOTED = r"\"[^\"\n]+\"|'[^'\n]+'|“[^”\n]+”|‘[^’\n]+’"
_JOINT = re.compile(r"[;\n]|[,.:!?]\s|\s&\s|\b(?:and|then|also|afterwards)\b", re.IGNORECASE)
_WORDS = r"\S(?:.*?\S)??"
_PATH, _TEXT = rf"{_QUOTED}|[^\s\"',;]+?", rf"{_QUOTED}|{_WORDS}"
_LONGEST = {
    _PATH: rf"{_QUOTED}|[^\s\"',;]+",
    _WORDS: r"\S(?:.*\S)?",
    _TEXT: rf"{_QUOTED}|\S(?:.*\S)?",
}
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}")
_CODE = re.compile(r"(?<![^\W\d_])[a-z]{3}$", re.IGNORECASE)
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
_SUMS = ("amount", "price")
_WITHOUT_JOINTS = ("email", "url", "phone", *_SUMS)
_TIMES = ("when", "period")
"""Kinds of words that say when; a period never says how often."""
_EARLIER = ("result", "it")
"""Kinds of words that say nothing by themselves."""
_BACK = frozenset("it this that them these those".split())
_POINTING = _BACK | frozenset("everything all the a an my our your".split())
_FILES = frozenset({"file", "files", "folder", "directory"})
_NO_FILE = re.compile(r"[^\s@/]+@[^\s@/]+\.[^\s@/.]+|www\..+|[-+]?[\d.,:]+", re.IGNORECASE)
"""What has a dot and is an address of mails or of a page, or a number."""
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
                pointing = kind.startswith(("path", "*")) and words.strip().lower() in _BACK
                if kind in _EARLIER or (behind and pointing):
                    args[name] = Back(given=kind == "result")
                else:
                    args[name] = _value(words, kind, properties.get(name, {}), phrase)
            if None in args.values() or not texts:
                return None
    for name, slot in slots.items():
        if slot.constant is not None and slot.constant.startswith("@"):
            args[name] = args[slot.constant[1:]]
    args.pop(IGNORED, None)
    taken = {group: _taken(short, group) for group in short.groupdict()}
    written = {place for place, char in enumerate(request) if not char.isspace()}
    times = (places for group, places in taken.items() if dict(kinds).get(group) in _TIMES)
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
    return MISSING if slot.asked else _typed(str(slot.constant), schema)


@lru_cache(maxsize=2048)
def _slots(phrase: str) -> tuple[Slot, ...]:
    return tuple(part for part in parts_of(phrase) if isinstance(part, Slot))


@lru_cache(maxsize=16)
def _plain(request: str) -> str:
    """In small letters, with those that a pattern takes for plain ones."""
    return request.translate(_ODD_LETTERS).lower()


@lru_cache(maxsize=2048)
def _needed(phrase: str) -> _Wordings:
    return _wordings(parts_of(phrase))


def _wordings(parts: Iterator[Part], end: str = "") -> _Wordings:
    """What a phrase may say, up to the sign that ends it: for each wording what it cannot do without."""
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
            said = _SHORTENED.sub(r"\1'", part).lower().replace("'", " ")
            found[-1] += [word for word in said.split() if word.isascii()]
    return tuple(tuple(sorted(one, key=lambda need: not isinstance(need, str))) for one in found)


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


def _value(text: str, kind: str, schema: Mapping[str, Any], phrase: str) -> Any:
    """What a slot holds; None for what may be more than a value, or something else."""
    said = text.strip()
    if kind == "path" and re.match(r"https?://", said, re.IGNORECASE):
        return None
    if kind == "path" and _NO_FILE.fullmatch(said):
        return None
    if kind == "path" and not (
        _names_file(phrase) or re.search(r"[./]", said) or re.fullmatch(_QUOTED, said)
    ):
        return None  # a bare word may be anything, unless the sentence says that it is a file
    if kind.startswith("*") and not said.strip("\"'“”‘’").lower().endswith(kind[1:]):
        return None
    if kind in _SUMS and not _NUMBER.fullmatch(said):
        return said if _is_sum(said) else None
    if kind in ("int", "number", *_SUMS):
        digits = said.replace(",", "")
        if not re.search(r"\d", digits):
            return None
        return int(digits) if "." not in digits else float(digits)
    if kind in _TIMES:
        may_be = is_time(said) and not (kind == "period" and is_recurring(said))
        return said.removeprefix("for ") if may_be else None
    if kind == "hour":
        return f"at {said}"
    if kind == "shell":
        return said if is_command_line(said) else None
    if kind == "sum":
        return said if is_calculation(said) else None
    if re.fullmatch(_QUOTED, said):
        return None if kind.startswith("^") else _typed(said[1:-1], schema)
    words = said.lower().split()
    if (
        not words
        or set(words) <= _POINTING
        or (_JOINT.search(said) and kind not in _WITHOUT_JOINTS and not _is_one(said, kind))
    ):
        return None
    if kind == "name" and not may_be_person(said):
        return None
    if not are_of_kind(said, kind):
        return None
    return _typed(said, schema)


def _is_sum(text: str) -> bool:
    """Whether digits with commas and points are one number, and three letters behind them a currency, unlike
    those of "14 fri".
    """
    code = _CODE.search(text)
    if code is not None and find_currency(code[0]) is None:
        return False
    return not re.fullmatch(r"[\d.,]+", text) or _DECIMAL_COMMA.fullmatch(text) is not None


def _is_one(text: str, kind: str) -> bool:
    """Whether words with a joint among them are one value: "terms and conditions"."""
    return (kind in ("words", "topic", "literal") or kind.startswith(("~", "^"))) and is_one_thing(text)


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A value of the parameter's type; None for one that is not among its choices."""
    options = [schema, *schema.get("anyOf", ())]
    types = {option.get("type") for option in options}
    choices = [choice for option in options for choice in option.get("enum", ())]
    if choices:
        return next((choice for choice in choices if str(choice).lower() == text.lower()), None)
    if "boolean" in types:
        return text.lower() == "true"
    if "integer" in types and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "array" in types:
        return [text.lstrip("#")]
    return text


@lru_cache(maxsize=2048)
def _names_file(phrase: str) -> bool:
    """Whether a phrase says in words that have to be there that it is about files."""
    needed = re.sub(r"\[[^\[\]]*\]|\{[^{}]*\}|[()|]", " ", phrase.lower())
    return not _FILES.isdisjoint(needed.split())
