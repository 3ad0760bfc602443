"""Everything that a decoder remembers of one sequence, with keys and values in pages that others may share.

Layers that see everything keep theirs in the sequence's page table. Layers that see a window, or hand on a
state, keep it themselves and go back only to where a snapshot was taken, or to where guesses began. It knows
nothing of text, and who else holds its pages is the pool's affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ContextOverflow
from ..spec import AttentionSpec, Mixer, ModelSpec
from .kv_pages import KVPages, KVShape
from .layer_state import KeyValueMemory, LayerState, Snapshot
from .page_table import PageTable
from .recurrent_state import RecurrentState
from .window_state import WindowState


@dataclass(frozen=True, slots=True)
class StateSnapshot:
    """What the layers without pages need to come back to one length, in order of the layers."""

    layers: tuple[Snapshot, ...]

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for layer in self.layers for tensor in layer)


class PagedLayer:
    """Keys and values of one layer; the table that all such layers share counts the tokens."""

    takes_back: int | None = None

    def __init__(self, storage: KVPages, index: int, table: PageTable, reach: int | None = None) -> None:
        """`reach` is how many tokens before itself a token sees; None is all."""
        self._storage = storage
        self._index = index
        self._table = table
        self._reach = reach

    @property
    def length(self) -> int:
        return self._table.length

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        self._storage.write(self._index, self._table.fresh, key[0], value[0])
        seen = self._table.seen
        if self._reach is not None and self.length > self._reach:
            seen = self._table.slots(self.length - self._reach, self.length + key.shape[2])
        return self._storage.read(self._index, seen)

    def reserve(self, count: int, guesses: int = 0) -> None:
        """The table is extended once for all layers."""

    def commit(self, count: int) -> None:
        """The table counts once for all layers."""

    def can_rewind(self, length: int) -> bool:
        return length <= self._table.length

    def rewind(self, length: int) -> None:
        """The table goes back once for all layers."""

    def snapshot(self, back: int = 0) -> Snapshot:
        return ()

    def restore(self, length: int, saved: Snapshot) -> None:
        """What a page holds is not overwritten while somebody can come back to it."""

    def memory(self) -> KeyValueMemory | None:
        return self._storage.memory(self._index, self._table.pages, self._table.consecutive)


class PagedState:
    """State of one sequence; `tokens` are those that it stands for, in order. `release` it in the end.

    The first `certain` of them are known to belong there, the rest are guesses.
    """

    def __init__(
        self,
        spec: ModelSpec,
        context: int,
        storage: KVPages,
        device: torch.device,
        tokens: Sequence[int] = (),
        pages: Sequence[int] = (),
        snapshot: StateSnapshot | None = None,
        windows_paged: bool = False,
    ) -> None:
        """Empty, or behind `tokens`, which stand in `pages`; some layers need their `snapshot`, too."""
        self.context = context
        self.tokens = list(tokens)
        self.certain = len(self.tokens)
        self._guesses = 0
        self.table = PageTable(storage, pages, len(self.tokens))
        self.snapshots: dict[int, StateSnapshot] = {}
        self.layers = layer_states(spec, context, storage, self.table, device, windows_paged)
        self.needs_snapshots = any(layer.takes_back is not None for layer in self.layers)
        if snapshot is not None:
            self.snapshots[self.length] = snapshot
            self._restore(self.length)

    @property
    def length(self) -> int:
        return len(self.tokens)

    def reserve(self, count: int, room: int = 1, guesses: int = 0) -> None:
        """Make room for `count` more tokens; `room` is how many pages the sequence may come to hold.

        The last `guesses` of all tokens there will be are guesses, and `rewind` can return in front of them.
        Raises `ContextOverflow` beyond the context and `CacheFull` beyond the memory.
        """
        if self.length + count > self.context:
            raise ContextOverflow(self.length + count, self.context)
        self.table.extend(count, room)
        for layer in self.layers:
            layer.reserve(count, guesses)
        self._guesses = guesses

    def commit(self, ids: Sequence[int]) -> None:
        """Count `ids` as read, once every layer has taken them in."""
        self.tokens.extend(ids)
        self.table.commit(len(ids))
        for layer in self.layers:
            layer.commit(len(ids))
        self.certain, self._guesses = self.length - self._guesses, 0

    def snapshot(self) -> None:
        """Make the length of what is certain one that can be returned to."""
        at = self.certain
        if self.needs_snapshots and at and at not in self.snapshots and self._can_rewind(at):
            saved = tuple(layer.snapshot(self.length - at) for layer in self.layers)
            self.snapshots[at] = StateSnapshot(saved)

    def resumable(self, length: int) -> int:
        """The longest length up to `length` that `rewind` can go back to."""
        points = [at for at in self.snapshots if at <= length]
        points += [at for at in {length, self.certain} if at <= length and self._can_rewind(at)]
        return max(points, default=0)

    def rewind(self, length: int) -> None:
        """Forget everything behind the first `length` tokens; `resumable` says whether that is possible."""
        if length != self.resumable(length):
            raise ValueError(f"a state of {self.length} tokens has no way back to {length}")
        if self._can_rewind(length):
            for layer in self.layers:
                layer.rewind(length)
        else:
            self._restore(length)
        self.table.rewind(length)
        del self.tokens[length:]
        self.certain = length
        self.snapshots = {at: saved for at, saved in self.snapshots.items() if at <= length}

    def release(self) -> list[int]:
        """Give the pages back; those that became free."""
        self.tokens.clear()
        self.snapshots.clear()
        return self.table.release()

    def _can_rewind(self, length: int) -> bool:
        return all(layer.can_rewind(length) for layer in self.layers)

    def _restore(self, length: int) -> None:
        for layer, saved in zip(self.layers, self.snapshots[length].layers, strict=True):
            layer.restore(length, saved)


def is_paged(mixer: Mixer, context: int, windows_paged: bool = False) -> bool:
    """Whether a layer keeps a key and a value of every token in pages.

    One that sees everything does; one that sees a window does with `windows_paged`.
    """
    if not isinstance(mixer, AttentionSpec):
        return False
    return windows_paged or mixer.window is None or mixer.window >= context


def paged_shapes(spec: ModelSpec, context: int, windows_paged: bool = False) -> list[KVShape]:
    """What the layers with pages keep of a token."""
    return [
        KVShape(layer.mixer.kv_heads, layer.mixer.head_dim)
        for layer in spec.layers
        if isinstance(layer.mixer, AttentionSpec) and is_paged(layer.mixer, context, windows_paged)
    ]


def layer_states(
    spec: ModelSpec,
    context: int,
    storage: KVPages,
    table: PageTable,
    device: torch.device,
    windows_paged: bool = False,
) -> list[LayerState]:
    """A state for each layer: over `table` where pages serve it, otherwise an empty one of its kind."""
    layers: list[LayerState] = []
    paged = 0
    for layer in spec.layers:
        if not isinstance(layer.mixer, AttentionSpec):
            layers.append(RecurrentState())
        elif is_paged(layer.mixer, context, windows_paged):
            window = layer.mixer.window
            layers.append(PagedLayer(storage, paged, table, None if window is None else window - 1))
            paged += 1
        else:
            layers.append(WindowState(layer.mixer, storage.dtype, device))
    return layers
