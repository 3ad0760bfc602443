"""What kind of request this is: control words decide by rule, everything else by the model's own scores.

When acting and not acting are nearly equally likely, the user is asked once instead of being surprised. Pure;
knows nothing of how scores are made.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from .events import Route
from .schedules.recognising import comes_later, only_tells

ROUTES: tuple[Route, ...] = get_args(Route)
ACTING: frozenset[Route] = frozenset({"act", "plan", "schedule"})
CHANGES_MEMORY: frozenset[Route] = frozenset({"remember", "forget"})
_COMMANDS: Mapping[str, Route] = {
    "/remember": "remember",
    "/recall": "recall",
    "/forget": "forget",
    "/do": "plan",
    "/chat": "chat",
}
_PLAIN_WORDS: tuple[tuple[re.Pattern[str], Route], ...] = (
    (re.compile(r"(?:please\s+)?remember\s+(?:that|my|our)\s", re.IGNORECASE), "remember"),
    (re.compile(r"(?:please\s+)?forget\s+(?:that|about|my|our|what|everything)\s", re.IGNORECASE), "forget"),
)
_YES = frozenset({"yes", "y", "yeah", "yep", "do", "sure", "ok", "okay", "please", "tools"})
_NO = frozenset({"no", "n", "nope", "not", "don't", "dont", "just", "answer", "chat", "never", "neither"})
_SHORTEST_REQUEST = 3
"""Words of a reply that answers neither way and is another request."""


@dataclass(frozen=True, slots=True)
class RouteByRule:
    """A control word's route, with the request that is left without it."""

    route: Route
    request: str


@dataclass(frozen=True, slots=True)
class RouteByModel:
    """The best route; ``rival`` is set when the choice between acting and not acting is too close to make."""

    route: Route
    scores: Mapping[Route, float]
    rival: Route | None = None


def by_rule(prompt: str) -> RouteByRule | None:
    """The route that a leading control word names: a slash command, or ``remember that …``, ``forget my
    …``; or the form of the request: ``every day at 7 …``.
    """
    said = prompt.strip()
    word, _, rest = said.partition(" ")
    if route := _COMMANDS.get(word.lower()):
        return RouteByRule(route, rest.strip())
    plain = (RouteByRule(route, prompt) for form, route in _PLAIN_WORDS if form.match(said))
    return next(plain, RouteByRule("schedule", prompt) if comes_later(said) else None)


def plausible(scores: Mapping[Route, float], request: str) -> Mapping[Route, float]:
    """The scores without the route that the form of the request rules out."""
    if only_tells(request):
        return {route: score for route, score in scores.items() if route != "schedule"}
    return scores


def normalised(scores: Sequence[float]) -> list[float]:
    """Log-probabilities over the options alone."""
    top = max(scores)
    total = top + math.log(sum(math.exp(score - top) for score in scores))
    return [score - total for score in scores]


def by_scores(scores: Mapping[Route, float], margin: float) -> RouteByModel:
    """The most likely route; ``margin`` is a difference of log-probabilities."""
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    best, top = ranked[0]
    rival = next((pair for pair in ranked if (pair[0] in ACTING) != (best in ACTING)), None)
    close = rival is not None and top - rival[1] < margin
    return RouteByModel(best, dict(scores), rival[0] if rival and close else None)


def settle(choice: RouteByModel, reply: str) -> Route | None:
    """The route after the user was asked whether to act; None for a reply that asks for something else."""
    pair: tuple[Route, Route] = (choice.route, choice.rival or choice.route)
    acting, other = pair if choice.route in ACTING else (pair[1], pair[0])
    words = reply.strip().lower().split()
    first = words[0].strip(".,!") if words else ""
    if first in _YES:
        return acting
    return None if first not in _NO and len(words) >= _SHORTEST_REQUEST else other
