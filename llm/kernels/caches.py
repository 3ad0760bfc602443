"""Where the keys and values of one sequence lie, as the native kernels see them: a table of pages for each
layer.

A block in one piece is a table with one page. The tensors belong to whoever made them; this only holds them
while it points into them. Knows nothing of tokens.
"""

import ctypes
from collections.abc import Sequence

import torch
from torch import Tensor

from . import structures
from .matrix import KINDS

CACHE_KINDS = KINDS | {torch.int8: structures.INT8}


class SequenceCaches:
    """Made for `layers` layers; each is told where its memory is, and again whenever that moves."""

    def __init__(self, layers: int) -> None:
        self.structures = (structures.Cache * layers)()
        self._held: list[object] = [None] * layers

    def set_block(self, layer: int, block: Tensor, origin: int = 0, scales: Tensor | None = None) -> None:
        """Keys and values [2, heads, positions, head_dim] in one piece; row 0 is position `origin`.

        As int8 they stand for themselves times `scales` [2, heads, positions, 1], float32.
        """
        held = self._held[layer]
        cache = self.structures[layer]
        if isinstance(held, tuple) and held[0] is block:
            cache.origin = origin
            return
        self._held[layer] = (block, self._fill(cache, block, scales, [0], block.shape[2], origin))

    def set_pages(
        self,
        layer: int,
        block: Tensor,
        pages: Sequence[int],
        page_tokens: int,
        origin: int = 0,
        scales: Tensor | None = None,
    ) -> None:
        """As `set_block`, with the positions spread over pages: page p is the slots from p * page_tokens."""
        held, cache = self._held[layer], self.structures[layer]
        if isinstance(held, tuple) and held[0] is None and held[1] is block and held[2] == pages:
            cache.origin = origin
            return
        kept = self._fill(cache, block, scales, pages, page_tokens, origin)
        self._held[layer] = (None, block, list(pages), kept)

    @staticmethod
    def _fill(
        cache: structures.Cache,
        block: Tensor,
        scales: Tensor | None,
        pages: Sequence[int],
        page_tokens: int,
        origin: int,
    ) -> list[Tensor]:
        """Describe the memory to the kernels; returns what has to be held besides `block`."""
        _check(block, scales)
        table = _addresses(block, pages, page_tokens)
        held = [table]
        cache.keys, cache.values = table[0].data_ptr(), table[1].data_ptr()
        cache.origin, cache.page_tokens = origin, page_tokens
        cache.head_stride, cache.token_stride = block.stride(1), block.stride(2)
        cache.kind = CACHE_KINDS[block.dtype]
        if scales is not None:
            of_scales = _addresses(scales, pages, page_tokens)
            cache.key_scales, cache.value_scales = of_scales[0].data_ptr(), of_scales[1].data_ptr()
            cache.scale_stride = scales.stride(1)
            held += [scales, of_scales]
        return held


def attend(
    caches: SequenceCaches,
    layer: int,
    query: Tensor,
    start: int,
    kv_heads: int,
    scale: float,
    window: int = 0,
) -> Tensor:
    """Causal attention of queries [rows, heads, head_dim], float32, at the positions from `start`.

    The keys and values of those positions are already stored.
    """
    from .library import open_library
    from .matrix import check_memory

    rows, heads, head_dim = query.shape
    query = query.contiguous()
    out = torch.empty_like(query)
    pointer = ctypes.byref(caches.structures[layer])
    threads = torch.get_num_threads()
    check_memory(
        open_library().homewit_attend(
            pointer,
            query.data_ptr(),
            start,
            rows,
            heads,
            kv_heads,
            head_dim,
            window,
            scale,
            out.data_ptr(),
            threads,
        )
    )
    return out


def _addresses(block: Tensor, pages: Sequence[int], page_tokens: int) -> Tensor:
    """Addresses [2, pages] of head 0's first row in each page, of keys and of values."""
    first = torch.tensor(pages, dtype=torch.long) * page_tokens * block.stride(2) * block.itemsize
    bases = torch.tensor([block[0].data_ptr(), block[1].data_ptr()])
    return (bases[:, None] + first).contiguous()


def _check(block: Tensor, scales: Tensor | None) -> None:
    """Raise ValueError for what the kernels cannot read: they do not look again."""
    on_cpu = block.device.type == "cpu" and block.dtype in CACHE_KINDS
    if not on_cpu or block.ndim != 4 or block.stride(3) != 1:
        raise ValueError(
            f"the native kernels cannot read keys and values of shape {list(block.shape)}, {block.dtype} "
            f"on {block.device}"
        )
    if (scales is not None) != (block.dtype == torch.int8) or (
        scales is not None and not _fit(scales, block)
    ):
        given = "no scales" if scales is None else f"scales of shape {list(scales.shape)}, {scales.dtype},"
        raise ValueError(
            f"the native kernels got {given} for keys and values of shape {list(block.shape)}, "
            f"{block.dtype}: int8 has one in float32 for each head and position, and nothing else has any"
        )


def _fit(scales: Tensor, block: Tensor) -> bool:
    placed = scales.dtype == torch.float32 and scales.device == block.device
    return placed and scales.shape == (*block.shape[:3], 1) and scales.stride(2) == 1
