"""How fast this machine reads its memory: the limit that decoding is held against.

Reads with the kernels' own threads and widest loads. Knows nothing of models.
"""

from time import perf_counter

import torch

from .library import open_library


class ReadSpeed:
    """Reads a block of `size` bytes, which it keeps; only a block larger than all caches tells of memory.

    Raises `KernelsUnavailable`.
    """

    def __init__(self, size: int) -> None:
        self._read = open_library().homewit_read
        self._block = torch.ones(size, dtype=torch.uint8)

    def measure(self) -> float:
        """Bytes per second, of one time through the block."""
        size = self._block.numel()
        started = perf_counter()
        self._read(self._block.data_ptr(), size, torch.get_num_threads())
        return size / (perf_counter() - started)
