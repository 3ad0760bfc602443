"""Asks a compact checkpoint its questions and reads the replies: route, calls, facts, answers.

It decodes greedily under the grammars of ``compact_grammar`` and gives plain data back. What a route means,
which tools exist and what is done with a call are not its business.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..generation import Chunk, SamplingParams, Usage
from .form import (
    ROUTE_NAMES,
    ROUTES,
    Call,
    Marker,
    Piece,
    ResultCard,
    TextEncoder,
    ToolCard,
    encode,
    parse_calls,
    render_answer,
    render_request,
)
from .grammar import CompactGrammar, Segment, answer_grammar, reply_grammar
from .parting import parted
from .values import trimmed

MAX_STEPS = 4
_CALL_TOKENS = 200
_ANSWER_TOKENS = 160


class CompactTokenizer(TextEncoder, Protocol):
    def decode(self, ids: Sequence[int]) -> str: ...


class CompactEngine(Protocol):
    """The part of an ``Engine`` that reading needs."""

    @property
    def tokenizer(self) -> CompactTokenizer: ...

    def score(self, prompt: list[int], options: Sequence[list[int]]) -> list[float]: ...

    def generate(
        self, prompt: list[int], params: SamplingParams, cancel: threading.Event | None = None
    ) -> Iterator[Chunk]: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in an answer where the program puts a value: field ``name`` of result or fact ``number``."""

    number: int
    name: str


@dataclass(slots=True)
class CompactReader:
    engine: CompactEngine
    on_usage: Callable[[Usage], None] = field(default=lambda usage: None)

    def routes(self, request: str, tools: Sequence[ToolCard]) -> Mapping[str, float]:
        """Log-probability of each route by name. ``tools`` are those that the prompt lists."""
        prompt = encode(render_request(request, tools), self.engine.tokenizer)
        options = [[self.engine.tokenizer.token_id(route.value)] for route in ROUTES]
        scores = self.engine.score(prompt, options)
        return dict(zip((ROUTE_NAMES[route] for route in ROUTES), scores, strict=True))

    def calls(
        self,
        request: str,
        route: Marker,
        listed: Sequence[ToolCard],
        allowed: Sequence[ToolCard],
        cancel: threading.Event | None = None,
    ) -> list[Call]:
        """The calls that serve ``request``: one for ``ACT``, two to ``MAX_STEPS`` for ``PLAN``."""
        grammar = CompactGrammar(request, self.engine.tokenizer)
        by_name = {card.name: card for card in allowed}
        pieces: list[Piece] = [*render_request(request, listed), route, Marker.CALL]
        start = len(pieces) - 1
        earlier: list[ToolCard] = []
        while True:
            step = len(earlier) + 1
            more = False if route is not Marker.PLAN or step == MAX_STEPS else True if step == 1 else None
            text = grammar.call(by_name.values(), earlier, more)
            pieces += self._generate(pieces, text, _CALL_TOKENS, cancel)
            if cancel is not None and cancel.is_set():
                return []
            calls = parse_calls(list(pieces[start:]))
            if pieces[-1] is not Marker.CALL:
                return parted([_cleaned(call) for call in calls if call.tool])
            earlier.append(by_name[calls[-2].tool])

    def arguments(
        self, request: str, route: Marker, cancel: threading.Event | None = None
    ) -> Mapping[str, str]:
        """Subject, key and value of ``REMEMBER``; subject and perhaps key of ``RECALL`` and ``FORGET``."""
        grammar = CompactGrammar(request, self.engine.tokenizer)
        text = grammar.fact() if route is Marker.REMEMBER else grammar.topic()
        pieces = self._generate([*render_request(request), route], text, _CALL_TOKENS, cancel)
        calls = parse_calls(pieces)
        return {name: trimmed(str(value)) for name, value in calls[0].args.items()} if calls else {}

    def reply(self, request: str, cancel: threading.Event | None = None) -> Iterator[str]:
        """Streamed small talk."""
        prompt = encode([*render_request(request), Marker.CHAT], self.engine.tokenizer)
        params = SamplingParams(max_tokens=_ANSWER_TOKENS, grammar=reply_grammar())
        for chunk in self.engine.generate(prompt, params, cancel):
            if chunk.usage is not None:
                self.on_usage(chunk.usage)
            if chunk.text:
                yield chunk.text

    def answer(
        self,
        request: str,
        results: Sequence[ResultCard] = (),
        facts: Sequence[tuple[str, str, str]] = (),
        cancel: threading.Event | None = None,
    ) -> list[str | Slot]:
        """Wording of results or of facts, with slots where values belong."""
        segments = [
            Segment(_slots(number, result), result.fields.get("count") == 0, result.in_own_words)
            for number, result in enumerate(results, start=1)
        ]
        if facts:
            parts = ("subject", "key", "value")
            numbers = range(1, len(facts) + 1)
            segments.append(Segment(tuple(f"{n}.{name}" for n in numbers for name in parts), empty=True))
        pieces = self._generate(
            render_answer(request, results, facts),
            answer_grammar(self.engine.tokenizer, segments),
            _ANSWER_TOKENS,
            cancel,
        )
        return list(_slotted(pieces))

    def _generate(
        self, pieces: Sequence[Piece], grammar: str, max_tokens: int, cancel: threading.Event | None
    ) -> list[Piece]:
        prompt = encode(pieces, self.engine.tokenizer)
        ids: list[int] = []
        params = SamplingParams(max_tokens=max_tokens, grammar=grammar)
        for chunk in self.engine.generate(prompt, params, cancel):
            ids += chunk.tokens
            if chunk.usage is not None:
                self.on_usage(chunk.usage)
        return self.pieces(ids)

    def pieces(self, ids: Sequence[int]) -> list[Piece]:
        """Generated ids as markers and the texts between them; the end marker is dropped."""
        markers = {self.engine.tokenizer.token_id(marker.value): marker for marker in Marker}
        pieces: list[Piece] = []
        text: list[int] = []
        for token in [*ids, None]:
            if token is not None and token not in markers:
                text.append(token)
                continue
            if text:
                pieces.append(self.engine.tokenizer.decode(text))
                text = []
            if token is not None and markers[token] is not Marker.END:
                pieces.append(markers[token])
        return pieces


def _cleaned(call: Call) -> Call:
    """Without the joints at which values were cut from the request."""
    args = {name: trimmed(value) if isinstance(value, str) else value for name, value in call.args.items()}
    return Call(call.tool, args)


def _slots(number: int, result: ResultCard) -> tuple[str, ...]:
    """What an answer may name of a result: its fields and the arguments of its call, or its error."""
    if result.in_own_words:
        return (f"{number}.text",)
    fields = ("error",) if result.error else result.shown
    return tuple(f"{number}.{name}" for name in dict.fromkeys((*fields, *result.args)))


def _slotted(pieces: Sequence[Piece]) -> Iterator[str | Slot]:
    inside = False
    for piece in pieces:
        if piece is Marker.SLOT:
            inside = not inside
        elif piece is Marker.RESULT:
            yield "\n"
        elif inside:
            number, _, name = piece.partition(".")
            yield Slot(int(number), name)
        else:
            yield str(piece)
