"""The state of a recurrent layer: what one token hands on to the next."""

from torch import Tensor

from .layer_state import KeyValueMemory, Snapshot


class RecurrentState:
    """The tensors that a recurrence hands from token to token, None before the first one.

    They are replaced, never written to, so a snapshot is a reference and an uncommitted step leaves no trace.
    """

    takes_back: int | None = 0

    def __init__(self) -> None:
        self.length = 0
        self._tensors: Snapshot | None = None
        self._pending: Snapshot | None = None

    def read(self) -> Snapshot | None:
        """What the last committed token handed on."""
        return self._tensors

    def write(self, *tensors: Tensor) -> None:
        """What the new tokens hand on, valid from `commit`."""
        self._pending = tensors

    def reserve(self, count: int) -> None:
        """A recurrence needs no room."""

    def commit(self, count: int) -> None:
        self._tensors, self._pending = self._pending, None
        self.length += count

    def can_rewind(self, length: int) -> bool:
        return length in (0, self.length)

    def rewind(self, length: int) -> None:
        if length == 0:
            self._tensors = None
        self.length = length

    def snapshot(self) -> Snapshot:
        return self._tensors or ()

    def restore(self, length: int, saved: Snapshot) -> None:
        self._tensors = saved or None
        self.length = length

    def memory(self) -> KeyValueMemory | None:
        return None
