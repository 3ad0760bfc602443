"""Keys and values whose pages lie alike on every device, each of which holds those of its heads.

The leader decides what goes where; whatever it does to its pages outside of a pass, the others do to theirs.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..cache.kv_pages import KVPages, KVShape
from ..cache.pages import PagePool
from ..spec import AttentionSpec
from .group import Exchange
from .lead import Lead
from .messages import Copy, Erase, Export, Grow, Restore
from .share import Share


class SharePages(KVPages):
    """The pages of one device, in all layers of `share`."""

    def __init__(
        self,
        share: Share,
        group: Exchange,
        pool: PagePool,
        shapes: Sequence[KVShape],
        dtype: torch.dtype,
        device: torch.device,
        int8: bool = False,
    ) -> None:
        self._group = group
        mixers = [layer.mixer for layer in share.whole.layers if isinstance(layer.mixer, AttentionSpec)]
        shares = [replace(share, rank=rank) for rank in range(share.size)]
        self._heads = [mixer.kv_heads for mixer in mixers]
        self._keys = [[each.heads(mixer)[1] for each in shares] for mixer in mixers]
        super().__init__(pool, shapes, dtype, device, int8)

    def layout(self, count: int) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
        """As on one device."""
        return {
            name: ((2, self._heads[_layer(name)], count, shape[3]), dtype)
            for name, (shape, dtype) in super().layout(count).items()
        }

    def collect(self, slots: slice | Tensor) -> dict[str, Tensor]:
        """What `export` would give on one device, for the leader; all take part."""
        found = {}
        for name, own in super().export(slots).items():
            keys = self._keys[_layer(name)]
            padded = own.new_zeros(2, len(keys[0]), *own.shape[2:])  # nobody has more than the first
            padded[:, : own.shape[1]] = own
            whole = own.new_empty(2, self._heads[_layer(name)], *own.shape[2:])
            for heads, part in zip(keys, self._group.collect(padded), strict=False):
                whole[:, heads.start : heads.stop] = part[:, : len(heads)]
            found[name] = whole
        return found

    def distribute(self, slots: slice | Tensor, count: int, tensors: dict[str, Tensor] | None) -> None:
        """Put back what `collect` gave the leader, who alone has `tensors`; all take part."""
        own = {}
        for name, (shape, dtype) in self.layout(count).items():
            whole = torch.empty(shape, dtype=dtype) if tensors is None else tensors[name].contiguous()
            heads = self._keys[_layer(name)][self._group.rank]
            own[name] = self._group.hand_out(whole)[:, heads.start : heads.stop]
        super().restore(slots, own)


class LeadingPages(SharePages):
    """The leader's pages."""

    def __init__(
        self,
        share: Share,
        lead: Lead,
        pool: PagePool,
        shapes: Sequence[KVShape],
        dtype: torch.dtype,
        device: torch.device,
        int8: bool = False,
    ) -> None:
        self._lead = lead
        self._announced = 0
        super().__init__(share, lead.group, pool, shapes, dtype, device, int8)

    def grow(self) -> None:
        if self.pool.capacity != self._announced:
            with self._lead.announce(Grow(self.pool.capacity)):
                super().grow()
            self._announced = self.pool.capacity

    def copy(self, source: int, target: int, count: int) -> None:
        with self._lead.announce(Copy(source, target, count)):
            super().copy(source, target, count)

    def erase(self, page: int) -> None:
        with self._lead.announce(Erase(page)):
            super().erase(page)

    def export(self, slots: slice | Tensor) -> dict[str, Tensor]:
        with self._lead.announce(Export(_listed(slots))):
            return self.collect(slots)

    def restore(self, slots: slice | Tensor, tensors: dict[str, Tensor]) -> None:
        listed = _listed(slots)
        with self._lead.announce(Restore(listed)):
            self.distribute(slots, len(listed), tensors)


def _layer(name: str) -> int:
    """The layer that an exported tensor is of."""
    return int(name.rpartition(".")[2])


def _listed(slots: slice | Tensor) -> list[int]:
    return list(range(slots.start, slots.stop)) if isinstance(slots, slice) else slots.tolist()
