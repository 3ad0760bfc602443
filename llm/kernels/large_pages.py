"""Weights in one piece of memory with large pages, where the system gives them.

Decoding reads every weight once per token, and with pages of 4 KB a good part of that time goes into finding
the pages: large ones made products up to a third faster. Mapped files cannot have them, so weights are moved.
Knows tensors, but not what they are for.
"""

from pathlib import Path

import torch
from torch import Tensor

from .library import open_library

LARGE_PAGE = 2 << 20
ROOM = 64 << 20  # asked for at once; what is not used of it takes no memory
ALIGNMENT = 64  # a line of the cache
SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def offered() -> bool:
    """Whether this system has large pages for those who ask."""
    try:
        return "[never]" not in SETTING.read_text(encoding="ascii")
    except OSError:
        return False


class LargePages:
    """Memory for tensors, one after the other, each beginning at a line of the cache."""

    def __init__(self) -> None:
        self._room = torch.empty(0, dtype=torch.uint8)
        self._used = 0

    def keep(self, tensor: Tensor) -> Tensor:
        """A contiguous copy that lies there."""
        end = self._used + tensor.nbytes
        if end > self._room.numel():
            self._room, self._used = _room(max(ROOM, tensor.nbytes)), 0
            end = tensor.nbytes
        place = self._room[self._used : end].view(tensor.dtype).view(tensor.shape)
        self._used = end + -end % ALIGNMENT
        return place.copy_(tensor)


def _room(size: int) -> Tensor:
    whole = torch.empty(size + LARGE_PAGE, dtype=torch.uint8)
    start = -whole.data_ptr() % LARGE_PAGE
    room = whole[start : start + size]
    open_library().homewit_prefer_large_pages(room.data_ptr(), size)
    return room
