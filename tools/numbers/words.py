"""Numbers and ordinals in English words, and the digits for them.

Kept apart from the tools so that "twenty-one" and "a hundred and five" mean the same everywhere.
"""

import re

_ONES: dict[str, int] = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_TENS: dict[str, int] = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NUMBER_WORDS = {*_ONES, *_TENS, *_SCALES}
_WORD = re.compile(r"[a-z]+|[^a-z]+")
_ARTICLE_OF_SCALE = re.compile(rf"\ban? (?=(?:{'|'.join(_SCALES)})\b)")
ORDINALS: dict[str, int] = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
} | {"thirtieth": 30}


def digits_for_words(text: str) -> str:
    """Replace number words by digits: "two hundred and five" by "205", "a hundred" by "100".

    Expects lower case.
    """
    tokens = _WORD.findall(_ARTICLE_OF_SCALE.sub("", text))
    result: list[str] = []
    position = 0
    while position < len(tokens):
        is_scale_of_digits = tokens[position] in _SCALES and re.search(r"\d[ -]?$", "".join(result[-1:]))
        if tokens[position] in _NUMBER_WORDS and not is_scale_of_digits:
            value, position = _read_number(tokens, position)
            result.append(value)
        else:
            result.append(tokens[position])
            position += 1
    return "".join(result)


def numbered_ordinals(text: str) -> str:
    """Replace ordinals of two words by "21th": "first" alone may be no number, as in "first thing"."""
    pattern = r"\b(twenty|thirty)[- ](" + "|".join(ORDINALS) + r")\b"
    return re.sub(pattern, lambda m: f"{_TENS[m[1]] + ORDINALS[m[2]]}th", text)


def digits_for_ordinals(text: str) -> str:
    """Replace ordinals by plain numbers: "the 15th" by "the 15", "twenty-first" by "21"."""
    text = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", numbered_ordinals(text))
    return re.sub(r"\b(" + "|".join(ORDINALS) + r")\b", lambda m: str(ORDINALS[m[1]]), text)


def _read_number(tokens: list[str], position: int) -> tuple[str, int]:
    """Read the longest number at a position; returns its digits and the position after it."""
    total, current = 0, None
    end = position
    while position < len(tokens):
        word = tokens[position]
        joined = _joined(word, total, current)
        if joined is None:
            break
        total, current = joined
        end = position + 1
        position = _next_word(tokens, end, grown=total > 0 or (current or 0) >= 100)
    digits = str(total + (current or 0))
    if tokens[end : end + 3] == [" ", "point", " "]:
        decimals, after = "", end + 3
        while after < len(tokens) and tokens[after] in _ONES and _ONES[tokens[after]] < 10:
            decimals += str(_ONES[tokens[after]])
            end, after = after + 1, after + 2
        digits += f".{decimals}" if decimals else ""
    return digits, end


def _joined(word: str, total: int, current: int | None) -> tuple[int, int | None] | None:
    """Add one more word to a number, or None when it does not belong to it ("five six")."""
    if word in _SCALES:
        scale = _SCALES[word]
        if scale == 100:
            return (total, (current or 1) * 100) if (current or 1) < 100 else None
        return total + (current or 1) * scale, None
    value = _ONES.get(word, _TENS.get(word))
    if value is None:
        return None
    if current is None:
        return total, value
    fits_tens = current % 100 >= 20 and current % 10 == 0 and 0 < value < 10
    fits_hundreds = current >= 100 and current % 100 == 0
    return (total, current + value) if fits_tens or fits_hundreds else None


def _next_word(tokens: list[str], end: int, grown: bool) -> int:
    """The position of the next number word, past a space, a hyphen or (after hundreds) an "and"."""
    if tokens[end : end + 1] not in ([" "], ["-"]):
        return len(tokens)
    if grown and tokens[end + 1 : end + 3] == ["and", " "]:
        return end + 3
    return end + 1
