"""The mixture that the model is trained on: one random example of one random task at a time.

An example is what the model reads and what it should write, both in the compact form. ``Cell`` names say what an
evaluation measures; ``Splits`` says which side of each split the words, frames and tools come from.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..compact.form import (
    ASK,
    NAMED_ROUTES,
    Call,
    Marker,
    Piece,
    ToolCard,
    Value,
    render_answer,
    render_arguments,
    render_calls,
    render_request,
)
from . import sentences, spoken
from .answers import answer_pieces, fact_answer, simulate
from .marked_facts import MarkedFacts
from .noise import disturb
from .personal import ME, PersonalSentences
from .requests import BuiltInRequests, Request
from .synthetic_tools import SyntheticTools
from .templates import Sentence, constant, expand, split_templates
from .values import Vocabulary


@dataclass(frozen=True, slots=True)
class Splits:
    """True means the held-out side."""

    words: bool = False
    frames: bool = False
    tools: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    cell: str
    prompt: tuple[Piece, ...]
    target: tuple[Piece, ...]
    request: str
    tools: tuple[ToolCard, ...] = ()

    @property
    def text(self) -> str:
        return "".join((*self.prompt, *self.target))


class Mixture:
    """Draws examples; the same seed and splits give the same stream."""

    def __init__(self, splits: Splits = Splits(), noise: float = 1.0) -> None:
        self.words = Vocabulary(held_out=splits.words)
        self.splits = splits
        self.noise = noise
        self.requests = BuiltInRequests(self.words, splits.frames)
        self.personal = PersonalSentences(self.words, splits.frames)
        self.marked = MarkedFacts(self.words, splits.frames)
        self.tools = SyntheticTools(self.words, splits.tools)
        self.replies = {**dict(sentences.CHAT), **dict(spoken.small_talk())}
        self.chat = self._side(*(tuple(dict(source)) for source in (sentences.CHAT, spoken.small_talk())))
        self.no_tool = self._side(sentences.NO_TOOL, spoken.templates("NO_TOOL"))
        self.schedule = self._side(sentences.SCHEDULE)
        self.cells: Sequence[tuple[str, float, Callable[[random.Random], Example]]] = (
            ("built_in", 33, self._built_in),
            ("ask", 6, self._ask),
            ("plan_independent", 8, self._independent),
            ("plan_reference", 11, self._referring),
            ("plan_three", 7, self._three),
            ("listed", 23, self._listed),
            ("listed_ask", 3, self._listed_ask),
            ("listed_none", 8, self._listed_none),
            ("no_tool", 7, self._no_tool),
            ("remember", 8, self._remember),
            ("recall", 6, self._recall),
            ("forget", 3, self._forget),
            ("chat", 5, self._chat),
            ("schedule", 1.5, self._schedule),
            ("answer", 5, self._answer),
            ("answer_fact", 6, self._answer_fact),
            ("copy", 3, self._copy),
        )

    def _side(self, *sources: tuple[str, ...]) -> list[str]:
        """The templates on this side of the split; each source is split by itself."""
        return [template for source in sources for template in split_templates(source, self.splits.frames)]

    def draw(self, rng: random.Random, cell: str | None = None) -> Example:
        if cell is None:
            weights = [weight for _, weight, _ in self.cells]
            return rng.choices([make for _, _, make in self.cells], weights)[0](rng)
        return next(make for name, _, make in self.cells if name == cell)(rng)

    def _text(self, sentence: Sentence, rng: random.Random) -> tuple[str, bool]:
        """The sentence as typed, and whether everything was typed in lower case."""
        text = disturb(sentence, rng, self.noise).text
        lower = rng.random() < 0.35 * self.noise
        return (text.lower() if lower else text), lower

    def _calling(
        self,
        cell: str,
        sentence: Sentence,
        calls: Sequence[Call],
        rng: random.Random,
        tools: Sequence[ToolCard] = (),
    ) -> Example:
        text, lower = self._text(sentence, rng)
        route = Marker.ACT if len(calls) == 1 else Marker.PLAN
        shown = [_lowered(call) for call in calls] if lower else calls
        return Example(
            cell,
            tuple(render_request(text, tools)),
            (route, *render_calls(shown), Marker.END),
            text,
            tuple(tools),
        )

    def _distractors(self, rng: random.Random, share: float = 0.1) -> list[ToolCard]:
        return self.tools.others(rng, rng.randint(1, 3), None) if rng.random() < share else []

    def _from(self, cell: str, request: Request, rng: random.Random) -> Example:
        return self._calling(cell, request.sentence, request.calls, rng, self._distractors(rng))

    def _built_in(self, rng: random.Random) -> Example:
        return self._from("built_in", self.requests.single(rng), rng)

    def _ask(self, rng: random.Random) -> Example:
        return self._from("ask", self.requests.missing(rng), rng)

    def _plan(self, cell: str, joined: Callable[[random.Random], Request], rng: random.Random) -> Example:
        """Half of the plans are joined from clauses, half were written whole."""
        request = joined(rng) if rng.random() < 0.5 else self.requests.whole(cell, rng)
        return self._from(cell, request, rng)

    def _independent(self, rng: random.Random) -> Example:
        return self._plan("plan_independent", self._pair, rng)

    def _referring(self, rng: random.Random) -> Example:
        return self._plan("plan_reference", self.requests.referring, rng)

    def _three(self, rng: random.Random) -> Example:
        return self._plan("plan_three", self.requests.three_steps, rng)

    def _listed(self, rng: random.Random, ask: bool = False) -> Example:
        call, missing = self.tools.call(rng, ask)
        args: dict[str, Value] = dict(call.args)
        if missing:
            args[missing] = ASK
            args = {a.name: args[a.name] for a in call.card.arguments if a.name in args}
        tools = [call.card, *self.tools.others(rng, rng.choice((0, 1, 2, 2, 3)), call.card)]
        rng.shuffle(tools)
        return self._calling(
            "listed_ask" if missing else "listed", call.sentence, [Call(call.card.name, args)], rng, tools
        )

    def _listed_ask(self, rng: random.Random) -> Example:
        return self._listed(rng, ask=True)

    def _listed_none(self, rng: random.Random) -> Example:
        """Tools are listed, but not the one that the request needs."""
        call, _ = self.tools.call(rng)
        while call.searchable:  # a web search would do as well
            call, _ = self.tools.call(rng)
        count = rng.choice((0, 1, 2, 3))
        others = [
            card
            for card in self.tools.others(rng, count, call.card)
            if not set(card.description.lower().split()) & _telling_words(call.card)
        ]
        text, _ = self._text(call.sentence, rng)
        return self._silent("listed_none", text, Marker.UNCLEAR, others)

    def _silent(self, cell: str, text: str, route: Marker, tools: Sequence[ToolCard] = ()) -> Example:
        return Example(cell, tuple(render_request(text, tools)), (route, Marker.END), text, tuple(tools))

    def _filled(self, template: str, rng: random.Random) -> Sentence:
        kinds = ("person", "city", "word", "grocery", "money", "digit", "time", "file")
        slots = {
            kind: constant(self.words.value("filename" if kind == "file" else kind, rng)) for kind in kinds
        }
        return expand(template, rng, slots)

    def _no_tool(self, rng: random.Random) -> Example:
        text, _ = self._text(self._filled(rng.choice(self.no_tool), rng), rng)
        return self._silent("no_tool", text, Marker.UNCLEAR, self._distractors(rng, 0.1))

    def _about(
        self, cell: str, route: Marker, sentence: Sentence, said: Sequence[str], rng: random.Random
    ) -> Example:
        """A sentence about a fact: ``said`` is subject, key and value, as many of them as the route takes."""
        text, lower = self._text(sentence, rng)
        shown = [part.lower() if lower else part for part in said]
        args: dict[str, Value] = {
            name: part for name, part in zip(("subject", "key", "value"), shown, strict=False) if part
        }
        return Example(cell, tuple(render_request(text)), (route, *render_arguments(args), Marker.END), text)

    def _remember(self, rng: random.Random) -> Example:
        if rng.random() < 0.5:
            marked = self.marked.draw("tell", rng)
            return self._about(
                "remember",
                Marker.REMEMBER,
                marked.sentence,
                (marked.subject or ME, marked.key, marked.value),
                rng,
            )
        told = self.personal.telling(rng)
        fact = told.fact
        return self._about("remember", Marker.REMEMBER, told.told, (fact.subject, fact.key, fact.value), rng)

    def _recall(self, rng: random.Random) -> Example:
        if rng.random() < 0.5:
            return self._marked_topic("recall", Marker.RECALL, rng)
        told = self.personal.telling(rng)
        return self._about("recall", Marker.RECALL, told.asked, told.asked_topic, rng)

    def _forget(self, rng: random.Random) -> Example:
        if rng.random() < 0.5:
            return self._marked_topic("forget", Marker.FORGET, rng)
        told = self.personal.telling(rng)
        return self._about("forget", Marker.FORGET, told.withdrawn, told.withdrawn_topic, rng)

    def _marked_topic(self, cell: str, route: Marker, rng: random.Random) -> Example:
        marked = self.marked.draw(cell, rng)
        return self._about(cell, route, marked.sentence, (marked.subject or ME, marked.key), rng)

    def _chat(self, rng: random.Random) -> Example:
        template = rng.choice(self.chat)
        reply = sentences.REPLIES[self.replies[template]]
        text, _ = self._text(expand(template, rng, {}), rng)
        return Example("chat", tuple(render_request(text)), (NAMED_ROUTES["chat"], reply, Marker.END), text)

    def _schedule(self, rng: random.Random) -> Example:
        task = self.requests.clause(rng).sentence.text
        slots = {"task": constant(task), "time": constant(self.words.time(rng))}
        text, _ = self._text(expand(rng.choice(self.schedule), rng, slots), rng)
        return self._silent("schedule", text, Marker.SCHEDULE)

    def _answer(self, rng: random.Random) -> Example:
        if rng.random() < 0.15:
            call, _ = self.tools.call(rng)
            sentence, calls = call.sentence, (Call(call.card.name, call.args),)
        else:
            make = rng.choice((self.requests.single, self.requests.referring, self._pair))
            request = make(rng)
            sentence, calls = request.sentence, request.calls
        results = [simulate(call, rng, self.words) for call in calls]
        prompt = render_answer(sentence.text, [result.card for result in results])
        return Example("answer", tuple(prompt), (*answer_pieces(results), Marker.END), sentence.text)

    def _pair(self, rng: random.Random) -> Request:
        return self.requests.independent(rng, 2)

    def _answer_fact(self, rng: random.Random) -> Example:
        told, facts, pieces = fact_answer(self.personal, rng)
        text, _ = self._text(told.asked, rng)
        prompt = render_answer(text, (), facts)
        return Example("answer_fact", tuple(prompt), (*pieces, Marker.END), text)

    def _copy(self, rng: random.Random) -> Example:
        """Pure practice in copying words that do not exist."""
        text = " ".join(self.words.pseudo(rng) for _ in range(rng.randint(1, 5)))
        before = rng.choice(("note that ", "add a note: ", "note: ", "note "))
        request = before + text
        call = Call("add_note", {"text": text})
        return Example(
            "copy", tuple(render_request(request)), (Marker.ACT, *render_calls([call]), Marker.END), request
        )


def _telling_words(card: ToolCard) -> set[str]:
    return set(card.description.lower().replace(".", "").split()) - {
        "a",
        "the",
        "and",
        "it",
        "to",
        "of",
        "by",
        "use",
        "this",
        "one",
    }


def _lowered(call: Call) -> Call:
    return Call(call.tool, {k: v.lower() if isinstance(v, str) else v for k, v in call.args.items()})
