"""Reads requests that are, word for word, a sentence that a tool's author foresaw, such as "delete {path}".

For models too small to fill every tool that they are shown. Such a sentence, from its first word to its last,
means that call and no other; what could mean two calls, or goes on behind the sentence, is left to the model.
Pure; knows nothing of models.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..model import ToolView

_PART = re.compile(r"\{(\w+)\}|([(\[|\])])|([^{}()\[\]|]+)")
_BEFORE = r"\s*(?:please\s+|(?:can|could|would)\s+you\s+(?:please\s+)?)?"
_BEHIND = r"(?:,?\s+please)?\s*[.!?]*\s*"
_QUOTED = r"\"[^\"\n]+\"|'[^'\n]+'|“[^”\n]+”|‘[^’\n]+’"
_JOINT = re.compile(r"[;\n]|[,.:!?]\s|\b(?:and|then|also|afterwards)\b", re.IGNORECASE)
_NAME, _WORDS = rf"{_QUOTED}|[^\s\"',;]+?", rf"{_QUOTED}|.+?"
_WHOLE, _NUMBER = r"[-+]?\d{1,3}(?:,\d{3})+|[-+]?\d+", r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?"
# Between two words; nothing where a word that may be missing is, at either end or behind other space.
_SPACE = rf"(?:\s+|(?<=\s)|(?<![\s\S])|(?={_BEHIND}\Z))"
_FILES = frozenset({"file", "folder", "directory"})
_POINTING = frozenset("it this that them these those everything all".split())
_GROUPS = {"(": "(?:", "[": "(?:", ")": ")", "]": ")?", "|": "|"}


@dataclass(frozen=True, slots=True)
class Said:
    """The one call that a request says word for word."""

    tool: str
    args: Mapping[str, Any]


def said(request: str, tools: Iterable[ToolView]) -> Said | None:
    """The call that a request is the foreseen sentence for; None when it is none, or could be several."""
    found: list[Said] = []
    for tool in tools:
        for phrase in tool.phrases:
            args = _match(phrase, request, tool.parameters.get("properties", {}))
            if args is not None and Said(tool.name, args) not in found:
                found.append(Said(tool.name, args))
    return found[0] if len(found) == 1 else None


def slots(phrase: str) -> list[str]:
    """The parameters that a phrase gives values to."""
    return [match[1] for match in _PART.finditer(phrase) if match[1]]


def _match(phrase: str, request: str, properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The arguments, when the whole request is the sentence and can be read in one way only."""
    kinds = {name: _kind(properties.get(name, {})) for name in slots(phrase)}
    match = _pattern(phrase, tuple(kinds.items())).fullmatch(request)
    if match is None:
        return None
    separators = _separators(phrase)
    args = {
        name: _value(text, kinds[name], separators)
        for name, text in match.groupdict().items()
        if text is not None
    }
    return None if None in args.values() else args


@lru_cache(maxsize=512)
def _separators(phrase: str) -> frozenset[str]:
    """The words that have to be there: one of them inside a value would leave open where the value ends."""
    return frozenset(re.sub(r"\[[^\]]*\]|\{\w+\}|[()|]", " ", phrase.lower()).split())


@lru_cache(maxsize=512)
def _pattern(phrase: str, kinds: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    forms = {"path": _NAME, "int": _WHOLE, "number": _NUMBER, "text": _WORDS}
    pieces: list[str] = []
    for slot, sign, words in (match.groups() for match in _PART.finditer(phrase)):
        if slot:
            pieces.append(f"(?P<{slot}>{forms[dict(kinds)[slot]]})")
        elif sign:
            pieces.append(_GROUPS[sign])
        else:
            pieces += [_SPACE if part.isspace() else re.escape(part) for part in re.split(r"(\s+)", words)]
    return re.compile(f"{_BEFORE}{''.join(pieces)}{_BEHIND}", re.IGNORECASE)


def _kind(schema: Mapping[str, Any]) -> str:
    options = [schema, *schema.get("anyOf", ())]
    types = {option.get("type") for option in options}
    if any(option.get("format") == "path" for option in options):
        return "path"
    return "int" if "integer" in types else "number" if "number" in types else "text"


def _value(text: str, kind: str, separators: frozenset[str]) -> Any:
    """What a slot holds; None for what may be more than a value, or something else."""
    said = text.strip()
    if kind == "path" and not (
        _FILES & separators or re.search(r"[./]", said) or re.fullmatch(_QUOTED, said)
    ):
        return None  # a bare word may be anything, unless the sentence says that it is a file
    if kind in ("int", "number"):
        digits = said.replace(",", "")
        if not re.search(r"\d", digits):
            return None
        return int(digits) if "." not in digits else float(digits)
    if re.fullmatch(_QUOTED, said):
        return said[1:-1]
    words = set(said.lower().split())
    if not words or words <= _POINTING or _JOINT.search(said) or separators & words:
        return None
    return said
