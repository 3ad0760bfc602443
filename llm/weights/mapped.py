"""Reads tensors, or parts of them, from safetensors files that are mapped into memory.

What was read is let go of: a tensor that is used as it is keeps its mapping, but whoever copies tensors
elsewhere never holds more than a piece of the files besides. Knows neither names of models nor what tensors
are for.
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
        self._mapped_bytes = 0
        self.bytes_read = 0
        """What all tensors and parts that were read so far take."""

    def read(self, stored: StoredTensor, part: tuple[slice, ...] | None = None) -> Tensor:
        """The tensor as it is stored, or a part of it, on the CPU. Raises `CheckpointError`."""
        if self._mapped_bytes > MAPPED_BYTES:
            self._open.clear()
            self._mapped_bytes = 0
        try:
            if stored.file not in self._open:
                self._open[stored.file] = safe_open(stored.file, framework="pt")
            file = self._open[stored.file]
            tensor = file.get_tensor(stored.name) if part is None else file.get_slice(stored.name)[part]
        except (SafetensorError, OSError, ValueError) as error:
            raise CheckpointError(f"{stored.file} cannot be read ({error}). {self._remedy}") from error
        self._mapped_bytes += tensor.nbytes
        self.bytes_read += tensor.nbytes
        return tensor
