"""What one layer remembers of one sequence: keys and values, a window of them, or the state of a recurrence.

A step appends what it computed and commits it once every layer has done so, so that a step that fails leaves
nothing behind. Going back differs by kind: keys and values forget a length, a window can do so only for the
tokens that it still has room for, a recurrence cannot; both return to a snapshot instead. Snapshots are plain
tensors that are never written to. This module knows nothing of tokens; state.py counts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .spec import AttentionSpec, Mixer

INITIAL_CAPACITY = 256
WINDOW_SLACK = 512  # rows that a window runs over its own size before it is moved to the front
WINDOW_MARGIN = 64  # tokens that can always be taken back from a window, for scores and drafts

Snapshot = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class KeyValueMemory:
    """Where keys and values lie, for a kernel that follows addresses: in `block` [2, K, slots, D].

    The token at `origin` is in slot 0; it may be negative. With `pages`, slots are those of a row of pages of
    `page_tokens` slots each, which may lie anywhere in the block.
    """

    block: Tensor
    origin: int = 0
    pages: Sequence[int] | None = None
    page_tokens: int = 0


class LayerState(Protocol):
    """The state of one layer. `length` tokens are committed.

    `takes_back` is how many of the last tokens it can always forget by itself; None stands for all of them.
    """

    takes_back: int | None

    @property
    def length(self) -> int: ...

    def reserve(self, count: int) -> None:
        """Make room for `count` more tokens."""
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

    def snapshot(self) -> Snapshot:
        """What `restore` needs to come back to the present length; empty when it needs nothing."""
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


class GrowingState:
    """Keys and values of every token, in one block that is written in place and grown by doubling."""

    takes_back: int | None = None

    def __init__(self, spec: AttentionSpec, context: int, dtype: torch.dtype, device: torch.device) -> None:
        self.length = 0
        self._context = context
        capacity = min(INITIAL_CAPACITY, context)
        self._block = torch.empty(2, spec.kv_heads, capacity, spec.head_dim, dtype=dtype, device=device)

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        end = self.length + key.shape[2]
        self._block[0, :, self.length : end] = key[0]
        self._block[1, :, self.length : end] = value[0]
        held = self._block[:, :, :end]
        return held[0:1], held[1:2]

    def reserve(self, count: int) -> None:
        needed = self.length + count
        if needed > self._block.shape[2]:
            capacity = min(self._context, 1 << (needed - 1).bit_length())
            self._block = _resized(self._block, 0, self.length, capacity)

    def commit(self, count: int) -> None:
        self.length += count

    def can_rewind(self, length: int) -> bool:
        return length <= self.length

    def rewind(self, length: int) -> None:
        self.length = length

    def snapshot(self) -> Snapshot:
        return ()

    def restore(self, length: int, saved: Snapshot) -> None:
        self.length = length

    def memory(self) -> KeyValueMemory | None:
        return KeyValueMemory(self._block)


class WindowState:
    """Keys and values of the last `window` tokens, always in one piece.

    New rows are written behind the old ones; when the block is full, its last rows move to the front. That
    costs a copy of the window every few hundred tokens, and lets attention read a view instead of a ring.
    """

    takes_back: int | None = WINDOW_MARGIN

    def __init__(self, spec: AttentionSpec, dtype: torch.dtype, device: torch.device) -> None:
        self.length = 0
        self._reach = (spec.window or 1) - 1  # rows before a token that it sees
        self._end = 0  # rows in use; the last one belongs to token `length - 1`
        most = self._reach + WINDOW_MARGIN + WINDOW_SLACK
        capacity = min(INITIAL_CAPACITY, most)
        self._block = torch.empty(2, spec.kv_heads, capacity, spec.head_dim, dtype=dtype, device=device)
        self._most = most

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        end = self._end + key.shape[2]
        self._block[0, :, self._end : end] = key[0]
        self._block[1, :, self._end : end] = value[0]
        seen = self._block[:, :, self._end - min(self._reach, self._end) : end]
        return seen[0:1], seen[1:2]

    def reserve(self, count: int) -> None:
        if self._end + count <= self._block.shape[2]:
            return
        kept = min(self._end, self._reach + WINDOW_MARGIN)
        capacity = max(kept + count, min(self._most, 1 << (self._end + count - 1).bit_length()))
        # Into a new block even if the old one were large enough: rows must not be moved over themselves.
        self._block = _resized(self._block, self._end - kept, self._end, capacity)
        self._end = kept

    def commit(self, count: int) -> None:
        self.length += count
        self._end += count

    def can_rewind(self, length: int) -> bool:
        left = self._end - (self.length - length)
        return length == 0 or (length <= self.length and left >= min(length, self._reach))

    def rewind(self, length: int) -> None:
        self._end = self._end - (self.length - length) if length else 0
        self.length = length

    def snapshot(self) -> Snapshot:
        rows = min(self._end, self._reach)
        return (self._block[:, :, self._end - rows : self._end].clone(),)

    def restore(self, length: int, saved: Snapshot) -> None:
        (rows,) = saved
        self._end = 0
        self.reserve(rows.shape[2])
        self._block[:, :, : rows.shape[2]] = rows
        self._end, self.length = rows.shape[2], length

    def memory(self) -> KeyValueMemory | None:
        return KeyValueMemory(self._block, self.length - self._end)


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


def make_layer_state(
    mixer: Mixer, context: int, dtype: torch.dtype, device: torch.device
) -> GrowingState | WindowState | RecurrentState:
    """An empty state of the kind that a layer with this mixer needs."""
    if not isinstance(mixer, AttentionSpec):
        return RecurrentState()
    if mixer.window is None or mixer.window >= context:
        return GrowingState(mixer, context, dtype, device)
    return WindowState(mixer, dtype, device)


def _resized(block: Tensor, start: int, end: int, capacity: int) -> Tensor:
    """Rows from `start` to `end` at the front of a new block."""
    fresh = block.new_empty(2, block.shape[1], capacity, block.shape[3])
    fresh[:, :, : end - start] = block[:, :, start:end]
    return fresh
