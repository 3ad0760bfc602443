"""Which things that a request asks for no step of its plan accounts for.

A small model ends its plan early at times, or lets a value run on into the next request. So each stretch of a
request that begins as what asks for something does has to have a step: one with a value from it, or one that
needs no value from anybody. What people explain beside it asks for nothing. Pure; reading what is left over,
and saying what nobody could read, is for the caller.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...tools.when.timewords import is_about_time
from ..model import ToolView
from ..plan import Step
from ..planning.arguments import questions_in
from ..planning.words import asked_terms, terms
from .asked_words import leads_on, stands_alone, telling_words
from .listing import words_of
from .stretches import Stretch, stretches_of
from .value_ends import may_end_before
from .value_places import Span, places_of, places_of_value, values_of

_WORD = re.compile(r"[^\W_]+")
_NOW = frozenset("a an and at date day days for in is it now of o on s the time times to today".split())


@dataclass(frozen=True, slots=True)
class _Placed:
    """A step, where its values stand in a request, and the stretch that has most of them, if any has."""

    step: Step
    spans: Sequence[Span]
    home: Stretch | None


def unaccounted(request: str, steps: Sequence[Step], tools: Mapping[str, ToolView]) -> list[Stretch]:
    """The stretches that no step accounts for, in their order; none where there are no steps."""
    asked = stretches_of(request)
    if not steps or not asked:
        return []
    placed = _placed(request, steps, asked)
    spans = [span for one in placed for span in one.spans]
    without = [one for one in asked if one.opens and not any(map(one.has, spans))]
    held = [one for one in without if any(first < one.start < last for first, last in spans)]
    left = [one for one in without if one not in held]
    taken = set[Stretch]()
    for one in placed:
        if one.home is not None and one.home.opens and one.home not in taken:
            taken.add(one.home)
        elif (mine := _meant(one, left)) is not None:
            left.remove(mine)
    told = [one for one in left if not any(_tells_of(one, other, tools) for other in placed)]
    ended = [replace(one, held=True) for one in held if may_end_before(request, one)]
    return sorted((*told, *ended), key=lambda one: one.start)


def is_whole(text: str, steps: Sequence[Step]) -> bool:
    """Whether words say all that their steps need: each has a value from them, or its name and no other time
    than now, and nothing is to be asked.
    """
    asks = any(any(questions_in(value)) for step in steps for value in step.args.values())
    stretch = Stretch(text, 0, len(text), opens=True)
    plain = not any(is_about_time(word) for word in _WORD.findall(text.lower()) if word not in _NOW)
    said = (
        any(places_of(text, step)) or (not step.args and plain and any(_likeness(step, stretch)))
        for step in steps
    )
    return bool(steps) and not asks and all(said)


def place_of(stretch: Stretch, request: str, steps: Sequence[Step]) -> int:
    """How many of the steps stand before a stretch."""
    placed = _placed(request, steps, stretches_of(request))
    before = [
        number for number, one in enumerate(placed, 1) if any(first < stretch.start for first, _ in one.spans)
    ]
    return max(before, default=0 if any(one.spans for one in placed) else len(steps))


def _meant(one: _Placed, left: Sequence[Stretch]) -> Stretch | None:
    """The stretch that a step is for which has none to itself: the one with most words of its name, else the
    first that it may be for: any, where it has no value from anybody; behind an explanation that it has its
    values from, what asks about that.
    """
    if one.home is None:
        may_be = left
    else:
        may_be = [] if one.home.opens else [each for each in left if not stands_alone(each.text)]
    named = [each for each in left if any(_likeness(one.step, each))]
    best = [each for each in may_be if each in named] or may_be or named
    return max(best, key=lambda each: _likeness(one.step, each), default=None)


def _likeness(step: Step, stretch: Stretch) -> tuple[int, int]:
    """How many words of a step's name a stretch has, as they are said and as they are meant."""
    name = set(terms(step.tool.replace("_", " ")))
    return len(name & set(terms(stretch.text))), len(name & set(asked_terms(stretch.text)))


def _tells_of(stretch: Stretch, other: _Placed, tools: Mapping[str, ToolView]) -> bool:
    """Whether a stretch asks for no more than a step, as all its words are said of the step's tool: "show my
    tasks and tell me what is open", "look through my notes and find tea".
    """
    near = other.home is None or (leads_on(stretch.text) and other.home.start > stretch.end)
    return near and telling_words(stretch.text) <= words_of(tools[other.step.tool])


def _placed(request: str, steps: Sequence[Step], asked: Sequence[Stretch]) -> list[_Placed]:
    """Each step with its place; a value that stands in several stretches counts at the step's home only."""
    found: list[_Placed] = []
    homes = set[Stretch | None]()
    for step in steps:
        places = [list(places_of_value(request, value)) for value in values_of(step)]
        fits = [
            (sum(any(map(one.has, spans)) for spans in places), _likeness(step, one), one not in homes)
            for one in asked
        ]
        home = asked[fits.index(max(fits))]
        near = [[span for span in spans if home.has(span)] or spans for spans in places]
        homes.add(home if max(fits)[0] else None)
        found.append(
            _Placed(step, [span for spans in near for span in spans], home if max(fits)[0] else None)
        )
    return found
