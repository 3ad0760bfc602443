"""Keys and values in pages: where they lie in memory, and how they are written, read, copied and exported.

Each layer has one block [2, K, slots, D]; a page is `page_tokens` neighbouring slots of every layer, so a run
of neighbouring pages is read as one view, as a cache of a single sequence would be. Scattered pages are
gathered into a copy; a kernel that follows pointers takes `pointers` instead. Stored as computed, or as int8
with one scale per head and token. It knows neither tokens nor who holds which page.

Shapes: K key heads, T new tokens, S tokens held, D head size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .layer_state import KeyValueMemory
from .pages import PagePool

SCALE_BYTES = 4


@dataclass(frozen=True, slots=True)
class KVShape:
    """What one layer keeps of a token: a key and a value of `head_dim` for each of `heads`."""

    heads: int
    head_dim: int


def page_bytes(shapes: Sequence[KVShape], page_tokens: int, dtype: torch.dtype, int8: bool) -> int:
    """Memory of one page over all layers."""
    element = 1 if int8 else dtype.itemsize
    head = [2 * shape.heads * (shape.head_dim * element + SCALE_BYTES * int8) for shape in shapes]
    return page_tokens * sum(head)


class KVPages:
    """Storage for the pages of `pool`, growing with it."""

    def __init__(
        self,
        pool: PagePool,
        shapes: Sequence[KVShape],
        dtype: torch.dtype,
        device: torch.device,
        int8: bool = False,
    ) -> None:
        self.pool = pool
        self.dtype = dtype
        self.int8 = int8
        self.page_bytes = page_bytes(shapes, pool.page_tokens, dtype, int8)
        self._held_slots = 0
        stored = torch.int8 if int8 else dtype
        self._blocks = [
            torch.empty(2, shape.heads, 0, shape.head_dim, dtype=stored, device=device) for shape in shapes
        ]
        self._scales = [
            torch.empty(2, shape.heads, 0, 1, dtype=torch.float32, device=device) for shape in shapes if int8
        ]
        self.grow()

    @torch.inference_mode(False)  # blocks made during a pass are also written outside of one
    def grow(self) -> None:
        """Follow the pool's capacity. What is held keeps its place; views taken before go stale."""
        slots = self.pool.capacity * self.pool.page_tokens
        if slots == self._held_slots:
            return
        for blocks in (self._blocks, self._scales):
            for index, old in enumerate(blocks):
                grown = old.new_empty(2, old.shape[1], slots, old.shape[3])
                grown[:, :, : self._held_slots] = old
                blocks[index] = grown
        self._held_slots = slots

    def write(self, layer: int, slots: slice | Tensor, key: Tensor, value: Tensor) -> None:
        """Store keys and values [K, T, D] in T slots."""
        block = self._blocks[layer]
        for side, states in enumerate((key, value)):
            if self.int8:
                scale = (states.abs().amax(-1, keepdim=True).float() / 127).clamp_min(1e-20)
                self._scales[layer][side, :, slots] = scale
                states = (states / scale).round_().to(torch.int8)
            block[side, :, slots] = states

    def read(self, layer: int, slots: slice | Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [1, K, S, D] of S slots: a view of a slice, a copy of scattered ones."""
        held = _at(self._blocks[layer], slots)
        if self.int8:
            held = held.to(self.dtype) * _at(self._scales[layer], slots).to(self.dtype)
        return held[0:1], held[1:2]

    def pointers(self, layer: int, pages: Sequence[int]) -> tuple[Tensor, int]:
        """Addresses [2, pages] of head 0's first key and value in each page, and the bytes between heads."""
        block = self._blocks[layer]
        page = torch.tensor(pages, dtype=torch.long) * self.pool.page_tokens * block.stride(2)
        sides = torch.tensor([0, block.stride(0)])
        return block.data_ptr() + (sides[:, None] + page) * block.itemsize, block.stride(1) * block.itemsize

    def memory(self, layer: int, pages: Sequence[int], consecutive: bool) -> KeyValueMemory:
        """Where a layer's keys and values in `pages` lie."""
        block, scales = self._blocks[layer], self._scales[layer] if self.int8 else None
        if consecutive:
            first = pages[0] * self.pool.page_tokens if pages else 0
            return KeyValueMemory(block, -first, scales=scales)
        return KeyValueMemory(block, 0, pages, self.pool.page_tokens, scales)

    def copy(self, source: int, target: int, count: int) -> None:
        """The first `count` tokens of page `source` into page `target`."""
        start, to = source * self.pool.page_tokens, target * self.pool.page_tokens
        for block in (*self._blocks, *self._scales):
            block[:, :, to : to + count] = block[:, :, start : start + count]

    def erase(self, page: int) -> None:
        """Overwrite a page with zeros."""
        start = page * self.pool.page_tokens
        for block in (*self._blocks, *self._scales):
            block[:, :, start : start + self.pool.page_tokens] = 0

    def export(self, slots: slice | Tensor) -> dict[str, Tensor]:
        """Copies of what S slots hold, by name: `kv.LAYER` [2, K, S, D] and `scale.LAYER` [2, K, S, 1]."""
        named = [("kv", self._blocks), ("scale", self._scales)]
        return {
            f"{name}.{layer}": _at(block, slots).cpu().clone(memory_format=torch.contiguous_format)
            for name, blocks in named
            for layer, block in enumerate(blocks)
        }

    def layout(self, count: int) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
        """Shapes and dtypes of what `export` gives of `count` slots."""
        named = [("kv", self._blocks), ("scale", self._scales)]
        return {
            f"{name}.{layer}": ((2, block.shape[1], count, block.shape[3]), block.dtype)
            for name, blocks in named
            for layer, block in enumerate(blocks)
        }

    def fits(self, tensors: dict[str, Tensor], count: int) -> bool:
        """Whether `tensors` could have come from `export` of `count` slots of this storage."""
        return {name: (tuple(t.shape), t.dtype) for name, t in tensors.items()} == self.layout(count)

    def restore(self, slots: slice | Tensor, tensors: dict[str, Tensor]) -> None:
        """Put back what `export` gave."""
        for name, blocks in (("kv", self._blocks), ("scale", self._scales)):
            for layer, block in enumerate(blocks):
                block[:, :, slots] = tensors[f"{name}.{layer}"].to(block.device)


def _at(block: Tensor, slots: slice | Tensor) -> Tensor:
    return block[:, :, slots] if isinstance(slots, slice) else block.index_select(2, slots.to(block.device))
