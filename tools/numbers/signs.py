"""Turns words that stand where a sign would stand into that sign.

"7 times 8" becomes "7 * 8", "the fourth root of 16" becomes "root4 16", "two and a half" becomes "(2 + 1/2)".

Words are replaced in place, one row of the table after the other. Sentences that have to be turned around are
the work of `phrasing`, and what the signs mean is that of `expression`.
"""

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

from .words import ORDINALS, digits_for_words

Replacement = str | Callable[[re.Match[str]], str]

CHARGES = "(?:sales )?tax|vat|gst|tip|gratuity|service(?: charge)?|surcharge|interest|markup|commission|fee"
REBATES = "off|discount|rebate|reduction"

LISTS = (
    "(?:sum|total|product|difference|quotient|ratio|average|mean|median|max|maximum|largest|biggest|greatest|highest|"
    "min|minimum|smallest|lowest|gcd|hcf|lcm|greatest common divisor|greatest common factor|"
    "highest common factor|least common multiple|lowest common multiple) (?:of|between)"
)

_TYPED = str.maketrans(
    {
        "×": "*", "⋅": "*", "·": "*", "∙": "*", "✕": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-",
        "—": "-", "√": " sqrt ", "π": " pi ", "²": "^2", "³": "^3", "$": "", "€": "", "£": "", "¥": "",
        "[": "(", "]": ")", "{": "(", "}": ")",
    }
)  # fmt: skip
_VULGAR = re.compile(r"(?:(\d+) ?)?([¼-¾⅐-⅞])")
_GROUPED_BY_SPACES = re.compile(r"(?<![\d.,])\d{1,3}(?:[ _']\d{3})+(?![\d.,])")
_GROUPED_BY_COMMAS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d|,\d)")
_COMMAS_SEPARATE = re.compile(
    rf"[a-z]\d* ?\(|^(?!.*(?:, | and )).*\b(?:{LISTS}) "
)  # max(1,200), sum of 1,200

_SHARES = {"half": 2, "halve": 2, "quarter": 4, "hundredth": 100, "thousandth": 1_000, "millionth": 10**6} | {
    name: number for name, number in ORDINALS.items() if number > 2
}
_SHARE = rf"(?P<share>(?:{'|'.join(_SHARES)}|\d+th|\d*3rd)s?)\b"
_COUNT = r"(?:(?P<count>\d+(?:\.\d+)?|an?)[ -])"
_ALONE = r"(?<![\d)%] )(?<![.,^])\b"
_NTH = rf"(?P<nth>{'|'.join(ORDINALS)}|\d+(?:st|nd|rd|th))\b"
_NUMBER = r"\d+(?:[.,]\d+)*"
_AFTER_NUMBER = r"(?<=[\d)%!°] )"
_LISTED = rf"(?P<listed>\b(?:{LISTS}) )?(?<![\d.,/^])"
_SIGNED = r"(?:minus |negative |-)?\d+(?!\d|st|nd|rd|th)"


def signs_for_words(text: str) -> str:
    """Replace every word that has a sign; expects plain lower-case text."""
    words = _VULGAR.sub(_vulgar, text).translate(_TYPED)
    words = digits_for_words(words)
    words = _GROUPED_BY_SPACES.sub(_digits, words)
    if not _COMMAS_SEPARATE.search(words):
        words = _GROUPED_BY_COMMAS.sub(_digits, words)
    for pattern, replacement in _ROWS:
        words = pattern.sub(replacement, words)
    return re.sub(r"\s+", " ", words).strip()


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[0])


def _number_of(name: str) -> int:
    """8 for "eighth", "eighths" or "8th", 2 for "halves"."""
    digits = re.match(r"\d+", name)
    if digits:
        return int(digits[0])
    singular = name.removesuffix("s")
    return _SHARES.get(singular) or ORDINALS[singular]


def _vulgar(match: re.Match[str]) -> str:
    share = Fraction(unicodedata.numeric(match[2])).limit_denominator(10)
    return f"({match[1]} + {share})" if match[1] else f"({share})"


def _part(match: re.Match[str]) -> str:
    """ "an eighth": 1/8."""
    count = match["count"]
    return f"{1 if count in (None, 'a', 'an') else count}/{_number_of(match['share'])}"


def _mixed(match: re.Match[str]) -> str:
    """ "2 and a half" is one number, but two in "the sum of 2 and a half"."""
    return match[0] if match["listed"] else f"({match['whole']} + {_part(match)})"


def _mixed_digits(match: re.Match[str]) -> str:
    """ "2 1/2" is two and a half; "2 7/2" is nothing that people write."""
    proper = int(match["top"]) < int(match["bottom"]) and not match["listed"]
    return f"({match['whole']} + {match['top']}/{match['bottom']})" if proper else match[0]


_NUMBERS_AND_POWERS: tuple[tuple[str, Replacement], ...] = (
    (r"\s*\b(?:equals?|is equal to)$|\s*=\s*$", ""),
    (r"\bper ?cent(?:age)?\b|\bpct\b", "%"),
    (r"\bdegrees?\b|\bdeg\b", "°"),
    (r"(?<=\d) point (?=\d)", "."),
    (rf"\b(?:raised )?to the (?:power (?:of )?)?(?={_SIGNED})", "^ "),
    (rf"\b(?:raised )?to the {_NTH}(?: power\b)?", lambda match: f"^{_number_of(match['nth'])}"),
    (r"\braised to (?:the )?(?:power (?:of )?)?|\bto the power (?:of )?", "^ "),
    (r"\bthe\b ?", ""),
    (r"\s*\bsquared\b", "^2"),
    (r"\s*\bcubed\b", "^3"),
)
_ROOTS_AND_FUNCTIONS: tuple[tuple[str, Replacement], ...] = (
    (r"\b(?:cube ?|cubic |third |3rd )root(?: of)?\b", "cbrt"),
    (r"\b(?:square ?|sq ?|second |2nd )r(?:oo)?t(?: of)?\b", "sqrt"),
    (rf"\b{_NTH} root(?: of)?\b", lambda match: f"root{_number_of(match['nth'])}"),
    (r"\broot (?:of )?(?=[\d(.])", "sqrt "),
    (r"\babsolute value of\b", "abs"),
    (r"\bfactorial of\b", "factorial"),
    (r"\s*\bfactorial\b(?!\s*[\d(])", "!"),
    (r"\b(?:arc ?|inverse )(sin|cos|tan)(?:e|gent)?\b", r"a\1"),
    (r"\bcosine\b", "cos"),
    (r"\bsine\b", "sin"),
    (r"\btangent\b", "tan"),
    (r"\b(?:natural log(?:arithm)?|log(?:arithm)?,? (?:to |with )?base e)(?: of)?\b", "ln"),
    (r"\blog(?:arithm)?,? (?:to |with )?base (\d+)(?: of)?\b", r"log\1"),
    (r"\blogarithm\b", "log"),
    (r"\b(log\d*|ln|a?sin|a?cos|a?tan|sqrt|cbrt|root\d+) of\b", r"\1"),
    (r"\b(?:rounded )?to nearest (?:whole number|integer)\b", "rounded"),
)
_PARTS_AND_MULTIPLES: tuple[tuple[str, Replacement], ...] = (
    (r"\ban? dozen\b", "12"),
    (rf"{_LISTED}(?P<whole>\d+) and {_COUNT}?{_SHARE}(?! of\b)", _mixed),
    (rf"{_LISTED}(?P<whole>\d+) (?:and )?(?P<top>\d{{1,2}})/(?P<bottom>\d{{1,2}})\b", _mixed_digits),
    (r"\b(\d+)/(\d+)(?:th|rd)s?\b", r"\1/\2"),
    (
        rf"{_ALONE}{_COUNT}?{_SHARE}(?: of\b(?: an?\b)?|(?:(?<=half)|(?<=quarter)) (?=[\d(]))",
        lambda found: f"({_part(found)}) * ",
    ),
    (rf"{_ALONE}{_COUNT}{_SHARE}", lambda found: f"({_part(found)})"),
    (r"\b(?:twice|double)\b", "2 *"),
    (r"\b(?:triple|thrice)\b", "3 *"),
    (r"\bquadruple\b", "4 *"),
    (r"\bdoubled\b", "* 2"),
    (r"\btripled\b", "* 3"),
    (r"\bhalved\b", "/ 2"),
    (r"\ban? (?=\d)", ""),
)
_OPERATORS: tuple[tuple[str, Replacement], ...] = (
    (rf"\b(?:multiplied|multiply(?: it| that)?) (?:by|with)\b|\btimes\b|{_AFTER_NUMBER}multiply\b", "*"),
    (rf"\b(?:divided|divide(?: it| that)?) by\b|\bover\b|\bout of\b|{_AFTER_NUMBER}divide\b", "/"),
    (rf"\bplus\b|\badded to\b|{_AFTER_NUMBER}add\b|(?<=\bthen )add\b", "+"),
    (rf"\b(?:minus|less|take away|without)\b|{_AFTER_NUMBER}subtract\b|(?<=\bthen )subtract\b", "-"),
    (r"(?<=\d)(?: : ?| ?: |(?<=\d\d\d):|:(?![0-5]\d\b))(?=\d)", " / "),  # but 12:30 is a time of day
    (r"\bmodulo\b|\bmodulus\b", "mod"),
    (r"(?<=[\d)%!])\s*x\s*(?=[\d(.\-])", " * "),
    (r"\*\*", "^"),
    (r"\bnegative (?=\d)", "-"),
    (r"\band (?=[-+*/] )", ""),
    (rf"({_NUMBER}|\([^()]*\)) ?([-+*/^]) ?itself\b", r"\1 \2 \1"),
    (rf"([-+] ?{_NUMBER} ?%) (?:{CHARGES}|{REBATES})\b(?! (?:on|of)\b)", r"\1"),
)
_ROWS = tuple(
    (re.compile(pattern), replacement)
    for table in (_NUMBERS_AND_POWERS, _ROOTS_AND_FUNCTIONS, _PARTS_AND_MULTIPLES, _OPERATORS)
    for pattern, replacement in table
)
