"""Turns spoken arithmetic into the notation that `expression` reads.

"add 5 to 8" becomes "8 + 5", "15% off 80" becomes "80 - 15%", "the sum of 4, 5 and 6" becomes "4 + 5 + 6":
forms that order a sentence as a whole are turned around here, after `signs` has replaced words by signs. Only
rewriting happens: what is not recognised is left as it is, and the parser says so.
"""

import re

from ..text.wording import plain
from .signs import CHARGES, LISTS, REBATES, signs_for_words

_OPENINGS = re.compile(
    r"^(?:please |can you |could you |what is|what's|whats|what does|calculate|compute|work out|evaluate|"
    r"solve|find|tell me|give me|how much is|how many is|the result of|result of|the value of|value of|the)"
    r"\s*(?=\S)"
)
_LONGEST_SENTENCE = 500  # longer ones are refused by the parser
_DEEPEST = 4

_TURNED: tuple[tuple[str, str], ...] = (
    (r"(?:what|which) ?% of (.+?) (?:is|are) (.+)", "{2} / {1} * 100"),
    (r"(.+?) is what ?% of (.+)", "{1} / {2} * 100"),
    (r"(.+?) (?:as|in) (?:an? )?% of (.+)", "{1} / {2} * 100"),
    (r"(.+?) (?:as|in) (?:an? )?%", "{1} * 100"),
    (r"(.+?%) off (?:of )?(.+)", "{2} - {1}"),
    (rf"(.+?) (?:with|at|after) (.+?%) (?:{REBATES})", "{1} - {2}"),
    (rf"(.+?) (?:with|including|after) (.+?%) (?:{CHARGES})", "{1} + {2}"),
    (rf"(.+?%)(?: (?:{CHARGES}|{REBATES}))? on (.+)", "{1} of {2}"),
    (r"(?:increase|raise) (.+?) by (.+)", "{1} + {2}"),
    (r"(?:decrease|reduce|lower) (.+?) by (.+)", "{1} - {2}"),
    (r"(.+?) (?:increased|raised|marked up) by (.+)", "{1} + {2}"),
    (r"(.+?) (?:decreased|reduced|lowered|discounted|cut) by (.+)", "{1} - {2}"),
    (r"add (.+?) to (.+)", "{2} + {1}"),
    (r"(?:subtract|deduct|take(?: away)?) (.+?)(?: away)? from (.+)", "{2} - {1}"),
    (r"(.+?) (?:subtracted|deducted|taken(?: away)?) from (.+)", "{2} - {1}"),
    (r"multiply (.+?) (?:by|with) (.+)", "{1} * {2}"),
    (r"divide (.+?) by (.+)", "{1} / {2}"),
    (r"how many \* (?:does |do |will )?(.+?) goe?s? into (.+)", "{2} / {1}"),
    (r"difference (?:between|of) (.+?) and (.+)", "{1} - {2}"),
    (r"quotient of (.+?) and (.+)", "{1} / {2}"),
    (r"ratio of (.+?) (?:to|and) (.+)", "{1} / {2}"),
    (r"remainder (?:of|when) (.+?) (?:/|is /|and|by) (.+)", "{1} mod {2}"),
    (r"log (.+?),? (?:to |with |in )?base (\d+)", "log({1}, {2})"),
    (r"square (?:of )?(.+)", "{1}^2"),
    (r"cube (?:of )?(.+)", "{1}^3"),
    (r"(.+?) rounded(?: off)? to (\d+) (?:decimals?|decimal places?|places?|digits?)", "round({1}, {2})"),
    (r"(.+?) (?:rounded (?:off )?)?to nearest (\d+)", "round({1} / {2}) * {2}"),
    (r"(.+?) rounded up", "ceil({1})"),
    (r"(.+?) rounded down", "floor({1})"),
    (r"(.+?) rounded", "round({1})"),
    (r"([\d.,]+) by ([\d.,]+)", "{1} * {2}"),
)
_JOINED: tuple[tuple[str, str], ...] = (
    (r"(?:sum|total|add|add up|sum up)(?: of)? (?P<list>.+?)(?: together| up)?", "+"),
    (r"(?P<list>.+) (?:added|summed)(?: together| up)?", "+"),
    (r"(?:product|multiply)(?: of)? (?P<list>.+?)(?: together)?", "*"),
    (r"(?P<list>.+) multiplied(?: together)?", "*"),
)
_GATHERED: tuple[tuple[str, str], ...] = (
    ("average|mean", "avg"),
    ("median", "median"),
    ("max|maximum|largest|biggest|greatest|highest", "max"),
    ("min|minimum|smallest|lowest", "min"),
    ("gcd|hcf|greatest common divisor|greatest common factor|highest common factor", "gcd"),
    ("lcm|least common multiple|lowest common multiple", "lcm"),
)
_SIMPLE = re.compile(r"[\d.,]+ ?%?|\([^()]*\)")
_NUMBER = r"(?:-?[\d.,]*\d(?:/\d+)?|\([^()]*\))"
_INNER_LIST = re.compile(
    rf"(?<![\d)] )\b(?:{LISTS}) {_NUMBER}(?:(?:,? and |, ){_NUMBER})+(?![\d.]| ?[\^!%°])"
)


def as_notation(text: str) -> str:
    """Rewrite a person's wording as far as it is recognised."""
    words = plain(text, final="?.; ")
    while (shorter := _OPENINGS.sub("", words)) != words:
        words = shorter
    words = signs_for_words(words.removesuffix(" please"))
    if len(words) > _LONGEST_SENTENCE:
        return words
    while (lists := list(_INNER_LIST.finditer(words))) and lists[-1][0] != words:
        inner = lists[-1]  # "3 times the sum of 4 and 5"; the last one holds no other
        words = f"{words[: inner.start()]}({_turned(inner[0], 0)}){words[inner.end() :]}"
    return _turned(words, 0)


def _turned(words: str, depth: int) -> str:
    """Put the operands of a whole sentence where its notation has them; operands may be sentences, too."""
    if depth > _DEEPEST:
        return words
    first, *steps = re.split(r",? (?:and )?then (?=[-+*/^])", words)
    if steps:  # each step takes all that was before it
        result = _turned(first, depth + 1)
        for step in steps:
            result = f"({result}) {step}"
        return result
    for pattern, notation in _TURNED:
        if match := re.fullmatch(pattern, words):
            return _bare(notation.format("", *(_operand(part, depth) for part in match.groups())))
    for pattern, sign in _JOINED:
        if (match := re.fullmatch(pattern, words)) and (items := _items(match["list"])):
            return f" {sign} ".join(_operand(item, depth) for item in items)
    for names, function in _GATHERED:
        match = re.fullmatch(rf"(?:{names})(?: of| between)? (.+)", words)
        if match and (items := _items(match[1])):
            return _bare(f"{function}({', '.join(_operand(item, depth) for item in items)})")
    return words


def _bare(notation: str) -> str:
    """Without the parentheses that a function's values do not need: round((7 / 3), 2)."""
    return re.sub(r"(?<=[a-z]\()\(([^()]*)\)(?=[,)])", r"\1", notation)


def _operand(words: str, depth: int) -> str:
    return words if _SIMPLE.fullmatch(words) else f"({_turned(words, depth + 1)})"


def _items(words: str) -> list[str]:
    """The items of a list; where other signs separate them, a comma without a space is a decimal one."""
    items = re.split(r",? and |, ", words)
    items = words.split(",") if len(items) == 1 else [re.sub(r"(?<=\d),(?=\d)", ".", item) for item in items]
    return items if len(items) > 1 and all(item.strip() for item in items) else []
