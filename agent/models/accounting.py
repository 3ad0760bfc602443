"""Which things that a request asks for no step of its plan accounts for.

A small model ends its plan early at times, or lets a value run on into the next request. So each stretch of a
request that begins as what asks for something does has to have a step: one with a value from it, or one that
needs no value from anybody. What people explain beside it asks for nothing. Pure; reading what is left over,
and saying what nobody could read, is for the caller.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..model import ToolView
from ..permission.spans import content_words
from ..plan import Step
from ..planning.arguments import questions_in
from ..planning.clauses import Clause, clauses, writes_down
from ..planning.words import asked_terms, terms
from .listing import words_of
from .value_places import Span, places_of, places_of_value, values_of

_OWN = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
_POINTS = re.compile(
    r"(?<!day is )(?<!date is )(?<!time is )\bit\b|"
    r"\b(?:this|that|these|those)\b(?!\s+(?:\w+\s+)?(?:month|week|year|day|morning|afternoon|evening|weekend)s?\b)|"
    r"\b(?:its|it['’]s|them|there|he|his|him|she|her|they|their|comes|everything|all|both|results?|answer|output|"
    r"outcome|done|finished|ready|rest|know)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(r"(?:tell|show|give|let|say|inform|update|keep|get|read out)\b", re.IGNORECASE)
"""How people ask for the answer that they get anyway: "and tell me what it says"."""
_QUESTION = re.compile(r"(?:what|whats|which|who|whos|when|where|why|how)\b", re.IGNORECASE)
_SLIGHT = re.compile(
    r"(?:have|has|is|are|am|do|does|did|can|could|will|would|should|any|anything|work|make|take|keep|get|let|look(?!\s+up)|go|"
    r"bring|enter|drop)\b",
    re.IGNORECASE,
)
"""Words that begin so much else that they have to come with something of the user's."""
_LEADS_TO = re.compile(r"(?:look|go|check|see|search|open|take|have)\b", re.IGNORECASE)
"""How people begin with where to look: "look through my files and find tea"."""
_SAYS_NOTHING = frozenset(
    "tell show give get let me my the please what whats which how is are do does i you look go check see "
    "through into over all open take have".split()
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a clause that begins as a request does to the next one that does.

    Attributes:
        opens: whether it begins as a request does; only the first one may not.
        held: whether a value of a step runs on into it from what stands before it.
    """

    text: str
    start: int
    end: int
    opens: bool
    held: bool = False

    def has(self, span: tuple[int, int]) -> bool:
        """Whether a span of the request begins in it."""
        return self.start <= span[0] < self.end


def unaccounted(request: str, steps: Sequence[Step], tools: Mapping[str, ToolView]) -> list[Stretch]:
    """The stretches that no step accounts for, in their order; none where there are no steps."""
    asked = _stretches(request)
    if not steps or not asked:
        return []
    spans, homes = _at_home(request, steps, asked)
    everywhere = [span for one in spans for span in one]
    begun = [one for one in asked if one.opens and not any(map(one.has, everywhere))]
    open_ones = [one for one in begun if not _holder(one, everywhere)]
    for number, (step, home) in enumerate(zip(steps, homes, strict=True)):
        if home is not None and home.opens and home not in homes[:number]:
            continue
        asks_of_it = [one for one in open_ones if home is None or home.opens or not _stands_alone(one.text)]
        named = home is not None and home.opens
        if mine := _meant(step, asks_of_it, named) or _meant(step, open_ones):
            open_ones.remove(mine)
    told = [
        one
        for one in open_ones
        if not any(
            _tells_of(one, tools[step.tool])
            for step, home in zip(steps, homes, strict=True)
            if home is None or (_LEADS_TO.match(one.text) and home.start > one.end)
        )
    ]
    held = [
        replace(one, held=True)
        for one in begun
        if one not in open_ones and _holder(one, everywhere) and _may_end_before(request, one)
    ]
    return sorted((*told, *held), key=lambda one: one.start)


def is_whole(text: str, steps: Sequence[Step]) -> bool:
    """Whether words say all that their steps need: each has a value from them or its name, and nothing is to
    be asked.
    """
    asks = any(any(questions_in(value)) for step in steps for value in step.args.values())
    stretch = Stretch(text, 0, len(text), opens=True)
    said = (any(places_of(text, step)) or (not step.args and any(_likeness(step, stretch))) for step in steps)
    return bool(steps) and not asks and all(said)


def is_asked(text: str) -> bool:
    """Whether words are so plainly a request that leaving them out has to be said."""
    if is_served_by_the_answer(text):
        return False
    if _SLIGHT.match(text):
        return not _POINTS.search(text) and _OWN.search(text) is not None
    return not content_words(text) <= _SAYS_NOTHING and len(text.split()) > 1


def is_served_by_the_answer(text: str) -> bool:
    """Whether words ask about what was said before them, as in "and tell me what it says"."""
    asks = _TELLS.match(text) or _QUESTION.match(text)
    return asks is not None and _POINTS.search(text) is not None


def ended_before(steps: Sequence[Step], request: str, stretch: Stretch) -> list[Step]:
    """The steps, with values that end where a stretch begins into which they ran on."""

    def cut(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        for first, last in places_of_value(request, value):
            if first < stretch.start < last:
                ends = [one.end for one in clauses(request) if first < one.end < stretch.start]
                return request[first : ends[-1]] if ends else value
        return value

    return [replace(step, args={name: cut(value) for name, value in step.args.items()}) for step in steps]


def place_of(stretch: Stretch, request: str, steps: Sequence[Step]) -> int:
    """How many of the steps stand before a stretch."""
    spans, _ = _at_home(request, steps, _stretches(request))
    before = [
        number for number, found in enumerate(spans, 1) if any(first < stretch.start for first, _ in found)
    ]
    return max(before, default=0 if any(spans) else len(steps))


def _stretches(request: str) -> list[Stretch]:
    if not (found := clauses(request)):
        return []
    begins = [place for place, clause in enumerate(found) if clause.opens or place == 0]
    ends = [*(place - 1 for place in begins[1:]), len(found) - 1]
    return [_between(request, found[first], found[last]) for first, last in zip(begins, ends, strict=True)]


def _between(request: str, first: Clause, last: Clause) -> Stretch:
    return Stretch(
        request[first.start : last.end],
        first.start,
        last.end,
        first.opens or request[last.end :].startswith("?"),
    )


def _holder(stretch: Stretch, spans: Sequence[Span]) -> bool:
    return any(first < stretch.start < last for first, last in spans)


def _may_end_before(request: str, stretch: Stretch) -> bool:
    """Whether a value before a stretch may end there: it is not what is written down, and the stretch stands
    alone.
    """
    before = [one for one in clauses(request) if one.start < stretch.start]
    opening = next((one for one in reversed(before) if one.opens), before[0])
    free = not writes_down(request[opening.start : before[-1].end])
    return free and not _POINTS.search(stretch.text) and len(stretch.text.split()) > 1


def _meant(step: Step, stretches: Sequence[Stretch], named: bool = True) -> Stretch | None:
    """The stretch that a step is for which has no value from it: the one with most words of its name, else
    the first, unless it has to be ``named``.
    """
    words = [_likeness(step, one) for one in stretches]
    most = max(words, default=(0, 0))
    return stretches[words.index(most)] if words and (any(most) or not named) else None


def _likeness(step: Step, stretch: Stretch) -> tuple[int, int]:
    """How many words of a step's name a stretch has, as they are said and as they are meant."""
    name = set(terms(step.tool.replace("_", " ")))
    return len(name & set(terms(stretch.text))), len(name & set(asked_terms(stretch.text)))


def _stands_alone(text: str) -> bool:
    """Whether words do more than to ask about what was said before them."""
    return not _POINTS.search(text) and _QUESTION.match(text) is None


def _tells_of(stretch: Stretch, tool: ToolView) -> bool:
    """Whether a stretch has no word that a tool does not say of itself: "tell me what is open"."""
    said = content_words(stretch.text) - _SAYS_NOTHING
    return said <= words_of(tool)


def _at_home(
    request: str, steps: Sequence[Step], asked: Sequence[Stretch]
) -> tuple[list[list[Span]], list[Stretch | None]]:
    """Where the values of each step stand, and the stretch with most of them; a value that stands in several
    stretches counts in that one only.
    """
    spans: list[list[Span]] = []
    homes: list[Stretch | None] = []
    for step in steps:
        places = [list(places_of_value(request, value)) for value in values_of(step)]

        fits = [
            (sum(any(map(one.has, found)) for found in places), _likeness(step, one), one not in homes)
            for one in asked
        ]
        home = asked[fits.index(max(fits))]
        homes.append(home if max(fits)[0] else None)
        near = [[span for span in found if home.has(span)] or found for found in places]
        spans.append([span for found in near for span in found])
    return spans, homes
