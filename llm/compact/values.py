"""Which values a request can mean: spans of its text, and the numbers that differ from what was typed.

A model that may only write one of these cannot misspell a name or invent a number. Pure functions over the
request.
"""

import re
from collections.abc import Iterator

_CHUNK = re.compile(r"\d+|[^\W\d_]+|_|\s|[^\w\s]")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_COMMA_DECIMAL = re.compile(r"(?<![\d,.])(\d+),(\d{1,2})(?!\d|[,.]\d)")
_THOUSANDS = re.compile(r"(\d+(?:\.\d+)?)k\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?<![\w.])-\d")
_JOINT_BEHIND = re.compile(r"[\s,;]+(?:and|then|also|&)$", re.IGNORECASE)
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: number for number, word in enumerate(_UNITS)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
_PERIODS = {"week": 7, "weeks": 7, "fortnight": 14}


def chunks(request: str) -> list[str]:
    """``request`` cut where a value may begin or end; joined again they are the request."""
    return _CHUNK.findall(request)


def trimmed(value: str) -> str:
    """A stretch of a request without the joints that it was cut at: ``milk, and`` means ``milk``."""
    return _JOINT_BEHIND.sub("", value.strip(" \t\r\n,;"))


def _spelled(words: list[str]) -> Iterator[int]:
    """Numbers written as words, with ``twenty five`` and ``a dozen``."""
    for index, word in enumerate(words):
        if word in _WORDS:
            yield _WORDS[word]
            following = _WORDS.get(words[index + 1], 0) if index + 1 < len(words) else 0
            if word in _TENS and 0 < following < 10:
                yield _WORDS[word] + following
        elif word == "dozen":
            yield 12
        elif word in ("a", "an", "one") and index + 1 < len(words) and words[index + 1] in _PERIODS:
            yield 1


def numbers(request: str, whole: bool) -> list[str]:
    """Numbers that ``request`` can mean, as an argument writes them; ``whole`` leaves out fractions.

    ``1,200`` gives 1200, ``41,50`` also 41.50, ``5k`` 5000, ``three weeks`` 3 and 21. A whole number may
    count backwards too, as in ``10 days ago``.
    """
    found = [match.group().replace(",", "") for match in _NUMBER.finditer(request)]
    found += [f"{match.group(1)}.{match.group(2)}" for match in _COMMA_DECIMAL.finditer(request)]
    found += [f"{float(match.group(1)) * 1000:g}" for match in _THOUSANDS.finditer(request)]
    words = re.findall(r"[a-z]+", request.lower())
    found += [str(number) for number in _spelled(words)]
    for period in sorted(_PERIODS.keys() & set(words)):
        found += [str(int(number) * _PERIODS[period]) for number in found if number.isdigit()]
    if whole:
        found = [number for number in found if "." not in number]
    if whole or _NEGATIVE.search(request):
        found += [f"-{number}" for number in found]
    return list(dict.fromkeys(found))
