"""What all sequences of one model share: pages, the tree of what they hold, and the memory for both.

A request resumes behind the longest prefix that is held, in memory or on disk, and leaves what it computed to
those that come after it. Memory is bounded: what was not used for longest makes room, and what is in use is
never taken from here. One thread at a time may call it. It knows tokens, not text, and nothing of requests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..spec import ModelSpec
from .kv_pages import KVPages, KVShape, page_bytes
from .page_table import PageTable
from .paged_state import PagedState, StateSnapshot, paged_shapes
from .pages import PagePool
from .prefix import Node, PrefixTree
from .prefix_files import PrefixFiles

PAGE_TOKENS = 32
MIN_PAGES = 3
SPARE_PAGES = 8  # evicted at once, so that not every page costs a walk through the tree
MakeStorage = Callable[[PagePool, Sequence[KVShape], torch.dtype, torch.device, bool], KVPages]


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much the cache may hold, and how."""

    memory_bytes: int = 1 << 30
    page_tokens: int = PAGE_TOKENS
    int8: bool = False
    """Keep keys and values in eight bits: half the memory of bfloat16, and rounded."""
    windows_paged: bool = False
    """Keep all tokens of windowed layers, too: more memory, but no state besides pages."""


class PrefixCache:
    """The cache of one model. `fingerprint` names it; `files` is where prefixes outlive the process."""

    def __init__(
        self,
        spec: ModelSpec,
        context: int,
        dtype: torch.dtype,
        device: torch.device,
        limits: CacheLimits | None = None,
        fingerprint: bytes = b"",
        files: PrefixFiles | None = None,
        make_storage: MakeStorage = KVPages,
    ) -> None:
        limits = limits or CacheLimits()
        shapes = paged_shapes(spec, context, limits.windows_paged)
        self.stateful = len(shapes) < len(spec.layers)
        self.snapshot_limit = limits.memory_bytes // (2 if shapes else 1) if self.stateful else 0
        self.page_bytes = size = page_bytes(shapes, limits.page_tokens, dtype, limits.int8)
        # Without pages in memory their accounts still name tokens; a few contexts of them are enough.
        most = (
            (limits.memory_bytes - self.snapshot_limit) // size if size else 4 * context // limits.page_tokens
        )
        self.context = context
        self.int8 = limits.int8
        self.pool = PagePool(max(MIN_PAGES, most), limits.page_tokens)
        self.tree = PrefixTree(self.pool, fingerprint, self.snapshot_limit)
        self._storage = make_storage(self.pool, shapes, dtype, device, limits.int8)
        self.windows_paged = limits.windows_paged
        self.spec = spec
        self._device = device
        self._files = files
        self._pinned: list[Node] = []

    @property
    def tokens(self) -> int:
        """Tokens that one sequence can have at most: its context, or what the memory holds."""
        # One page is spare for the copy of a last page that others share.
        return min(self.context, (self.pool.limit - 1) * self.pool.page_tokens)

    @property
    def memory_bytes(self) -> int:
        """What the pages in use and the snapshots take."""
        return self.pool.used * self.page_bytes + self.tree.snapshot_bytes

    def resume(self, ids: Sequence[int]) -> PagedState:
        """A state behind the longest prefix of `ids` that is held."""
        self._load(ids)
        match = self.tree.match(ids, self.stateful)
        snapshot = match.snapshot if isinstance(match.snapshot, StateSnapshot) else None
        tokens = ids[: match.length]
        return PagedState(
            self.spec,
            self.context,
            self._storage,
            self._device,
            tokens,
            match.pages,
            snapshot,
            self.windows_paged,
        )

    def held(self, ids: Sequence[int]) -> int:
        """How many of `ids` a sequence would not have to compute."""
        return self.tree.held(ids, self.stateful)

    def keep(self, state: PagedState) -> None:
        """Leave what `state` holds to others, guesses excepted."""
        self.tree.insert(state.tokens[: state.certain], state.table.pages, state.snapshots)

    def make_room(self, pages: int) -> bool:
        """Evict until `pages` are available, pinned ones last; whether they are."""
        for pinned in (False, True):
            short = pages - self.pool.available
            if short > 0:
                spare = 0 if pinned else min(SPARE_PAGES, self.pool.limit // 8)
                self.tree.evict(max(short, spare), pinned)
        return pages <= self.pool.available

    def pin(self, ids: Sequence[int]) -> None:
        """Keep `ids` in memory instead of what was pinned before."""
        self.tree.unpin(self._pinned)
        self._pinned = self.tree.pin(ids)

    def forget(self, find: Callable[[Sequence[int]], int | None]) -> None:
        """Let go of all tokens that `find` finds (see `PrefixTree.forget`), and overwrite what they left."""
        for page in self.tree.forget(find):
            self._storage.erase(page)

    def export(self, ids: Sequence[int]) -> dict[str, Tensor] | None:
        """Copies of what is held of exactly `ids`, for `PrefixFiles`; None unless all of it is."""
        match = self.tree.match(ids, self.stateful)
        table = PageTable(self._storage, match.pages, match.length)
        try:
            if match.length < len(ids):
                return None
            tensors = self._storage.export(table.slots(0, len(ids)))
            if isinstance(match.snapshot, StateSnapshot):
                tensors |= {
                    f"state.{layer}.{index}": tensor.cpu()
                    for layer, saved in enumerate(match.snapshot.layers)
                    for index, tensor in enumerate(saved)
                }
            return tensors
        finally:
            table.release()

    def stored(self, ids: Sequence[int]) -> bool:
        """Whether exactly `ids` are on disk."""
        return self._files is not None and self._files.longest(ids) == len(ids)

    def _load(self, ids: Sequence[int]) -> None:
        """Bring the longest prefix of `ids` from disk, if it is longer than what is in memory."""
        count = self._files.longest(ids) if self._files is not None else 0
        if self._files is None or count <= self.held(ids):
            return
        tokens = list(ids[:count])
        table = PageTable(self._storage)
        if not self.make_room(table.missing(count)):
            return
        tensors = self._files.load(tokens)
        if tensors is None:
            return
        snapshot = self._take_snapshot(tensors)
        if not self._storage.fits(tensors, count) or (snapshot is None) == self.stateful:
            self._files.drop(tokens)
            return
        table.extend(count, room=table.missing(count))
        self._storage.restore(table.fresh, tensors)
        table.commit(count)
        self.tree.insert(tokens, table.pages, {count: snapshot} if snapshot is not None else {})
        table.release()

    def _take_snapshot(self, tensors: dict[str, Tensor]) -> StateSnapshot | None:
        """The states among `tensors`, taken out of them, in the order of their layers."""
        layers: list[list[Tensor]] = [[] for _ in self.spec.layers]
        for layer, saved in enumerate(layers):
            while (tensor := tensors.pop(f"state.{layer}.{len(saved)}", None)) is not None:
                saved.append(tensor.to(self._device))
        return StateSnapshot(tuple(map(tuple, layers))) if any(layers) else None
