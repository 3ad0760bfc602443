"""Every number, date, mail address and web address of a text, each with its place.

Where people write a thing in ways that mean two things, such as "1.299", there is a reading for each: what a
text can mean is for whoever asked to say, what it cannot mean is not in it. Dates are those that are written
out; "tomorrow" in a text by others is no date. Pure; knows nothing of fields and models.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ...tools.when.calendars import MONTH
from ...tools.when.dates import said_day
from .fields import Kind

_NUMBER = re.compile(
    r"(?P<spaced>(?<!\d)\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+)(?!\d)(?:[.,](?P<part>\d+))?|\d+(?:[.,]\d+)*"
)
_MAGNITUDE = re.compile(r"\s*(thousand|million|billion|trillion)\b", re.IGNORECASE)
_TIMES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LONGEST_NUMBER = 40
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}(?![\w-])")
_URL = re.compile(r"https?://[^\s<>\"'“”‘’`|\\^{}]+", re.IGNORECASE)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    r"(?<![\d./-])(?:\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)"
    rf"|{_DAY}\.?[ -](?:of )?(?:{MONTH})\.?(?:,? \d{{4}}|-\d{{4}})?\b"
    rf"|(?:{MONTH})\.? {_DAY}(?:,? \d{{4}})?\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """``text[start:end]`` can be read as ``value``."""

    start: int
    end: int
    value: Any


def readings(text: str, kind: Kind, today: date) -> Iterator[Reading]:
    """Everything of that kind in the order of the text; nothing for kinds that no form tells apart."""
    match kind:
        case "number":
            yield from _numbers(text)
        case "integer":
            for found in _numbers(text):
                if found.value == found.value.to_integral_value():
                    yield found
        case "date":
            for match in _DATE.finditer(text):
                if (day := said_day(_one_line(match[0]), today, "future")) is not None:
                    yield Reading(match.start(), match.end(), day.isoformat())
        case "email":
            for match in _EMAIL.finditer(text):
                yield Reading(match.start(), match.end(), match[0])
        case "url":
            for match in _URL.finditer(text):
                url = _whole_url(match[0])
                yield Reading(match.start(), match.start() + len(url), url)
        case _:
            return


def _numbers(text: str) -> Iterator[Reading]:
    for match in _NUMBER.finditer(text):
        if len(match[0]) > _LONGEST_NUMBER:
            continue
        spaced, part = match["spaced"], match["part"] or "0"
        found = list(_spaced(spaced, part) if spaced else _marked(match[0]))
        if times := _MAGNITUDE.match(text, match.end()):
            found += [value * _TIMES[times[1].lower()] for value in found]
        for value in found:
            yield Reading(match.start(), match.end(), value)
        if _is_negative(text, match.start()):
            for value in found:
                yield Reading(match.start() - 1, match.end(), -value)


def _spaced(whole: str, part: str) -> Iterator[Decimal]:
    """ "1 299,50": a number, or several that stand side by side."""
    groups = re.findall(r"\d+", whole)
    yield Decimal(f"{''.join(groups)}.{part}")
    yield from map(Decimal, groups)


def _marked(written: str) -> Iterator[Decimal]:
    """What digits with points and commas between them can mean; a version or a list is its parts."""
    groups, marks = re.findall(r"\d+", written), re.findall(r"[.,]", written)
    *whole, last = groups
    if not marks:
        yield Decimal(last)
    elif len(set(marks)) == 1 and _are_thousands(groups):
        if len(marks) == 1:
            yield Decimal(f"{whole[0]}.{last}")
        yield Decimal("".join(groups))
    elif len(marks) == 1 or (len(set(marks[:-1])) == 1 and marks[-1] != marks[0] and _are_thousands(whole)):
        yield Decimal(f"{''.join(whole)}.{last}")
    else:
        yield from map(Decimal, groups)


def _are_thousands(groups: list[str]) -> bool:
    first, *others = groups
    return len(first) <= 3 and not first.startswith("0") and all(len(group) == 3 for group in others)


def _is_negative(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] in "-−" and not (start > 1 and text[start - 2].isalnum())


def _whole_url(written: str) -> str:
    """Without the punctuation of the sentence that it ends."""
    url = written.rstrip(".,;:!?")
    while url.endswith((")", "]")) and url.count("(") + url.count("[") < url.count(")") + url.count("]"):
        url = url[:-1].rstrip(".,;:!?")
    return url


def _one_line(text: str) -> str:
    return " ".join(text.split())
