"""Weights in one piece of memory with large pages, where the system gives them.

Decoding reads every weight once per token, and with pages of 4 KB a good part of that time goes into finding
the pages: large ones made products up to a third faster. Mapped files cannot have them, so weights are moved.
Knows tensors and modules, but not what they compute.
"""

from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from .library import open_library

LARGE_PAGE = 2 << 20
ALIGNMENT = 64  # a line of the cache
SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def offered() -> bool:
    """Whether this system has large pages for those who ask."""
    try:
        return "[never]" not in SETTING.read_text(encoding="ascii")
    except OSError:
        return False


class LargePages:
    """Memory for tensors of `size` bytes together, each beginning at a line of the cache."""

    def __init__(self, size: int) -> None:
        whole = torch.empty(size + LARGE_PAGE, dtype=torch.uint8)
        start = -whole.data_ptr() % LARGE_PAGE
        self._room = whole[start : start + size]
        self._used = 0
        open_library().homewit_prefer_large_pages(self._room.data_ptr(), size)

    def empty(self, like: Tensor) -> Tensor:
        """A contiguous tensor of that shape and dtype, on the CPU."""
        end = self._used + like.nbytes
        if end > self._room.numel():
            raise ValueError(f"{like.nbytes} bytes do not fit behind {self._used} of {self._room.numel()}")
        place = self._room[self._used : end].view(like.dtype).view(like.shape)
        self._used = end + -end % ALIGNMENT
        return place


def bytes_of(tensors: Iterable[Tensor]) -> int:
    """How many bytes `LargePages` needs to hold them."""
    return sum(tensor.nbytes + -tensor.nbytes % ALIGNMENT for tensor in tensors)


@torch.no_grad()
def settle(module: nn.Module) -> None:
    """Move all parameters and buffers of a module on the CPU, one after the other, if there are large pages.

    Everything moves, so that a file they were mapped from is let go.
    """
    size = bytes_of(_owned(module).values())
    if size < LARGE_PAGE or not offered():
        return
    pages = LargePages(size)
    moved: dict[int, Tensor] = {}
    for part in module.modules():
        for parameter in part.parameters(recurse=False):
            parameter.data = _moved(parameter.data, pages, moved)
        for name, buffer in part.named_buffers(recurse=False):
            if buffer.numel():
                setattr(part, name, _moved(buffer, pages, moved))


def _owned(module: nn.Module) -> dict[int, Tensor]:
    """Parameters and buffers that hold anything, each once, by address."""
    return {each.data_ptr(): each for each in (*module.parameters(), *module.buffers()) if each.numel()}


def _moved(tensor: Tensor, pages: LargePages, moved: dict[int, Tensor]) -> Tensor:
    """Shared tensors stay shared."""
    address = tensor.data_ptr()
    if address not in moved:
        moved[address] = pages.empty(tensor).copy_(tensor)
    return moved[address]
