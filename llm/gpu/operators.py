"""The operations of which a pass on a GPU is made, and where a layer finds its keys and values.

`Operators` is the seam between what is computed (forward.py) and by what: plain PyTorch (reference.py), which
defines each operation, or Triton kernels (triton_operators.py).

Shapes: R rows of the pass, one new token in each; W width; H query heads, K key heads, D head size; F width
of the feed-forward.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from ..cache.layer_state import KeyValueMemory
from ..spec import Activation
from .weights import Weight

# Rows of `LayerCache.places`.
KEYS, VALUES, HEAD_STRIDE, ORIGIN, PAGE_TOKENS = range(5)
PLACES = 5


@dataclass(frozen=True, slots=True)
class LayerCache:
    """Keys and values of one layer, for each row of a pass.

    `positions` [R] is where the row's token stands in its sequence; negative in rows that fill up a pass,
    which write nothing and see nothing. `places` [5, R] says where the cache of a row lies: the addresses of
    slot 0 of key head 0 and of its value, values between heads, the position that has slot 0, and how many
    slots make a page. Where there are pages, row `sequence` [R] of `table` lists them. Addresses are data,
    so a graph that was captured before the storage grew reads the new place. `memories` are the same for
    code that follows no addresses, one for each row that is no filling.
    """

    positions: Tensor
    sequence: Tensor
    places: Tensor
    table: Tensor
    memories: Sequence[KeyValueMemory]


@dataclass(frozen=True, slots=True)
class Heads:
    """What attention has to know of a layer. `window` 0 sees everything."""

    heads: int
    kv_heads: int
    head_dim: int
    scale: float
    window: int


class Operators(Protocol):
    """Every operation returns new tensors in the dtype of its input, and sums in float32."""

    follows_addresses: bool
    """Whether `LayerCache.memories` may be left empty."""

    def linear(self, x: Tensor, weight: Weight) -> Tensor:
        """[R, columns] to [R, rows]."""
        ...

    def add_norm(
        self, residual: Tensor, added: Tensor | None, post_norm: Tensor | None, norm: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor]:
        """`residual + added` [R, W], and that normed by its root mean square and scaled by `norm` [W].

        With `post_norm` [W], `added` is normed, too, before it is added.
        """
        ...

    def rotate_and_store(
        self,
        qkv: Tensor,
        heads: Heads,
        angles: tuple[Tensor, Tensor],
        head_norms: Tensor | None,
        epsilon: float,
        cache: LayerCache,
    ) -> Tensor:
        """Rotated queries [R, H * D] out of `qkv` [R, (H + 2 K) * D]; keys and values go to the cache.

        `angles` are cosine and sine [R, P] of P rotated pairs; a pair are the values i and i + P of a head.
        With `head_norms` [2, D], queries and keys are normed and scaled before, by the first and the second.
        """
        ...

    def attend(self, query: Tensor, heads: Heads, cache: LayerCache) -> Tensor:
        """[R, H * D]: each row attends to what its sequence holds up to its own position."""
        ...

    def gate(self, gate_up: Tensor, activation: Activation) -> Tensor:
        """[R, F]: the activation of the first F of [R, 2 F], times the others."""
        ...
