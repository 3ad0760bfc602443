"""Turns a request into a stream of chunks: checks it, compiles its grammar, and sets up who guesses ahead.

One `Requests` belongs to an engine; it keeps what outlasts a request, the outputs to guess from. It knows
neither files nor chat templates.
"""

import secrets
import threading
from collections.abc import Iterator, Sequence

from .choice import Choice
from .constrain import Constraint, GrammarCompiler
from .draft_model import ModelDrafter
from .drafts import Drafter, Drafting
from .generation import Chunk, SamplingParams
from .guide import Guide
from .output import Output
from .penalties import breaks_at
from .runner import Runner
from .stream import TokenStream
from .suffixes import DraftHistory, SuffixDrafter
from .thinking import Phase, Thinking, ThinkingMarkers
from .tokenizer import Tokenizer


class Requests:
    """Starts generations on one runner; `draft` runs a smaller model that guesses for it."""

    def __init__(
        self, runner: Runner, tokenizer: Tokenizer, grammars: GrammarCompiler, draft: Runner | None = None
    ) -> None:
        self.history = DraftHistory()
        self._runner = runner
        self._tokenizer = tokenizer
        self._grammars = grammars
        self._draft = draft
        self._draft_cost = 0.0 if draft is None else _size(draft) / _size(runner)

    def start(
        self,
        ids: Sequence[int],
        params: SamplingParams,
        cancel: threading.Event | None = None,
        thoughts: tuple[ThinkingMarkers, Phase] | None = None,
    ) -> Iterator[Chunk]:
        """Continue `ids`; `thoughts` says how the model thinks aloud and whether it is about to.

        Raises `ContextOverflow`, `ConstraintError` or `RequestError` now, before any chunk.
        """
        self._runner.check(ids, room=1)
        constraint = self._constraint(params)
        thinking = None
        if thoughts is not None:
            markers, phase = thoughts
            thinking = Thinking(
                markers, phase, self._tokenizer, params.reasoning_budget, constraint is not None
            )
        seed = secrets.randbits(63) if params.seed is None else params.seed
        choice = Choice(params, seed, len(ids), breaks_at(self._tokenizer.decode, params.dry_breakers))
        stream = TokenStream(
            self._runner,
            ids,
            choice,
            Output(self._tokenizer, params, thinking),
            Guide(constraint, thinking),
            self._drafting(choice, cancel),
            cancel,
        )
        return self._remembered(stream, len(ids))

    def _constraint(self, params: SamplingParams) -> Constraint | None:
        jump = params.logprobs is None  # the logits of a token that is jumped over are never computed
        if params.schema is not None:
            return self._grammars.from_schema(params.schema, jump)
        if params.grammar is not None:
            return self._grammars.from_lark(params.grammar, jump)
        return None

    def _drafting(self, choice: Choice, cancel: threading.Event | None) -> Drafting | None:
        if not choice.params.drafts:
            return None
        drafters: list[Drafter] = [SuffixDrafter(self.history)]
        if self._draft is not None:
            vocab = self._runner.decoder.spec.vocab
            drafters.append(ModelDrafter(self._draft, vocab, choice, self._draft_cost, cancel))
        return Drafting(drafters, choice.params.drafts)

    def _remembered(self, stream: TokenStream, prompt: int) -> Iterator[Chunk]:
        try:
            yield from stream.chunks()
        finally:
            self.history.add(stream.ids[prompt:])


def _size(runner: Runner) -> int:
    """Bytes of weights, most of which a step reads."""
    decoder = runner.decoder
    return sum(tensor.nbytes for tensor in (*decoder.parameters(), *decoder.buffers()))
