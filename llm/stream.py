"""One generation, token by token: constraint, sampling, stop strings and usage around `Runner.advance`.

Each round feeds the tokens that are certain, looks at the last logits, and decides on the next token and on
those that the grammar forces behind it. It knows nothing of checkpoints or chat.
"""

import secrets
import threading
import time
from collections.abc import Iterator

from .constrain import Constraint
from .generation import Chunk, FinishReason, SamplingParams, Usage
from .runner import Runner
from .sampling import choose
from .stops import StopMatcher
from .tokenizer import Tokenizer


class TokenStream:
    """State of one request. Iterate `chunks` once."""

    def __init__(
        self,
        runner: Runner,
        tokenizer: Tokenizer,
        prompt: list[int],
        params: SamplingParams,
        constraint: Constraint | None,
        cancel: threading.Event | None,
    ) -> None:
        self._runner = runner
        self._params = params
        self._constraint = constraint
        self._cancel = cancel
        self._eos = tokenizer.eos_ids
        self._text = tokenizer.stream()
        self._stops = StopMatcher(params.stop)
        self._ids = list(prompt)
        self._prompt = len(prompt)
        self._limit = min(params.max_tokens, runner.context - len(prompt))
        self._seed = secrets.randbits(63) if params.seed is None else params.seed
        self._forced = 0
        self._started = time.perf_counter()
        self._first_token_s: float | None = None

    def chunks(self) -> Iterator[Chunk]:
        """The output as it comes; the last chunk has `finish_reason` and `usage`."""
        cached = self._runner.held(self._ids, self)
        forced = self._take_forced(self._limit)
        reason: FinishReason | None = None
        tokens = forced
        while True:
            if tokens:
                reason, chunk = self._emit(tokens)
                yield chunk
            if reason is None:
                reason = self._state()
            if reason is None:
                tokens = self._next()
                reason = None if tokens else "cancelled"
            if reason is not None:
                break
        rest = self._stops.push(self._text.finish()) + self._stops.finish()
        yield Chunk(rest, finish_reason=reason, usage=self._usage(cached))

    @property
    def _generated(self) -> int:
        return len(self._ids) - self._prompt

    def _state(self) -> FinishReason | None:
        """Whether there is a reason to end before the next token."""
        if self._constraint is not None and self._constraint.finished:
            return "stop"
        if self._generated >= self._limit:
            return "length"
        return None

    def _next(self) -> list[int]:
        """The next token and those forced behind it; nothing when cancelled."""
        logits = None
        while logits is None:
            if self._cancel is not None and self._cancel.is_set():
                return []
            logits = self._runner.advance(self._ids, self)
        if self._constraint is not None:
            logits = self._constraint.mask(logits)
        token = choose(logits, self._params, self._seed, self._generated, self._ids)
        if self._constraint is None:
            return [token]
        self._constraint.accept(token)
        return [token, *self._take_forced(self._limit - self._generated - 1)]

    def _take_forced(self, room: int) -> list[int]:
        if self._constraint is None or room <= 0:
            return []
        tokens = self._constraint.forced()[:room]
        self._forced += len(tokens)
        return tokens

    def _emit(self, tokens: list[int]) -> tuple[FinishReason | None, Chunk]:
        """Take `tokens` into the output, up to the first that ends it."""
        text = ""
        reason: FinishReason | None = None
        taken = 0
        for token in tokens:
            taken += 1
            if token in self._eos:
                reason = "stop"
                break
            text += self._stops.push(self._text.push(token))
            if self._stops.stopped:
                reason = "stop"
                break
        self._ids += tokens[:taken]
        if self._first_token_s is None:
            self._first_token_s = time.perf_counter() - self._started
        return reason, Chunk(text, tuple(tokens[:taken]))

    def _usage(self, cached: int) -> Usage:
        return Usage(
            prompt=self._prompt,
            cached=cached,
            forced=min(self._forced, self._generated),
            drafted=0,
            generated=self._generated,
            seconds=time.perf_counter() - self._started,
            first_token_s=self._first_token_s,
        )
