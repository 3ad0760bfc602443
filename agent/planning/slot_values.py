"""What the words in a slot of a sentence are: a number, a path, a time, a text. None for words that may be
more than one value, or something else.

English only. Pure; knows nothing of where in the sentence the words stand.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ...tools.numbers.money import find_currency
from ...tools.when.readable import is_recurring, is_time
from .clauses import is_one_thing
from .command_lines import is_command_line
from .people import may_be_person
from .sums import is_calculation
from .word_kinds import are_of_kind

QUOTED = r"\"[^\"\n]+\"|'[^'\n]+'|“[^”\n]+”|‘[^’\n]+’"
TIMES = ("when", "period")
"""Kinds of words that say when; a period never says how often."""
BACK = frozenset("it this that them these those".split())
_JOINT = re.compile(r"[;\n]|[,.:!?]\s|\s&\s|\b(?:and|then|also|afterwards)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}")
_CODE = re.compile(r"(?<![^\W\d_])[a-z]{3}$", re.IGNORECASE)
_SUMS = ("amount", "price")
_WITHOUT_JOINTS = ("email", "url", "phone", *_SUMS)
_POINTING = BACK | frozenset("everything all the a an my our your".split())
_FILES = frozenset({"file", "files", "folder", "directory"})
_NO_FILE = re.compile(r"[^\s@/]+@[^\s@/]+\.[^\s@/.]+|www\..+|[-+]?[\d.,:]+", re.IGNORECASE)
"""What has a dot and is an address of mails or of a page, or a number."""


def value_of(text: str, kind: str, schema: Mapping[str, Any], phrase: str) -> Any:
    """What a slot holds; None for what may be more than a value, or something else."""
    said = text.strip()
    if kind == "path" and re.match(r"https?://", said, re.IGNORECASE):
        return None
    if kind == "path" and _NO_FILE.fullmatch(said):
        return None
    if kind == "path" and not (_names_file(phrase) or re.search(r"[./]", said) or re.fullmatch(QUOTED, said)):
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
    if kind in TIMES:
        may_be = is_time(said) and not (kind == "period" and is_recurring(said))
        return said.removeprefix("for ") if may_be else None
    if kind == "hour":
        return f"at {said}"
    if kind == "shell":
        return said if is_command_line(said) else None
    if kind == "sum":
        return said if is_calculation(said) else None
    if re.fullmatch(QUOTED, said):
        return None if kind.startswith("^") else typed(said[1:-1], schema)
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
    return typed(said, schema)


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


def typed(text: str, schema: Mapping[str, Any]) -> Any:
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
