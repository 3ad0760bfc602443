"""Where in a request the values of a step stand: which of its words the step is made of.

Numbers are found however they are written, words only as whole ones. Pure.
"""

import re
from collections.abc import Iterator
from typing import Any

from ..plan import Step
from ..planning.arguments import parts_of

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
Span = tuple[int, int]


def places_of(request: str, step: Step) -> Iterator[Span]:
    """Where the values of a step stand in a request."""
    for value in values_of(step):
        yield from places_of_value(request, value)


def values_of(step: Step) -> Iterator[Any]:
    """The plain values of a step's arguments, those of lists one by one."""
    for argument in step.args.values():
        if not any(parts_of(argument)):
            yield from argument if isinstance(argument, list) else [argument]


def places_of_value(request: str, value: Any) -> Iterator[Span]:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        numbers = ((match, match[0].replace(",", "")) for match in _NUMBER.finditer(request))
        yield from (match.span() for match, digits in numbers if float(digits) == value)
    elif words := str(value).strip():
        yield from (match.span() for match in re.finditer(_whole(words), request, re.IGNORECASE))


def _whole(words: str) -> str:
    """Words that begin and end where words do."""
    before, after = (r"\b" if words[place].isalnum() else "" for place in (0, -1))
    return before + re.escape(words) + after
