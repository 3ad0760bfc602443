"""Passes of few tokens by the native kernels, where these can run the decoder.

One call computes all layers for the new tokens of every sequence, and one more the logits. Long prompts stay
with PyTorch, whose products of large matrices are faster. It knows decoders and states; who is served is the
scheduler's affair.
"""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from ..cache.layer_state import DecoderState
from ..kernels.caches import SequenceCaches
from ..kernels.decoder import head_matrix, native_model
from ..kernels.library import available
from ..kernels.model import CannotRun
from ..kernels.step import Continuation, NativeStep
from ..network.decoder import Decoder
from ..quantization.layers import PackedLinear

MOST_DENSE_ROWS = 8  # from here on PyTorch's products of dense matrices win


class NativeDecoding:
    """A `DecodeStep`. Raises `CannotRun` for a decoder that the kernels cannot run."""

    def __init__(self, decoder: Decoder) -> None:
        self._step = NativeStep(native_model(decoder))
        self._head = head_matrix(decoder)
        self._layers = len(decoder.spec.layers)
        self._is_packed = any(isinstance(module, PackedLinear) for module in decoder.modules())
        self._caches: WeakKeyDictionary[DecoderState, SequenceCaches] = WeakKeyDictionary()

    def hidden(
        self, ids: Sequence[Sequence[int]], states: Sequence[DecoderState], tails: Sequence[int]
    ) -> list[Tensor] | None:
        if not self._is_packed and sum(map(len, ids)) > MOST_DENSE_ROWS:
            return None
        continuations = []
        for tokens, state in zip(ids, states, strict=True):
            caches = self._caches_of(state)
            if caches is None:
                return None
            continuations.append(Continuation(tokens, state.length, caches))
        wanted, end = [], 0
        for tokens, tail in zip(ids, tails, strict=True):
            end += len(tokens)
            wanted += range(end - tail, end)
        return list(self._step(continuations, wanted).split(list(tails)))

    def project(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        if rows is None:
            return self._head.multiply(hidden, torch.float32)
        return self._head.multiply_some(hidden, rows)

    def _caches_of(self, state: DecoderState) -> SequenceCaches | None:
        """Where the keys and values of a state lie at this moment; None if the kernels cannot read them."""
        caches = self._caches.get(state)
        if caches is None:
            caches = self._caches[state] = SequenceCaches(self._layers)
        for number, layer in enumerate(state.layers):
            memory = layer.memory()
            if memory is None:
                return None
            if memory.pages is None:
                caches.set_block(number, memory.block, memory.origin, memory.scales)
            else:
                caches.set_pages(
                    number, memory.block, memory.pages, memory.page_tokens, memory.origin, memory.scales
                )
        return caches


def native_decoding(decoder: Decoder) -> NativeDecoding | None:
    """The native way to decode, or None where there is none and PyTorch does everything."""
    if not available():
        return None
    try:
        return NativeDecoding(decoder)
    except CannotRun:
        return None
