"""What one layer remembers of one sequence, as those see it that run it, keep it and go back in it.

A step appends what it computed and commits it once every layer has done so, so that a step that fails leaves
nothing behind. Going back differs by kind: keys and values in pages (paged_state.py) forget a length, a
window (window_state.py) can do so only for the tokens that it still has room for, a recurrence
(recurrent_state.py) only to where the guesses of its last step began; the last two return to a snapshot
instead. Snapshots are plain tensors that are never written to. Nothing here knows of tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

Snapshot = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class KeyValueMemory:
    """Where keys and values lie, for a kernel that follows addresses: in `block` [2, K, slots, D].

    The token at `origin` is in slot 0; it may be negative. With `pages`, slots are those of a row of pages of
    `page_tokens` slots each, which may lie anywhere in the block. A block in int8 stands for itself times
    `scales` [2, K, slots, 1], float32.
    """

    block: Tensor
    origin: int = 0
    pages: Sequence[int] | None = None
    page_tokens: int = 0
    scales: Tensor | None = None


class LayerState(Protocol):
    """The state of one layer. `length` tokens are committed.

    `takes_back` is how far it can always go back by itself, counted from the longest it was since it was
    made or restored; None stands for all the way.
    """

    takes_back: int | None

    @property
    def length(self) -> int: ...

    def reserve(self, count: int, guesses: int = 0) -> None:
        """Make room for `count` more tokens; the last `guesses` of all there will be may be taken back."""
        ...

    def commit(self, count: int) -> None:
        """The last `count` tokens that were appended count as read."""
        ...

    def can_rewind(self, length: int) -> bool:
        """Whether everything behind the first `length` tokens can be forgotten without a snapshot."""
        ...

    def rewind(self, length: int) -> None:
        """Forget everything behind the first `length` tokens; only if `can_rewind` says so."""
        ...

    def snapshot(self, back: int = 0) -> Snapshot:
        """What `restore` needs to come back to the present length, or to that of `back` tokens before.

        Empty when it needs nothing. Only if `can_rewind` says so of that length.
        """
        ...

    def restore(self, length: int, saved: Snapshot) -> None:
        """Return to the state of `length` tokens whose `snapshot` was `saved`."""
        ...

    def memory(self) -> KeyValueMemory | None:
        """Keys and values as they lie in memory, with the room that was reserved; None if there are none."""
        ...


class DecoderState(Protocol):
    """The state of one sequence: `length` tokens are committed in all its layers."""

    @property
    def length(self) -> int: ...
    @property
    def layers(self) -> Sequence[LayerState]: ...


class KeyValues(LayerState, Protocol):
    """The state of an attention layer."""

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store keys and values [1, K, T, D] of new tokens; return all that these may see [1, K, S, D]."""
        ...
