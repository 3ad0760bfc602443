"""Run a decoder over one cache: the only operation is "continue to the end of these tokens".

Prefill, decode, appending forced tokens and going back to an earlier prompt are the same call, because the
cache knows which tokens it holds and only the rest is computed. Several streams may share the cache in turn;
each is correct, and one that lost its place pays for reading again. No sampling and no text here.
"""

import threading
from collections.abc import Sequence

import torch
from torch import Tensor

from .cache import KVCache
from .decoder import Decoder
from .errors import ContextOverflow, RequestError

PREFILL_CHUNK = 512  # tokens between two looks at the cancel flag, and the bound of the attention mask


class Runner:
    """A decoder with its cache. Safe to share between threads; one step runs at a time."""

    def __init__(self, decoder: Decoder, context: int) -> None:
        self.decoder = decoder
        self.context = context
        weight = decoder.norm.weight
        self.device = weight.device
        self._cache = KVCache(decoder.spec, context, decoder.embedding.weight.dtype, weight.device)
        self._lock = threading.Lock()
        self._owner: object = None

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
        """Logits [T, vocab], float32, of one causal pass that leaves the cache alone."""
        self.check(ids)
        return self.decoder(self._tensor(ids))[0].float()

    @torch.inference_mode()
    def mean_state(self, ids: Sequence[int]) -> Tensor:
        """The final states [width], averaged over the tokens, float32; the cache is left alone."""
        self.check(ids)
        return self.decoder.hidden(self._tensor(ids))[0].float().mean(dim=0)

    def held(self, ids: Sequence[int], owner: object) -> int:
        """Make `owner` the cache's user, keep the longest prefix shared with `ids` and return its length."""
        with self._lock:
            self._owner = owner
            # The last token is always computed, because its logits are what is wanted.
            return self._cache.reuse(ids[:-1])

    def advance(self, ids: Sequence[int], owner: object, limit: int = PREFILL_CHUNK) -> Tensor | None:
        """Compute up to `limit` of the tokens of `ids` that the cache lacks.

        Returns the last token's logits [vocab], float32, or None while there are more to compute.
        """
        with self._lock, torch.inference_mode():
            if self._owner is not owner:
                self._cache.reuse(ids[:-1])
                self._owner = owner
            fresh = ids[self._cache.length : self._cache.length + limit]
            logits = self._feed(fresh, last_only=True)
            return logits[0] if self._cache.length == len(ids) else None

    @torch.inference_mode()
    def score(self, ids: Sequence[int], options: Sequence[Sequence[int]]) -> list[float]:
        """Log-probability of each continuation of `ids`, over all its tokens. Leaves the cache at `ids`."""
        self.check(ids, max(map(len, options), default=0))
        for option in options:
            self.check(option)
        owner = object()
        self.held(ids, owner)
        while (following := self.advance(ids, owner)) is None:
            pass
        first = following.log_softmax(-1)
        scores = []
        with self._lock:
            if self._owner is not owner:
                raise RequestError("The cache was taken by another request. Score from one thread at a time.")
            for option in options:
                score = float(first[option[0]])
                if len(option) > 1:
                    rest = self._feed(option[:-1]).log_softmax(-1)
                    score += float(rest.gather(1, self._tensor(option[1:]).T).sum())
                    self._cache.rewind(len(ids))
                scores.append(score)
        return scores

    def _feed(self, ids: Sequence[int], last_only: bool = False) -> Tensor:
        """Append `ids` to the cache; logits [T or 1, vocab], float32."""
        self._cache.reserve(len(ids))
        logits = self.decoder(self._tensor(ids), self._cache, last_only)
        self._cache.commit(ids)
        return logits[0].float()

    def _tensor(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor([ids], dtype=torch.long, device=self.device)
