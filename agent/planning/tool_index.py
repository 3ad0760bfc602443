"""Finds the few tools that a request may need, however many there are.

Ranked by BM25 (Robertson and Zaragoza 2009) over name, description and arguments, and by meaning as well
where an embedder is there; a request of several parts is ranked part by part, so that each part has its say.
The index is made once for each state of the registry. Knows nothing of models.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log
from typing import Any, Protocol

from ...tools import Effect, Registry
from ..model import ToolView
from .own_names import ADDED, addressed
from .phrases import claimed
from .words import asked_terms, stem, terms

OFFERED = 6
"""Most tools that a planner is shown."""
_SATURATION, _LENGTH = 1.2, 0.4
_NAME, _DESCRIPTION, _ARGUMENT, _EXPLAINED = 3.0, 1.5, 1.0, 0.4
OWN = "builtin"
"""`ToolView.source` of Homewit's own tools."""
_PARTS = re.compile(r"[,;:.!?]\s|\b(?:and|then|after that|afterwards|also|but)\b", re.IGNORECASE)
_FUSED = 3.0
_ON_WHAT_IS_THERE = frozenset(
    stem(word)
    for word in "attachment budget cancel change chart copy delete draft edit export import move preview "
    "remove rename reopen statement tag".split()
)
_UNSAID = 0.4
"""What is left of a tool's score when its name has one of these words and the request does not: adding and
looking up often go unsaid, but whoever wants something deleted says so."""


class Embedder(Protocol):
    """Turns texts into whatever it compares them by; None where it cannot."""

    def embed(self, texts: Sequence[str]) -> Any: ...
    def likeness(self, asked: Any, known: Any) -> Sequence[float]:
        """How near the first of ``asked`` is to each of ``known``."""
        ...


@dataclass(frozen=True, slots=True)
class _Ranks:
    """What some tools are found by."""

    names: Sequence[str]
    verbs: Sequence[frozenset[str]]
    """Of each name the words in ``_ON_WHAT_IS_THERE``."""
    postings: Mapping[str, Sequence[tuple[int, float]]]
    """For each term the tools that have it, each with what it adds to their scores."""
    vectors: Any
    """What the embedder made of the tools, in their order; None without one."""


@dataclass(slots=True)
class _Index:
    """One state of the registry."""

    version: int
    views: Mapping[str, ToolView]
    added: Sequence[ToolView]
    """Those of sources that the user has added, which a request may name."""
    all: _Ranks | None = None
    own: _Ranks | None = None
    """Homewit's own tools as they are found where no others are. Both are made when they are first needed."""


@dataclass(slots=True)
class ToolIndex:
    """The tools of a registry as models see them."""

    registry: Registry
    embedder: Embedder | None = None
    hidden: Collection[str] = ()
    """Tools that a plan may use when somebody else writes it, and that no planner is offered."""
    agents: Collection[str] = ()
    """Tools that the agent brings along, which are Homewit's own as well."""
    _made: _Index | None = field(default=None, repr=False)

    @property
    def views(self) -> Mapping[str, ToolView]:
        """All tools by name, in the order of their registration."""
        return self._index().views

    def offer(self, request: str, known: Collection[str] = (), most: int = OFFERED) -> list[ToolView]:
        """The tools for a request, those that foresaw it and then the likeliest first: at most ``most``, and
        those that the model ``known`` without being shown them.

        With few tools all are offered, in the order of their registration. A request that names a source, as
        "read notes.txt with filesystem" does, is offered the tools of that one only. Who knows some is
        offered Homewit's own as if there were no others, and as many of the others.
        """
        index = self._index()
        offered = {name: view for name, view in index.views.items() if name not in self.hidden}
        if asked := addressed(request, index.added):
            offered = {name: view for name, view in offered.items() if view.source == asked.source}
            request = asked.request
        by_heart = [view for name, view in offered.items() if name in known]
        others = [name for name in offered if name not in known]
        if len(others) <= most:
            return list(offered.values())
        meant = [name for name in claimed(request, offered.values()) if name not in known]
        ranked = [
            name for name in self._ranked(request, self._all(index)) if name in offered and name not in known
        ]
        first = [*meant, *ranked, *others]
        if not known:
            chosen = list(dict.fromkeys(first))[:most]
        else:
            own = {name for name in others if index.views[name].source == OWN}
            as_alone = [*meant, *self._ranked(request, self._own(index)), *others]
            chosen = [
                *list(dict.fromkeys(name for name in as_alone if name in own))[:most],
                *list(dict.fromkeys(name for name in first if name not in own))[:most],
            ]
        return [*by_heart, *(index.views[name] for name in chosen)]

    def _all(self, index: _Index) -> _Ranks:
        if index.all is None:
            index.all = _ranks(list(index.views.values()), self.embedder)
        return index.all

    def _own(self, index: _Index) -> _Ranks:
        if index.own is None:
            views = [view for view in index.views.values() if view.source == OWN]
            is_all = len(views) == len(index.views)
            index.own = self._all(index) if is_all else _ranks(views, self.embedder)
        return index.own

    def _ranked(self, request: str, ranks: _Ranks) -> list[str]:
        """Names by what they share with the request as a whole and with its parts, best first."""
        parts = [part for part in _PARTS.split(request) if part.strip()]
        fused: defaultdict[int, float] = defaultdict(float)
        for text in (request, *(parts if len(parts) > 1 else ())):
            for scores in filter(None, (_lexical(text, ranks), self._semantic(text, ranks))):
                best = heapq.nlargest(2 * OFFERED, scores.items(), key=lambda pair: pair[1])
                for rank, (tool, _) in enumerate(best):
                    fused[tool] += 1 / (_FUSED + rank)
        return [ranks.names[tool] for tool, _ in sorted(fused.items(), key=lambda pair: -pair[1])]

    def _semantic(self, text: str, ranks: _Ranks) -> dict[int, float]:
        """Only the nearest: however little a tool has to do with a request, it is near to some degree."""
        if self.embedder is None or ranks.vectors is None:
            return {}
        scores = enumerate(self.embedder.likeness(self.embedder.embed([text]), ranks.vectors))
        return dict(heapq.nlargest(OFFERED, scores, key=lambda pair: pair[1]))

    def _index(self) -> _Index:
        version = self.registry.version
        if self._made is None or self._made.version != version:
            self._made = _made(self.registry, version, self.agents)
        return self._made


def _lexical(text: str, ranks: _Ranks) -> dict[int, float]:
    scores: defaultdict[int, float] = defaultdict(float)
    asked = dict.fromkeys(asked_terms(text))  # in order: sums and ties come out the same in every process
    for term in asked:
        for tool, weight in ranks.postings.get(term, ()):
            scores[tool] += weight
    return {
        tool: score * (1.0 if ranks.verbs[tool] <= asked.keys() else _UNSAID)
        for tool, score in scores.items()
    }


def _made(registry: Registry, version: int, agents: Collection[str]) -> _Index:
    views = {view.name: view for view in tool_views(registry)}
    views |= {name: replace(view, source=OWN) for name, view in views.items() if name in agents}
    added = [view for view in views.values() if view.source.startswith(ADDED)]
    return _Index(version, views, added)


def _ranks(views: Sequence[ToolView], embedder: Embedder | None) -> _Ranks:
    vectors = embedder.embed([_as_text(view) for view in views]) if embedder is not None else None
    names = [view.name for view in views]
    verbs = [_ON_WHAT_IS_THERE & set(terms(name)) for name in names]
    return _Ranks(names, verbs, _postings([_weighed(view) for view in views]), vectors)


def tool_views(registry: Registry) -> list[ToolView]:
    """The tools as plain data, in the order of their registration."""
    return [
        ToolView(
            spec.name,
            spec.description,
            spec.parameters,
            spec.returns,
            spec.phrases,
            spec.untrusted_output,
            spec.source,
            changes=spec.effect not in (Effect.READ, Effect.NETWORK),
        )
        for spec in registry.specs()
    ]


def _weighed(view: ToolView) -> Counter[str]:
    """The terms of a tool, each as often as it counts."""
    found: Counter[str] = Counter()

    def add(texts: Iterable[str], weight: float) -> None:
        for text in texts:
            for term in terms(text):
                found[term] += weight  # type: ignore[assignment]  # weights are fractions

    properties: Mapping[str, Mapping[str, object]] = view.parameters.get("properties", {})
    add([view.name], _NAME)
    add([view.description], _DESCRIPTION)
    add(properties, _ARGUMENT)
    add((str(schema.get("description", "")) for schema in properties.values()), _EXPLAINED)
    return found


def _postings(counted: Sequence[Counter[str]]) -> dict[str, list[tuple[int, float]]]:
    lengths = [sum(one.values()) for one in counted]
    usual = sum(lengths) / len(lengths) if lengths else 1.0
    spread = Counter(term for one in counted for term in one)
    postings: dict[str, list[tuple[int, float]]] = {}
    for number, one in enumerate(counted):
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * lengths[number] / usual)
        for term, count in one.items():
            rarity = log(1 + (len(counted) - spread[term] + 0.5) / (spread[term] + 0.5))
            weight = rarity * count * (_SATURATION + 1) / (count + norm)
            postings.setdefault(term, []).append((number, weight))
    return postings


def _as_text(view: ToolView) -> str:
    names = ", ".join(view.parameters.get("properties", {}))
    return f"{view.name.replace('_', ' ')}: {view.description} ({names})"
