"""The state of a recurrent layer: what one token hands on to the next."""

from torch import Tensor

from .layer_state import KeyValueMemory, Snapshot


class RecurrentState:
    """The tensors that a recurrence hands from token to token, None before the first one.

    They are replaced, never written to, so a snapshot is a reference and an uncommitted step leaves no trace.
    For the same reason a step with guesses costs no copy: it hands on in front of them as well as behind, and
    what stood in front stays until a step without guesses follows.
    """

    takes_back: int | None = 0

    def __init__(self) -> None:
        self.length = 0
        self._tensors: Snapshot | None = None
        self._pending: list[Snapshot] = []
        self._guesses = 0
        self._front: tuple[int, Snapshot | None] | None = None  # length and state in front of the guesses

    def read(self) -> Snapshot | None:
        """What the last committed token handed on."""
        return self._tensors

    def pieces(self, count: int) -> list[int]:
        """Sizes of the pieces of `count` new tokens; call `write` behind each of them."""
        certain = count - self._guesses
        return [certain, self._guesses] if 0 < certain < count else [count]

    def write(self, *tensors: Tensor) -> None:
        """What the tokens of a piece hand on, valid from `commit`."""
        self._pending.append(tensors)

    def reserve(self, count: int, guesses: int = 0) -> None:
        """A recurrence needs no room."""
        self._pending, self._guesses = [], guesses

    def commit(self, count: int) -> None:
        if not self._guesses:
            self._front = None
        elif self._guesses < count:
            self._front = self.length + count - self._guesses, self._pending[0]
        elif self._front is None:
            self._front = self.length, self._tensors
        self._tensors, self._pending, self._guesses = self._pending[-1], [], 0
        self.length += count

    def can_rewind(self, length: int) -> bool:
        return length in (0, self.length) or (self._front is not None and length == self._front[0])

    def rewind(self, length: int) -> None:
        if length != self.length:
            self._tensors = self._at(length)
        self.length, self._front = length, None

    def snapshot(self, back: int = 0) -> Snapshot:
        return self._at(self.length - back) or ()

    def restore(self, length: int, saved: Snapshot) -> None:
        self._tensors = saved or None
        self.length, self._front = length, None

    def memory(self) -> KeyValueMemory | None:
        return None

    def _at(self, length: int) -> Snapshot | None:
        if length == self.length:
            return self._tensors
        return self._front[1] if self._front is not None and length == self._front[0] else None
