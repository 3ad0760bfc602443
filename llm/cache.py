"""Keys and values of the tokens already read, so that they are never computed again.

One preallocated block per layer, written in place, grown by doubling; rewinding is forgetting a length. The
cache also remembers which tokens it holds, because the next call reuses the longest common prefix. It knows
nothing of text.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .errors import ContextOverflow
from .spec import ModelSpec

INITIAL_CAPACITY = 256


class KVCache:
    """Cache of one sequence. `tokens` are those whose keys and values are held, in order."""

    def __init__(self, spec: ModelSpec, context: int, dtype: torch.dtype, device: torch.device) -> None:
        self.context = context
        self.capacity = min(INITIAL_CAPACITY, context)
        self.length = 0
        self.tokens: list[int] = []
        self._blocks = [
            torch.empty(
                2, layer.mixer.kv_heads, self.capacity, layer.mixer.head_dim, dtype=dtype, device=device
            )
            for layer in spec.layers
        ]

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store keys and values [1, K, T, D] behind those of `layer`; return all of them [1, K, S, D]."""
        end = self.length + key.shape[2]
        block = self._blocks[layer]
        block[0, :, self.length : end] = key[0]
        block[1, :, self.length : end] = value[0]
        held = block[:, :, :end]
        return held[0:1], held[1:2]

    def reserve(self, count: int) -> None:
        """Make room for `count` more tokens. Raises `ContextOverflow` beyond the context."""
        needed = self.length + count
        if needed > self.context:
            raise ContextOverflow(needed, self.context)
        if needed <= self.capacity:
            return
        self.capacity = min(self.context, 1 << (needed - 1).bit_length())
        for index, old in enumerate(self._blocks):
            grown = old.new_empty(2, old.shape[1], self.capacity, old.shape[3])
            grown[:, :, : self.length] = old[:, :, : self.length]
            self._blocks[index] = grown

    def commit(self, ids: Sequence[int]) -> None:
        """Count `ids` as held, once every layer has appended them."""
        self.tokens.extend(ids)
        self.length = len(self.tokens)

    def rewind(self, length: int) -> None:
        """Forget everything behind the first `length` tokens."""
        del self.tokens[length:]
        self.length = len(self.tokens)

    def reuse(self, ids: Sequence[int]) -> int:
        """Keep the longest common prefix with `ids`, forget the rest; return its length."""
        common = 0
        for held, wanted in zip(self.tokens, ids, strict=False):
            if held != wanted:
                break
            common += 1
        self.rewind(common)
        return common
