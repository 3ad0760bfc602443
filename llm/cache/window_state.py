"""The state of an attention layer with a window: the keys and values of its last tokens, in one piece."""

import torch
from torch import Tensor

from ..spec import AttentionSpec
from .layer_state import KeyValueMemory, Snapshot

INITIAL_CAPACITY = 256
SLACK = 512  # rows that a window runs over its own size before it is moved to the front
MARGIN = 64  # tokens that can always be taken back, for scores and drafts


class WindowState:
    """Keys and values of the last `window` tokens, always in one piece.

    New rows are written behind the old ones; when the block is full, its last rows move to the front. That
    costs a copy of the window every few hundred tokens, and lets attention read a view instead of a ring.
    """

    takes_back: int | None = MARGIN

    def __init__(self, spec: AttentionSpec, dtype: torch.dtype, device: torch.device) -> None:
        self.length = 0
        self._reach = (spec.window or 1) - 1  # rows before a token that it sees
        self._end = 0  # rows in use; the last one belongs to token `length - 1`
        most = self._reach + MARGIN + SLACK
        capacity = min(INITIAL_CAPACITY, most)
        self._block = torch.empty(2, spec.kv_heads, capacity, spec.head_dim, dtype=dtype, device=device)
        self._most = most

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        end = self._end + key.shape[2]
        self._block[0, :, self._end : end] = key[0]
        self._block[1, :, self._end : end] = value[0]
        seen = self._block[:, :, self._end - min(self._reach, self._end) : end]
        return seen[0:1], seen[1:2]

    def reserve(self, count: int, guesses: int = 0) -> None:
        if self._end + count <= self._block.shape[2]:
            return
        kept = min(self._end, self._reach + MARGIN)
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

    def snapshot(self, back: int = 0) -> Snapshot:
        end = self._end - back
        return (self._block[:, :, end - min(end, self._reach) : end].clone(),)

    def restore(self, length: int, saved: Snapshot) -> None:
        (rows,) = saved
        self._end = 0
        self.reserve(rows.shape[2])
        self._block[:, :, : rows.shape[2]] = rows
        self._end, self.length = rows.shape[2], length

    def memory(self) -> KeyValueMemory | None:
        return KeyValueMemory(self._block, self.length - self._end)


def _resized(block: Tensor, start: int, end: int, capacity: int) -> Tensor:
    """Rows from `start` to `end` at the front of a new block."""
    fresh = block.new_empty(2, block.shape[1], capacity, block.shape[3])
    fresh[:, :, : end - start] = block[:, :, start:end]
    return fresh
