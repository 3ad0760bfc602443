"""Run a decoder over its cache: the only operation is "continue to the end of these tokens".

Prefill, decode, appending forced tokens and going back to an earlier prompt are the same call, because the
cache knows what it holds and only the rest is computed. Any number of sequences may be open at once; they
share passes, and the pages of what they have in common. No sampling and no text here.
"""

import threading
from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor

from ..cache.prefix_cache import PrefixCache
from ..errors import ContextOverflow, RequestError
from ..network.decoder import Decoder
from ..spec import AttentionSpec
from .passes import DecodeStep, passes_of
from .schedule import Priority
from .scheduler import Scheduler
from .sequence import SequenceHandle, Work


class Runner:
    """A decoder with its cache. Safe to share between threads.

    `step` computes what it can in the decoder's place. `release` ends what the decoder needs of others.
    """

    def __init__(
        self,
        decoder: Decoder,
        context: int,
        cache: PrefixCache | None = None,
        step: DecodeStep | None = None,
        release: Callable[[], None] | None = None,
    ) -> None:
        weight = decoder.embedding.weight
        self.decoder = decoder
        self.device = weight.device
        self.cache = cache or PrefixCache(decoder.spec, context, weight.dtype, weight.device)
        self.context = min(context, self.cache.tokens)
        self.is_native = step is not None
        # A step of its own follows pages wherever they lie.
        self._scheduler = Scheduler(self.cache, passes_of(decoder, step), gathers=step is None)
        self._project = decoder.project if step is None else step.project
        self._release = release

    def check(self, ids: Sequence[int], room: int = 0) -> None:
        """Raise `RequestError` for no or unknown tokens, `ContextOverflow` when `room` more would not fit."""
        if not ids:
            raise RequestError("The prompt is empty. Give at least one token.")
        if min(ids) < 0 or max(ids) >= self.decoder.spec.vocab:
            raise RequestError(f"A token id is outside the vocabulary of {self.decoder.spec.vocab}.")
        if len(ids) + room > self.context:
            raise ContextOverflow(len(ids), self.context)

    def open(
        self,
        most: int,
        priority: Priority = Priority.INTERACTIVE,
        boundaries: Collection[int] = (),
        cancel: threading.Event | None = None,
    ) -> SequenceHandle:
        """A sequence that may come to have `most` tokens; close it in the end.

        `boundaries` are lengths at which a later prompt may part from this one.
        """
        return SequenceHandle(self._scheduler, priority, boundaries, min(most, self.context), cancel)

    @torch.inference_mode()
    def logits(self, ids: Sequence[int]) -> Tensor:
        """Logits [T, vocab], float32, of one causal pass that leaves the cache alone."""
        self.check(ids)
        with self._scheduler.model:
            return self.decoder(self._tensor(ids))[0].float()

    @torch.inference_mode()
    def mean_state(self, ids: Sequence[int]) -> Tensor:
        """The final states [width], averaged over the tokens, float32; the cache is left alone."""
        self.check(ids)
        with self._scheduler.model:
            return self.decoder.hidden(self._tensor(ids))[0].float().mean(dim=0)

    @torch.inference_mode()
    def project(self, states: Tensor, rows: Tensor | None = None) -> Tensor:
        """Logits [T, vocab] of final states [T, width], or [T, len(rows)] for the tokens `rows`; float32.

        Several callers that wait for all logits at once get them by one reading of the weights.
        """
        if rows is None:
            return self._scheduler.project(states, self._project).float()
        return self._project(states, rows.to(self.device)).float()

    @property
    def rewindable(self) -> bool:
        """Whether any token can be taken back at no cost.

        Layers that hand on a state return in front of all guesses and compute those again that came true.
        """
        return all(isinstance(layer.mixer, AttentionSpec) for layer in self.decoder.spec.layers)

    def score(
        self,
        ids: Sequence[int],
        options: Sequence[Sequence[int]],
        priority: Priority = Priority.INTERACTIVE,
        boundaries: Collection[int] = (),
    ) -> list[float]:
        """Log-probability of each continuation of `ids`, over all its tokens, in as few passes as possible.

        Afterwards the cache holds `ids`.
        """
        self.check(ids, max(map(len, options), default=0))
        for option in options:
            self.check(option)
        with self.open(len(ids), priority, {*boundaries, len(ids)}) as sequence:
            first = self._states(sequence, ids, 1)
        following = self.project(first)[0].log_softmax(-1)
        rest = [option for option in options if len(option) > 1]
        scores = [float(following[option[0]]) for option in options]
        for index, states in zip(
            [index for index, option in enumerate(options) if len(option) > 1],
            self._branches(ids, rest, priority),
            strict=True,
        ):
            option = options[index]
            chosen = self.project(states).log_softmax(-1).gather(1, self._tensor(option[1:]).T)
            scores[index] += float(chosen.sum())
        return scores

    def forget(self, find: Callable[[Sequence[int]], int | None]) -> None:
        """Let go of all tokens that `find` finds (see `PrefixTree.forget`), also when open sequences end."""
        with self._scheduler.model, torch.inference_mode():
            self._scheduler.settle()
            for sequence in self._scheduler.sequences():
                sequence.private = sequence.private or find(sequence.asked) is not None
            self.cache.forget(find)

    def export(self, ids: Sequence[int]) -> dict[str, Tensor] | None:
        """Copies of what the cache holds of exactly `ids`; None unless it is all there."""
        with self._scheduler.model, torch.inference_mode():
            return self.cache.export(ids)

    def pin(self, ids: Sequence[int]) -> None:
        """Keep `ids` in memory instead of what was pinned before."""
        with self._scheduler.model:
            self.cache.pin(ids)

    def close(self) -> None:
        """Compute nothing more, once the pass that is on its way is done."""
        if self._release is not None:
            with self._scheduler.model:
                self._release()

    def _branches(
        self, ids: Sequence[int], options: Sequence[Sequence[int]], priority: Priority
    ) -> list[Tensor]:
        """Final states behind each token of each option but the last, one branch each behind `ids`."""
        handles = [self.open(len(ids) + len(option), priority) for option in options]
        try:
            waiting = {
                index: Work(handle, [*ids, *option[:-1]], len(option) - 1)
                for index, (handle, option) in enumerate(zip(handles, options, strict=True))
            }
            found: dict[int, Tensor] = {}
            while waiting:
                self._scheduler.serve(list(waiting.values()))
                for index, work in list(waiting.items()):
                    if work.states is not None:
                        found[index] = work.states
                        del waiting[index]
                    else:
                        waiting[index] = Work(work.sequence, work.ids, work.tail)
            return [found[index] for index in range(len(options))]
        finally:
            for handle in handles:
                handle.discard()

    def _states(self, sequence: SequenceHandle, ids: Sequence[int], tail: int) -> Tensor:
        while (states := sequence.advance(ids, tail)) is None:
            pass
        return states

    def _tensor(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor([ids], dtype=torch.long, device=self.device)
