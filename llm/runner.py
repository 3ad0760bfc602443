"""Run a decoder over one state: the only operation is "continue to the end of these tokens".

Prefill, decode, appending forced tokens and going back to an earlier prompt are the same call, because the
state knows which tokens it stands for and only the rest is computed. Several streams may share the state in
turn; each is correct, and one that lost its place pays for reading again. No sampling and no text here.
"""

import threading
from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from .decoder import Decoder
from .errors import ContextOverflow, RequestError
from .spec import AttentionSpec
from .state import SequenceState

PREFILL_CHUNK = 512  # tokens between two looks at the cancel flag, and the bound of the attention mask


class Runner:
    """A decoder with its state. Safe to share between threads; one step runs at a time."""

    def __init__(self, decoder: Decoder, context: int) -> None:
        self.decoder = decoder
        self.context = context
        weight = decoder.embedding.weight
        self.device = weight.device
        self._state = SequenceState(decoder.spec, context, weight.dtype, weight.device)
        self._lock = threading.Lock()
        self._owner: object = None
        self._boundaries: set[int] = set()

    def check(self, ids: Sequence[int], room: int = 0) -> None:
        """Raise `RequestError` for no or unknown tokens, `ContextOverflow` when `room` more would not fit."""
        if not ids:
            raise RequestError("The prompt is empty. Give at least one token.")
        if min(ids) < 0 or max(ids) >= self.decoder.spec.vocab:
            raise RequestError(f"A token id is outside the vocabulary of {self.decoder.spec.vocab}.")
        if len(ids) + room > self.context:
            raise ContextOverflow(len(ids), self.context)

    @torch.inference_mode()
    def logits(self, ids: Sequence[int]) -> Tensor:
        """Logits [T, vocab], float32, of one causal pass that leaves the state alone."""
        self.check(ids)
        return self.decoder(self._tensor(ids))[0].float()

    @torch.inference_mode()
    def mean_state(self, ids: Sequence[int]) -> Tensor:
        """The final states [width], averaged over the tokens, float32; the state is left alone."""
        self.check(ids)
        return self.decoder.hidden(self._tensor(ids))[0].float().mean(dim=0)

    def held(self, ids: Sequence[int], owner: object, boundaries: Collection[int] = ()) -> int:
        """Make `owner` the state's user, keep what it can resume of `ids` and return that length.

        `boundaries` are lengths at which a later prompt may part from this one. Layers that cannot go back by
        themselves are kept there as snapshots, and before the last token.
        """
        with self._lock:
            return self._take(ids, owner, boundaries)

    def advance(
        self, ids: Sequence[int], owner: object, tail: int = 1, limit: int = PREFILL_CHUNK
    ) -> Tensor | None:
        """Compute about `limit` of the tokens of `ids` that the state lacks.

        Returns the final states [tail, width] of the last `tail` tokens, or None while there are more to
        compute.
        """
        with self._lock, torch.inference_mode():
            if self._owner is not owner:
                self._take(ids, owner, tail=tail)
            start = self._state.length
            end = min(start + limit, *(at for at in self._boundaries if start < at), len(ids))
            # The last tokens are computed together, because the states of all of them are wanted.
            end = end if end <= len(ids) - tail else len(ids)
            states = self._feed(ids[start:end])
            if end in self._boundaries:
                self._state.snapshot()
            return states[-tail:] if end == len(ids) else None

    def rewind(self, length: int, owner: object) -> None:
        """Forget what `owner` computed behind the first `length` tokens: guesses that did not come true."""
        with self._lock:
            if self._owner is owner:
                self._state.rewind(self._state.resumable(length))

    @torch.inference_mode()
    def project(self, states: Tensor, rows: Tensor | None = None) -> Tensor:
        """Logits [T, vocab] of final states [T, width], or [T, len(rows)] for the tokens `rows`; float32."""
        rows = None if rows is None else rows.to(self.device)
        return self.decoder.project(states, rows).float()

    @property
    def rewindable(self) -> bool:
        """Whether tokens can be taken back at no cost, without which it does not pay to guess any."""
        return all(isinstance(layer.mixer, AttentionSpec) for layer in self.decoder.spec.layers)

    @torch.inference_mode()
    def score(self, ids: Sequence[int], options: Sequence[Sequence[int]]) -> list[float]:
        """Log-probability of each continuation of `ids`, over all its tokens. Leaves the state at `ids`."""
        self.check(ids, max(map(len, options), default=0))
        for option in options:
            self.check(option)
        owner = object()
        self.held(ids, owner)
        while (states := self.advance(ids, owner)) is None:
            pass
        first = self.project(states)[0].log_softmax(-1)
        scores = []
        with self._lock:
            if self._owner is not owner:
                raise RequestError("The state was taken by another request. Score from one thread at a time.")
            self._state.snapshot()
            for option in options:
                score = float(first[option[0]])
                if len(option) > 1:
                    rest = self.project(self._feed(option[:-1])).log_softmax(-1)
                    score += float(rest.gather(1, self._tensor(option[1:]).T).sum())
                    self._state.rewind(len(ids))
                scores.append(score)
        return scores

    def _take(
        self, ids: Sequence[int], owner: object, boundaries: Collection[int] = (), tail: int = 1
    ) -> int:
        self._owner = owner
        # The last tokens are always computed, because their final states are what is wanted.
        wanted = len(ids) - tail
        self._boundaries = {*boundaries, wanted} if self._state.needs_snapshots else set()
        return self._state.reuse(ids[:wanted])

    def _feed(self, ids: Sequence[int]) -> Tensor:
        """Append `ids` to the state; final states [T, width]."""
        self._state.reserve(len(ids))
        states = self.decoder.hidden(self._tensor(ids), self._state)
        self._state.commit(ids)
        return states[0]

    def _tensor(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor([ids], dtype=torch.long, device=self.device)
