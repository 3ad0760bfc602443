"""Where in a request a value of a certain shape can stand: moments, sums, addresses, files.

A model that may look for a date only among words that dates are made of does not take half a sentence for
one. A shape is a hint, not a parser: where no word of a request has it, anything goes, because people say
"when I get home". Pure functions; which argument has which shape is said by the checkpoint or by the tool's
schema.
"""

import re
from collections.abc import Callable, Mapping, Sequence

_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?|[^\w\s]|\s+|_")

# Words that make a run of text a moment, and words that may stand between them.
_MOMENT = frozenset(
    """
    january february march april may june july august september october november december jan feb mar
    apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon
    tue tues wed weds thu thur thurs fri sat sun mondays tuesdays wednesdays thursdays fridays saturdays
    sundays today tonight tomorrow tmrw tmr tomorow yesterday noon midday midnight morning mornings
    afternoon evening night lunch lunchtime breakfast dinner dinnertime bedtime dawn dusk sunrise sunset
    day days daytime week weeks weekend weekday month months year years quarter quarters hour hours hr
    hrs minute minutes min mins second seconds sec secs fortnight decade century spring summer autumn
    fall winter christmas xmas easter halloween thanksgiving hanukkah diwali ramadan carnival pentecost
    birthday anniversary valentine valentine's valentines eve yesterday's today's tomorrow's q1 q2 q3 q4
    h1 h2 am pm oclock o'clock now soon later ago holidays semester eod eow eom cob yday ystrday
    yesterdays weekly monthly
    """.split()
)
_NUMBER = frozenset(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand million dozen half quarter third first fourth fifth sixth seventh eighth ninth tenth
    eleventh twelfth thirteenth fourteenth fifteenth twentieth thirtieth couple few
    """.split()
)
_BETWEEN = frozenset(
    """
    the of a an on at in by to till until til before after from since for next last this that coming
    past previous current within during around about end ends start beginning middle mid early late and
    or so far new year's my our all time ever st nd rd th then over up due every whole entire first good
    between through these those it's easter's sharp exactly shortly thing latest just back other earlier
    later work home way school financial tax calendar date moment least roughly approximately only
    """.split()
)
_SUM = frozenset(
    """
    plus minus times divided multiplied over by percent per cent of square squared root cube cubed power
    sum product difference half third quarter quarters thirds double triple twice mod modulo remainder
    raised negative point and the to a an from off add added subtract subtracted less sqrt log ln sin
    cos tan exp pi x factorial when is between average mean ratio dozen gross more than out with fifths
    fifth tenth sixths eighths tip tax vat discount reduced increased total natural absolute value e how
    much result remaining interest
    """.split()
)
_SUM_STRONG = frozenset("pi half third quarter dozen".split())


def _moment(word: str) -> int:
    if word in _MOMENT or re.fullmatch(r"\d+\w*", word):
        return 2
    if word in _NUMBER:
        return 2
    return int(word in _BETWEEN or bool(re.fullmatch(r"[-/.:,'’&+]|\s+", word)))


def _sum(word: str) -> int:
    if re.fullmatch(r"\d+\w*", word) or word in _NUMBER or word in _SUM_STRONG:
        return 2
    return int(word in _SUM or bool(re.fullmatch(r"[-+*/^()!%.,=×÷·−√π$€£]|\s+", word)))


_WORDS: Mapping[str, Callable[[str], int]] = {"moment": _moment, "sum": _sum}
_ADDRESS = re.compile(r"\S*[^\W\d_][\w-]*(?:\.[\w-]+)+\S*|\w+://\S+|localhost\S*")
_FILE = re.compile(r"(?:~|\.{1,2})?/[\w./-]*[\w/]|[\w-]+(?:[./][\w-]+)*(?:\.[^\W\d_]\w{0,4}\b|/)")


def regions(request: str, shape: str) -> Sequence[str]:
    """The stretches of ``request`` where a value of ``shape`` can stand; else the whole of it."""
    if shape == "address":
        found = [match.group().strip("\"'`<>()[],;!?") for match in _ADDRESS.finditer(request)]
    elif shape == "file":
        found = [match.group() for match in _FILE.finditer(request)]
    elif shape in _WORDS:
        found = _runs(request, _WORDS[shape])
    else:
        found = []
    return found or [request]


def _runs(request: str, strength: Callable[[str], int]) -> list[str]:
    """Maximal runs of fitting words that hold at least one strong one."""
    runs: list[str] = []
    run, strong = "", False
    for word in [*_WORD.findall(request), None]:
        fits = strength(word.lower()) if word is not None else 0
        if fits:
            run += word or ""
            strong = strong or fits == 2
            continue
        if strong:
            runs.append(run.strip())
        run, strong = "", False
    return runs
