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


class SequenceCaches:
    """Made for `layers` layers; each is told where its memory is, and again whenever that moves."""

    def __init__(self, layers: int) -> None:
        self.structures = (structures.Cache * layers)()
        self._held: list[object] = [None] * layers

    def set_block(self, layer: int, block: Tensor, origin: int = 0) -> None:
        """Keys and values [2, heads, positions, head_dim] in one piece; row 0 is position `origin`."""
        held = self._held[layer]
        cache = self.structures[layer]
        if isinstance(held, tuple) and held[0] is block:
            cache.origin = origin
            return
        _check_kind(block)
        addresses = torch.tensor([block[0].data_ptr(), block[1].data_ptr()])
        self._fill(cache, addresses[:, None], block.shape[2], block.stride(1), block.stride(2), block.dtype)
        cache.origin = origin
        self._held[layer] = (block, addresses)

    def set_pages(
        self, layer: int, block: Tensor, pages: Sequence[int], page_tokens: int, origin: int = 0
    ) -> None:
        """As `set_block`, with the positions spread over pages: page p is the slots from p * page_tokens."""
        _check_kind(block)
        first = torch.tensor(pages, dtype=torch.long) * page_tokens * block.stride(2) * block.itemsize
        bases = torch.tensor([block[0].data_ptr(), block[1].data_ptr()])
        addresses = (bases[:, None] + first).contiguous()
        cache = self.structures[layer]
        self._fill(cache, addresses, page_tokens, block.stride(1), block.stride(2), block.dtype)
        cache.origin = origin
        self._held[layer] = (None, block, addresses)

    @staticmethod
    def _fill(
        cache: structures.Cache,
        addresses: Tensor,
        page_tokens: int,
        head_stride: int,
        token_stride: int,
        dtype: torch.dtype,
    ) -> None:
        cache.keys, cache.values = addresses[0].data_ptr(), addresses[1].data_ptr()
        cache.page_tokens = page_tokens
        cache.head_stride, cache.token_stride = head_stride, token_stride
        cache.kind = KINDS[dtype]


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


def _check_kind(block: Tensor) -> None:
    if block.ndim != 4 or block.device.type != "cpu" or block.dtype not in KINDS or block.stride(3) != 1:
        raise ValueError(
            f"the native kernels cannot read keys and values of shape {list(block.shape)}, {block.dtype} "
            f"on {block.device}"
        )
