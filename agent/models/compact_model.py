"""Drives the bundled checkpoint as an ``AgentModel``: its own compact form instead of a chat template.

The checkpoint knows the built-in tools by heart; any other tool is listed in the prompt when the request has
to do with it. Knows nothing of execution.
"""

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import asdict, replace
from math import inf, log
from typing import Any, cast

from ...llm.compact.form import NAMED_ROUTES, Call, Marker, native_tools
from ...llm.compact.reader import CompactReader
from ...llm.generation import Usage
from ..answering.instead import abilities
from ..events import Route
from ..model import FactDraft, StepResult, TokenCount, ToolView, TurnContext
from ..permission.spans import content_words
from ..plan import Argument, Plan, Step
from ..planning.clauses import is_one_thing, opens
from ..planning.dated_things import dated_thing
from ..planning.given_text import told_apart
from ..planning.named_text import needs_reading, points, without_marks
from ..planning.own_names import addressed, named
from ..planning.parts import Part, in_parts
from ..planning.phrases import MISSING, Said, said
from ..planning.pleasantries import asks_for_abilities, is_small_talk, without_greeting
from ..planning.spelling import Spelled, spelled
from ..route import by_rule, normalised
from ..schedules.planning import schedule_plan
from ..schedules.recognising import asks_to_be_reminded
from .cards import card, result_card
from .completing import completed
from .contradictions import contradicts
from .given import of_text, points_only, with_text
from .joining import Joined, joined
from .listing import LISTED_AT_MOST, is_of_others, listed, nearest, without_unsaid, words_of
from .pointing_back import pointed_back, points_back
from .slots import fill
from .typed_calls import to_step

_QUESTION = re.compile(r"\s*(?:what|whats|who|when|where|which|how|do|does|is)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d")
_SURE = log(0.8)
_REMEMBERED = 64
_MYSELF = "me|i|my|myself"


class CompactModel:
    """An ``AgentModel`` over an engine whose checkpoint speaks the compact form."""

    def __init__(self, engine: Any) -> None:
        self._native = native_tools(engine.metadata)
        self._taken: dict[int, bool] = {}  # by hashes, so that no words are kept
        self._used = TokenCount()
        self._reader = CompactReader(engine, self._count)

    def over(self, engine: Any) -> "CompactModel":
        """The same, with a count of its own, over a view of the same engine."""
        other = copy(self)
        other._used = TokenCount()
        other._reader = CompactReader(engine, other._count)
        return other

    def route(self, turn: TurnContext, cancel: threading.Event) -> Mapping[Route, float]:
        turn = _as_meant(turn)
        if points_back(turn):
            return {"act": 0.0}
        match self._parts(turn):
            case [Part(call=None)]:
                return {"chat": 0.0} if is_small_talk(turn.request) else self._scored(turn, cancel)
            case [Part(call=Said(tool=tool))]:
                changes = any(view.changes for view in turn.every_tool() if view.name == tool)
                return {"recall": 0.0} if not changes and answered_by_facts(turn) else {"act": 0.0}
            case _:
                return {"plan": 0.0}

    def several(self, turn: TurnContext) -> bool:
        """Whether a request asks for several things, of which some are foreseen sentences."""
        return len(self._parts(_as_meant(turn))) > 1

    def plan(self, turn: TurnContext, route: Route, cancel: threading.Event) -> Plan:
        """One step for ``act``, two or more for ``plan``; ``schedule`` is a route without a tool so far."""
        if route not in ("act", "plan"):
            return Plan(route)
        words = spelled(without_marks(turn.request))
        turn = _as_meant(turn)
        if back := pointed_back(turn, lambda earlier: self._steps_before(earlier, cancel)):
            return Plan(route, _as_typed(back, words))
        match self._parts(turn):
            case [Part(call=None)]:
                found = self._made(turn, route, cancel)
            case parts:
                found = joined(turn, parts, lambda text: self._read(turn, text, cancel))
        return Plan(route, _as_typed(found.steps, words), not_understood=found.not_understood)

    def _steps_before(self, earlier: TurnContext, cancel: threading.Event) -> Sequence[Step]:
        """The steps that an earlier request was planned with."""
        if (apart := told_apart(earlier.request, earlier.every_tool())) is not None:
            earlier = replace(earlier, request=apart.asked, text=apart.text)
        scores = self.route(earlier, cancel)
        return self.plan(earlier, max(scores, key=lambda route: scores[route]), cancel).steps

    def _made(self, turn: TurnContext, route: Route, cancel: threading.Event) -> Joined:
        """What the checkpoint makes of a request without foreseen sentences, and of what it passed over."""
        steps = with_text(self._steps(turn, route, cancel), turn.text)
        if len({step.tool for step in steps}) > 1 and is_one_thing(turn.request):
            return Joined(self._steps(turn, "act", cancel))  # another tool for "roll" than for "rock"
        if contradicts(turn.request, steps):
            return Joined()
        if not turn.typed:
            return Joined(tuple(steps))
        views = {view.name: view for view in turn.every_tool()}
        return completed(turn.request, steps, views, lambda text: self._sure(turn, text, cancel))

    def _sure(self, turn: TurnContext, text: str, cancel: threading.Event) -> Sequence[Step]:
        """What a stretch by itself surely means."""
        part = replace(turn, request=text)
        if call := self._certain(part, turn.every_tool(), text, behind=False):
            return joined(part, [Part(text, 0, len(text), call)], lambda _: Joined()).steps
        route = self._best_route(turn, text, cancel, _SURE)
        return self._steps(part, route, cancel) if route in ("act", "plan") else ()

    def _read(self, turn: TurnContext, text: str, cancel: threading.Event) -> Joined:
        """What the checkpoint makes of a part by itself; nothing where it asks for nothing that tools do."""
        route = self._best_route(turn, text, cancel)
        return (
            self._made(replace(turn, request=text), route, cancel) if route in ("act", "plan") else Joined()
        )

    def _best_route(
        self, turn: TurnContext, text: str, cancel: threading.Event, least: float = -inf
    ) -> Route:
        """What a part is by itself; unclear where that is less likely than ``least``."""
        scores = self._scores(replace(turn, request=text), cancel)
        best = max(scores, key=lambda route: scores[route])
        return best if scores[best] >= least else "unclear"

    def _parts(self, turn: TurnContext) -> Sequence[Part[Said]]:
        """The parts of a request; those with a call are the sentences that somebody foresaw."""
        tools = turn.every_tool()
        if (asked := self._asked(turn)) != turn.request:
            call = said(turn.request, tools) or self._named(tools, asked, alone=True)
            return [Part(turn.request, 0, len(turn.request), call)]
        if not turn.typed:
            return [Part(turn.request, 0, len(turn.request), self._certain(turn, tools, turn.request, False))]

        def certain(text: str, behind: bool) -> Said | None:
            call = self._certain(turn, tools, text, behind or bool(turn.text))
            return None if call and turn.text and points_only(call) else call

        parts = in_parts(turn.request, certain)
        match parts:
            case [Part(call=call)] if turn.text and (call is None or MISSING in call.args.values()):
                return of_text(turn.request, turn.text, tools, certain) or parts
        return parts

    def _certain(
        self, turn: TurnContext, tools: Collection[ToolView], text: str, behind: bool
    ) -> Said | None:
        """The one call that words say by their form; ``behind`` another part also one for later."""
        if call := said(text, tools, behind) or self._named(tools, text):
            return call
        rule = by_rule(text) if behind and not asks_to_be_reminded(text) else None
        if rule is None or rule.route != "schedule":
            return None
        step = schedule_plan(text, turn.now).steps[0]
        return Said(step.tool, step.args) if opens(str(step.args.get("request"))) else None

    def _scored(self, turn: TurnContext, cancel: threading.Event) -> Mapping[Route, float]:
        """The routes that the checkpoint may choose; of a text that is given along it can say nothing."""
        if not turn.text:
            scores = self._scores(turn, cancel)
            is_chat = max(scores, key=lambda route: scores[route]) == "chat"
            return {"unclear": 0.0} if is_chat and dated_thing(turn.request) else scores
        if not turn.request or (needs_reading(turn.request) and not _NUMBER.search(turn.request)):
            return {"unclear": 0.0}
        scores = self._scores(turn, cancel)
        best = max(scores, key=lambda route: scores[route])
        return scores if best in ("act", "plan") or not points(turn.request) else {"unclear": 0.0}

    def _scores(self, turn: TurnContext, cancel: threading.Event) -> Mapping[Route, float]:
        """What the checkpoint says of each route."""
        return self._scores_with(self._asked(turn), self._listed(turn, cancel))

    def _scores_with(self, request: str, foreign: Sequence[ToolView]) -> Mapping[Route, float]:
        scores = self._reader.routes(request, [card(view) for view in foreign])
        return cast(Mapping[Route, float], dict(zip(scores, normalised(list(scores.values())), strict=True)))

    def _steps(self, turn: TurnContext, route: Route, cancel: threading.Event) -> tuple[Step, ...]:
        """What the checkpoint makes of a request."""
        return self._steps_with(turn, route, self._listed(turn, cancel), cancel)

    def _steps_with(
        self, turn: TurnContext, route: Route, foreign: Sequence[ToolView], cancel: threading.Event
    ) -> tuple[Step, ...]:
        request = self._asked(turn)
        views = {view.name: view for view in turn.tools_besides(self._native)}
        if route == "act":
            foreign = nearest(request, foreign)
        shown = [card(view) for view in foreign]
        native = [card(view, self._native[name]) for name, view in views.items() if name in self._native]
        calls = self._reader.calls(request, NAMED_ROUTES[route], shown, [*native, *shown], cancel)
        said_ones = (self._without_unsaid(call, views[call.tool], request) for call in calls)
        numbered = enumerate(said_ones, 1)
        return tuple(to_step(number, call, views[call.tool], request) for number, call in numbered)

    def fact(self, turn: TurnContext, cancel: threading.Event) -> FactDraft | None:
        found = self._reader.arguments(turn.request, Marker.REMEMBER, cancel)
        subject, key, value = (found.get(name, "").strip() for name in ("subject", "key", "value"))
        if not (subject and key and value):
            return None
        return FactDraft(subject, key, value, quote_of(turn.request, (subject, key, value)))

    def topic(self, turn: TurnContext, cancel: threading.Event) -> str:
        found = self._reader.arguments(turn.request, Marker.RECALL, cancel)
        return " ".join(part for part in (found.get("subject", ""), found.get("key", "")) if part)

    def reply(self, turn: TurnContext, cancel: threading.Event) -> Iterator[str]:
        if asks_for_abilities(turn.request):
            return iter([abilities([view.name for view in turn.every_tool()])])
        return self._reader.reply(turn.request, cancel)

    def answer(
        self, turn: TurnContext, results: Sequence[StepResult], cancel: threading.Event
    ) -> Iterator[str]:
        facts = [] if results else list(turn.facts)
        parts = self._reader.answer(
            turn.request,
            [result_card(result, self._native.get(result.tool)) for result in results],
            [(fact.subject, fact.key, fact.value) for fact in facts],
            cancel,
        )
        yield fill(parts, results, facts, turn.now)

    def take_usage(self) -> TokenCount:
        used, self._used = self._used, TokenCount()
        return used

    def _listed(self, turn: TurnContext, cancel: threading.Event) -> list[ToolView]:
        """Foreign tools that the prompt shows; any of a source, up to a number, when the request names it.

        Tools of others are shown only where one of them is taken: the mere sight of them changes what is read
        of a request that has nothing to do with them.
        """
        views, request = turn.tools_besides(self._native), self._asked(turn)
        if request != turn.request:
            return list(views[:LISTED_AT_MOST])
        shown = listed(request, views, self._native)
        others = frozenset(view.name for view in shown if is_of_others(view))
        if not others or self._takes_one(turn, shown, others, cancel):
            return shown
        return listed(request, [view for view in views if not is_of_others(view)], self._native)

    def _takes_one(
        self, turn: TurnContext, shown: Sequence[ToolView], others: frozenset[str], cancel: threading.Event
    ) -> bool:
        """Whether the checkpoint takes one of the ``others`` when it sees them; remembered for a while."""
        key = hash((turn.request, *((view.name, view.description) for view in shown)))
        if (known := self._taken.get(key)) is not None:
            return known
        scores = self._scores_with(turn.request, shown)
        best = max(scores, key=lambda route: scores[route])
        steps = self._steps_with(turn, best, shown, cancel) if best in ("act", "plan") else ()
        takes = any(step.tool in others for step in steps)
        if not cancel.is_set():
            self._taken[key] = takes
            for old in list(self._taken)[:-_REMEMBERED]:
                self._taken.pop(old, None)
        return takes

    def _asked(self, turn: TurnContext) -> str:
        """The request without the name of a source that it is addressed to."""
        asked = addressed(turn.request, turn.tools_besides(self._native))
        return turn.request if asked is None else asked.request

    def _named(self, tools: Collection[ToolView], request: str, alone: bool = False) -> Said | None:
        """The call that a request says word for word by the name of a foreign tool; ``alone`` where it is
        addressed to the tool's source.
        """
        known = () if alone else (words_of(view) for view in tools if view.name in self._native)
        return named(request, tools, frozenset[str]().union(*known))

    def _without_unsaid(self, call: Call, view: ToolView, request: str) -> Call:
        """A call of a foreign tool without switches that the request says nothing of."""
        if call.tool in self._native:
            return call
        return replace(call, args=without_unsaid(call.args, view, request))

    def _count(self, usage: Usage) -> None:
        self._used += TokenCount(**asdict(usage))


def _as_meant(turn: TurnContext) -> TurnContext:
    """The turn without what is only kind before the request, and with what is mistyped as it was meant."""
    meant = without_greeting(spelled(without_marks(turn.request)).text)
    return replace(turn, request=meant) if turn.typed else turn


def _as_typed(steps: Sequence[Step], words: Spelled) -> tuple[Step, ...]:
    """The steps with values in the letters of the request."""

    def typed(value: Argument) -> Argument:
        return words.as_typed(value) if isinstance(value, str) else value

    if not words.changes:
        return tuple(steps)
    return tuple(replace(one, args={name: typed(value) for name, value in one.args.items()}) for one in steps)


def answered_by_facts(turn: TurnContext) -> bool:
    """Whether a question, or what is named without a verb, is among what is remembered: whose it is, and what
    of theirs.
    """
    if opens(turn.request) and not _QUESTION.match(turn.request):
        return False
    asked = content_words(turn.request)
    return any(asked & content_words(fact.subject) and asked & content_words(fact.key) for fact in turn.facts)


def quote_of(request: str, parts: Sequence[str]) -> str:
    """The shortest stretch of ``request`` that holds every part found in it as words of their own."""
    named = (_MYSELF if part.lower() == "me" else re.escape(part) for part in parts if part)
    found = (re.search(rf"(?<!\w)(?:{part})(?!\w)", request, re.IGNORECASE) for part in named)
    spans = [match.span() for match in found if match]
    return request[min(start for start, _ in spans) : max(end for _, end in spans)] if spans else ""
