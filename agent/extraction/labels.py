"""Finds values in a text by rule, for models that cannot read one.

A value is taken where the text itself says that it is the one: "Price: 49.90", "| Price | 49.90 |", "Price"
above "49.90", or where there is only one of its kind. Where several could be meant nothing is taken: a rule
that guesses is worse than none. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from ..permission.spans import content_words
from .fields import MOST_VALUES, Field
from .readings import readings

_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_UNIQUE = frozenset({"date", "email", "url"})
"""Kinds of which a text that has one only can hardly mean another."""
_AFTER_LABEL = re.compile(r"^[\s:=|*_–-]*(?P<value>[^|\n]*?)[\s|*_]*$")
_LONGEST_LABEL = 60


def find_all(text: str, fields: Iterable[Field], today: date) -> dict[str, Any]:
    """For each field what the rules find."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return {field.name: _found(lines, text, field, today) for field in fields}


def _found(lines: Sequence[str], text: str, field: Field, today: date) -> Any:
    if field.choices:
        named = [one for one in field.choices if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.I)]
        return named if field.many else _only(named)
    values = list(dict.fromkeys(_labelled(lines, field, today)))
    if not values and field.kind in _UNIQUE:
        values = list(dict.fromkeys(one.value for one in readings(text, field.kind, today)))
    return [_plain(one) for one in values[:MOST_VALUES]] if field.many else _plain(_only(values))


def _labelled(lines: Sequence[str], field: Field, today: date) -> Iterator[Any]:
    """The values that stand behind the name of the field, in its line or the next."""
    names = [content_words(field.name.replace("_", " ")), content_words(field.description)]
    wanted = [words for words in names if words]
    for number, line in enumerate(lines):
        for end in _ends_of_label(line, wanted):
            rest = line[end:]
            if not rest.strip(" :=|*_–-"):
                rest = lines[number + 1] if number + 1 < len(lines) else ""
            value = _first(rest, field, today)
            if value is not None:
                yield value
            break


def _ends_of_label(line: str, wanted: Sequence[set[str]]) -> Iterator[int]:
    """Where a label ends that has all the words of a name: the first place in the line."""
    ends = [match.end() for match in re.finditer(r"\w+", line[:_LONGEST_LABEL])]
    for end in ends:
        if any(words <= content_words(line[:end]) for words in wanted):
            yield end


def _first(rest: str, field: Field, today: date) -> Any:
    """The value right behind a label; of a number that can be read in two ways, none."""
    if field.kind in ("string", "boolean"):
        match = _AFTER_LABEL.match(rest)
        said = match["value"] if match else ""
        return (said or None) if field.kind == "string" else _YES_NO.get(said.casefold().rstrip(".!"))
    found = list(readings(rest, field.kind, today))
    nearest = [one for one in found if one.end == found[0].end]
    widest = [one.value for one in nearest if one.start == min(other.start for other in nearest)]
    return _only(list(dict.fromkeys(widest)))


def _only(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else None


def _plain(value: Any) -> Any:
    """A number as JSON has it."""
    if hasattr(value, "to_integral_value"):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
