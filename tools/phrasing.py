"""Turns spoken arithmetic into the notation that `expression` reads.

"17 times 23" becomes "17 * 23", "the square root of 144" becomes "sqrt 144", "add 5 to 8" becomes "8 + 5".
Only rewriting happens here: what is not recognised is left as it is, and the parser says so.
"""

import re

from .wording import digits_for_words, plain

_SYMBOLS = str.maketrans(
    {
        "×": "*", "⋅": "*", "·": "*", "∙": "*", "✕": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-",
        "—": "-", "√": " sqrt ", "π": " pi ", "²": "^2", "³": "^3", "½": "(1/2)", "⅓": "(1/3)", "⅔": "(2/3)",
        "¼": "(1/4)", "¾": "(3/4)", "$": "", "€": "", "£": "", "¥": "", "[": "(",
        "]": ")", "{": "(", "}": ")",
    }
)  # fmt: skip
_OPENINGS = re.compile(
    r"^(?:please |can you |could you |what is|what's|whats|what does|calculate|compute|work out|evaluate|"
    r"solve|find|tell me|how much is|how many is|the result of|result of|the value of|value of|the)\s*(?=\S)"
)
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"\s*\b(?:equals?|is equal to)\s*\??$|\s*=\s*\??$", ""),
    (r"\bper ?cent(?:age)?\b|\bpct\b", "%"),
    (
        r"\b(?:raised )?to the power (?:of )?|\braised to (?:the )?|\bto the (\d+)(?:st|nd|rd|th) power\b",
        r"^\1 ",
    ),
    (r"\s*\bsquared\b", "^2"),
    (r"\s*\bcubed\b", "^3"),
    (r"\b(?:the )?(?:square ?root|sq ?rt|sqrt)(?: of)?\b", "sqrt"),
    (r"\b(?:the )?(?:cube ?root|cubic root)(?: of)?\b", "cbrt"),
    (r"\b(?:the )?absolute value of\b", "abs"),
    (r"\b(?:the )?factorial of\b", "factorial"),
    (r"\s*\bfactorial\b(?!\s*[\d(])", "!"),
    (r"\b(?:the )?natural log(?:arithm)?(?: of)?\b", "ln"),
    (r"\blog(?:arithm)? of\b", "log"),
    (r"\bto the nearest (?:whole number|integer)\b", ""),
    (r"\b(?:a|one|1)?[ -]?half of\b|\bhalf(?= \d)", "(1/2) *"),
    (r"\b(?:a |an )?(\d+)?\s*thirds? of\b", r"(\1/3) *"),
    (r"\b(?:a |an )?(\d+)?\s*(?:quarter|fourth)s? of\b", r"(\1/4) *"),
    (r"\b(?:a |an )?(\d+)?\s*fifths? of\b", r"(\1/5) *"),
    (r"\b(?:a |an )?(\d+)?\s*tenths? of\b", r"(\1/10) *"),
    (r"\(/", "(1/"),
    (r"\b(?:twice|double)\b", "2 *"),
    (r"\b(?:triple|thrice)\b", "3 *"),
    (r"\b(?:a )?dozen\b", "12"),
    (r"(?<=\d) 12\b", " * 12"),
    (r"\bdegrees?\b|\bdeg\b", "°"),
    (r"\b(?:multiplied by|times)\b", "*"),
    (r"\b(?:divided by|over)\b", "/"),
    (r"\b(?:plus|added to)\b", "+"),
    (r"\b(?:minus|less|take away)\b", "-"),
    (r"\bmodulo\b|\bmodulus\b", "mod"),
    (r"(?<=[\d)%!])\s*x\s*(?=[\d(.\-])", " * "),
    (r"\*\*", "^"),
    (r"\b(?:negative|minus) (?=\d)", "-"),
)
_LIST = r"(?:,? and |, ?|,)"
_WHOLE: tuple[tuple[str, str], ...] = (
    (r"(?:what|which) ?% of (.+?) (?:is|are) (.+)", r"{2} / {1} * 100"),
    (r"(.+?) is what ?% of (.+)", r"{1} / {2} * 100"),
    (r"(.+?) (?:as|in) (?:a |an )?% of (.+)", r"{1} / {2} * 100"),
    (r"(.+?%) off (?:of )?(.+)", r"{2} - {1}"),
    (r"(.+?%)(?: tip| tax| vat| discount)? on (.+)", r"{1} of {2}"),
    (r"(?:increase|raise) (.+?) by (.+%)", r"{1} + {2}"),
    (r"(?:decrease|reduce|lower) (.+?) by (.+%)", r"{1} - {2}"),
    (r"add (.+?) to (.+)", r"{2} + {1}"),
    (r"add (.+?)(?:,? and | \+ )(.+)", r"{1} + {2}"),
    (r"subtract (.+?) from (.+)", r"{2} - {1}"),
    (r"multiply (.+?) (?:by|and|with) (.+)", r"{1} * {2}"),
    (r"divide (.+?) by (.+)", r"{1} / {2}"),
    (r"(?:difference (?:between|of)) (.+?) and (.+)", r"{1} - {2}"),
    (r"quotient of (.+?) and (.+)", r"{1} / {2}"),
    (r"ratio of (.+?) (?:to|and) (.+)", r"{1} / {2}"),
    (r"remainder (?:of|when) (.+?) (?:/|is /|and|by) (.+)", r"{1} mod {2}"),
    (r"square of (.+)", r"{1}^2"),
    (r"cube of (.+)", r"{1}^3"),
    (r"(.+?) rounded up", r"ceil({1})"),
    (r"(.+?) rounded down", r"floor({1})"),
    (r"(.+?) rounded", r"round({1})"),
)
_SIMPLE = re.compile(r"[\d.,]+ ?%?")
_FOLDS = {"sum": "+", "total": "+", "product": "*"}
_GATHERED = {"average": "avg", "mean": "avg", "maximum": "max", "largest": "max", "minimum": "min",
             "smallest": "min", "max": "max", "min": "min", "gcd": "gcd", "lcm": "lcm"}  # fmt: skip


def as_notation(text: str) -> str:
    """Rewrite a person's wording as far as it is recognised."""
    words = plain(text.translate(_SYMBOLS), final="?.; ")
    while (shorter := _OPENINGS.sub("", words)) != words:
        words = shorter
    words = digits_for_words(words)
    words = re.sub(r"(?<![\d.,])\d{1,3}(?:[ _']\d{3})+(?![\d.,])", lambda m: re.sub(r"\D", "", m[0]), words)
    for pattern, replacement in _PHRASES:
        words = re.sub(pattern, replacement, words)
    words = re.sub(r"\s+", " ", words).strip()
    return _whole(words)


def _whole(words: str) -> str:
    """Forms that order the sentence as a whole, such as "subtract 3 from 10"."""
    if match := re.fullmatch(rf"({'|'.join(_FOLDS)}) (?:of )?(.+?{_LIST}.+)", words):
        return f" {_FOLDS[match[1]]} ".join(re.split(_LIST, match[2]))
    if match := re.fullmatch(rf"({'|'.join(_GATHERED)}) (?:of |between )?(.+?{_LIST}.+)", words):
        return f"{_GATHERED[match[1]]}({', '.join(re.split(_LIST, match[2]))})"
    for pattern, replacement in _WHOLE:
        if match := re.fullmatch(pattern, words):
            operands = [part if _SIMPLE.fullmatch(part) else f"({part})" for part in match.groups()]
            return replacement.format("", *operands)
    return words
