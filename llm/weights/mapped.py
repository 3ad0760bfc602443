"""Reads whole tensors from safetensors files that are mapped into memory, and lets go of what was read.

A tensor that is used as it is keeps its mapping; whoever copies tensors elsewhere never holds more than a
piece of the files besides. Knows neither names of models nor what tensors are for.
"""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import CheckpointError
from .shards import StoredTensor

MAPPED_BYTES = 64 << 20  # read from one mapping, before a new one is made


class MappedFiles:
    """Opens files as they are needed. `remedy` is what to do about a file that cannot be read."""

    def __init__(self, remedy: str = "Fetch it again.") -> None:
        self._open: dict[Path, safe_open] = {}
        self._remedy = remedy
        self._read_bytes = 0

    def read(self, stored: StoredTensor) -> Tensor:
        """The tensor as it is stored, on the CPU. Raises `CheckpointError`."""
        if self._read_bytes > MAPPED_BYTES:
            self._open.clear()
            self._read_bytes = 0
        try:
            if stored.file not in self._open:
                self._open[stored.file] = safe_open(stored.file, framework="pt")
            tensor = self._open[stored.file].get_tensor(stored.name)
        except (SafetensorError, OSError, ValueError) as error:
            raise CheckpointError(f"{stored.file} cannot be read ({error}). {self._remedy}") from error
        self._read_bytes += tensor.nbytes
        return tensor
