"""Turns a request into a stream of chunks: checks it, compiles its grammar, and sets up who guesses ahead.

One `Requests` belongs to an engine; it keeps what outlasts a request, the outputs to guess from. It knows
neither files nor chat templates.
"""

import secrets
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .decoding.choice import Choice
from .decoding.constrain import Constraint, GrammarCompiler
from .decoding.draft_model import ModelDrafter
from .decoding.drafts import Drafter, Drafting
from .decoding.guide import Guide
from .decoding.output import Output
from .decoding.penalties import breaks_at
from .decoding.stream import TokenStream
from .decoding.suffixes import DraftHistory, SuffixDrafter
from .decoding.thinking import Phase, Thinking, ThinkingMarkers
from .generation import Chunk, SamplingParams
from .serving.runner import Runner
from .serving.schedule import Priority
from .serving.shared_prefixes import SharedPrefixes
from .tokenizer import Tokenizer

APART = 64  # tokens between two places where layers that cannot go back are saved
MANY = 1 << 30


class Requests:
    """Starts generations on one runner; `draft` runs a smaller model that guesses for it."""

    def __init__(
        self,
        runner: Runner,
        tokenizer: Tokenizer,
        grammars: GrammarCompiler,
        prefixes: SharedPrefixes,
        draft: Runner | None = None,
    ) -> None:
        self.history = DraftHistory()
        self.message_ends: set[int] = set()
        """Control tokens that chat templates put behind a message."""
        self._runner = runner
        self._prefixes = prefixes
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
        priority: Priority = Priority.INTERACTIVE,
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
        drafter = self._model_drafter(choice, cancel)
        stream = TokenStream(
            self._runner,
            ids,
            choice,
            Output(self._tokenizer, params, thinking),
            Guide(constraint, thinking),
            self._drafting(params, drafter),
            cancel,
            priority,
            self.boundaries(ids),
        )
        return self._remembered(stream, ids, drafter)

    def score(
        self, ids: Sequence[int], options: Sequence[Sequence[int]], priority: Priority = Priority.INTERACTIVE
    ) -> list[float]:
        """Log-probability of each continuation of `ids`."""
        scores = self._runner.score(ids, options, priority, self.boundaries(ids))
        self._prefixes.used(ids)
        return scores

    def boundaries(self, ids: Sequence[int]) -> set[int]:
        """Lengths at which a later prompt may part from this one: behind each message, and what all share."""
        if not self._runner.cache.stateful:
            return set()  # every layer can resume anywhere
        closing = self._tokenizer.eos_ids | self.message_ends
        ends = [index + 1 for index, token in enumerate(ids) if token in closing]
        shared = self._prefixes.length(ids)
        # Short messages share one, because a prompt is read in pieces between them; the last has its own.
        kept = [end for end, after in pairwise([*ends, MANY]) if after - end >= APART]
        return {*kept, shared} - {0}

    def _constraint(self, params: SamplingParams) -> Constraint | None:
        jump = params.logprobs is None  # the logits of a token that is jumped over are never computed
        if params.schema is not None:
            return self._grammars.from_schema(params.schema, jump)
        if params.grammar is not None:
            return self._grammars.from_lark(params.grammar, jump)
        return None

    def _model_drafter(self, choice: Choice, cancel: threading.Event | None) -> ModelDrafter | None:
        if self._draft is None or not choice.params.drafts:
            return None
        vocab = self._runner.decoder.spec.vocab
        return ModelDrafter(self._draft, vocab, choice, self._draft_cost, cancel)

    def _drafting(self, params: SamplingParams, drafter: ModelDrafter | None) -> Drafting | None:
        if not params.drafts:
            return None
        drafters: list[Drafter] = [SuffixDrafter(self.history), *([drafter] if drafter is not None else [])]
        return Drafting(drafters, params.drafts, replays=not self._runner.rewindable)

    def _remembered(
        self, stream: TokenStream, prompt: Sequence[int], drafter: ModelDrafter | None
    ) -> Iterator[Chunk]:
        try:
            yield from stream.chunks()
        finally:
            self._prefixes.used(prompt)  # a request that was cancelled has read its prompt all the same
            self.history.add(stream.ids[len(prompt) :])
            if drafter is not None:
                drafter.close()


def _size(runner: Runner) -> int:
    """Bytes of weights, most of which a step reads."""
    decoder = runner.decoder
    return sum(tensor.nbytes for tensor in (*decoder.parameters(), *decoder.buffers()))
