"""What a pass of one size reads, at addresses that never change: tokens, positions, and where caches lie.

Everything but the table of pages is one buffer, written on the host and copied at once. Rows that are left
over are marked by a negative position. Knows states, neither layers nor kernels.

Shapes: R rows, S sequences (at most R), L layers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import ref

import numpy as np
import torch
from torch import Tensor

from ..cache.layer_state import DecoderState, KeyValueMemory
from .operators import HEAD_STRIDE, KEYS, ORIGIN, PAGE_TOKENS, PLACES, VALUES, LayerCache

FILLING = -1


class PassInputs:
    """Inputs of passes of `size` rows over `layers` layers; a sequence has at most `pages` pages."""

    def __init__(
        self, size: int, layers: int, pages: int, device: torch.device, with_memories: bool = False
    ) -> None:
        self.size = size
        self._layers = layers
        self._with_memories = with_memories
        is_cuda = device.type == "cuda"
        count = (3 + layers * PLACES) * size
        # Normal tensors, also when they are made during a pass.
        with torch.inference_mode(False):
            self._host = torch.zeros(count, dtype=torch.int64, device="cpu", pin_memory=is_cuda)
            self._host_table = torch.zeros(
                size, max(1, pages), dtype=torch.int32, device="cpu", pin_memory=is_cuda
            )
            self._device = self._host if device.type == "cpu" else self._host.to(device)
            self.table = self._host_table if device.type == "cpu" else self._host_table.to(device)
        self._copied = torch.cuda.Event() if is_cuda else None
        self.ids, self.positions, self.sequence, self._places = _parts(self._device, size, layers)
        written = _parts(self._host, size, layers)
        self._ids, self._positions, self._sequence, self._host_places = (part.numpy() for part in written)
        self._pages = self._host_table.numpy()
        self._memories: list[list[KeyValueMemory]] = []
        self._shared = SharedPlaces(layers)

    def cache(self, layer: int) -> LayerCache:
        """The cache of one layer; of the last pass that was filled in, as far as `memories` go."""
        memories = [of_row[layer] for of_row in self._memories]
        return LayerCache(self.positions, self.sequence, self._places[layer], self.table, memories)

    def fill(self, ids: Sequence[Sequence[int]], states: Sequence[DecoderState]) -> bool:
        """Write a pass; False, and the device is as before, where a cache cannot be read by address."""
        if self._copied is not None:
            self._copied.synchronize()  # the last pass may still have to be copied
        self._positions[:] = FILLING
        self._ids[:] = 0
        self._memories = []
        row, scattered = 0, False
        for number, (tokens, state) in enumerate(zip(ids, states, strict=True)):
            found = self._shared.of(state)
            if found is None or len(found.pages or ()) > self._pages.shape[1]:
                return False
            rows = slice(row, row + len(tokens))
            self._ids[rows] = tokens
            self._positions[rows] = np.arange(state.length, state.length + len(tokens))
            self._sequence[rows] = number
            self._host_places[:, :, rows] = found.places[:, :, None]
            if found.pages is not None:
                self._pages[number, : len(found.pages)] = found.pages
                scattered = True
            if self._with_memories:
                self._memories += [_memories(state)] * len(tokens)
            row = rows.stop
        if self._copied is not None:
            self._device.copy_(self._host, non_blocking=True)
            if scattered:
                self.table.copy_(self._host_table, non_blocking=True)
            self._copied.record()
        return True


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sequence's caches lie: [L, 5] int64 (see `LayerCache`), and its pages if they are scattered."""

    places: np.ndarray
    pages: Sequence[int] | None


class SharedPlaces:
    """Finds places, asking each layer only where it has to.

    Layers that keep every token share one storage, whose blocks grow together (kv_pages.py), so as long as
    the first of them has not moved, none has.
    """

    def __init__(self, layers: int) -> None:
        self._known = np.zeros((layers, PLACES), dtype=np.int64)
        self._first_block: Callable[[], Tensor | None] = lambda: None

    def of(self, state: DecoderState) -> Places | None:
        """None where a layer has no memory that can be read by address."""
        layers = state.layers
        whole = [number for number, layer in enumerate(layers) if layer.takes_back is None]
        pages = None
        if whole:
            memory = layers[whole[0]].memory()
            if memory is None or memory.scales is not None:
                return None
            if self._first_block() is not memory.block:
                for number in whole:
                    if (of_layer := layers[number].memory()) is None:
                        return None
                    self._known[number] = _place(of_layer)
                self._first_block = ref(memory.block)
            pages = memory.pages
            self._known[whole, ORIGIN] = memory.origin
            self._known[whole, PAGE_TOKENS] = 0 if pages is None else memory.page_tokens
        for number in range(len(layers)) if len(whole) < len(layers) else ():
            if layers[number].takes_back is not None:
                of_layer = layers[number].memory()
                if of_layer is None or of_layer.scales is not None:
                    return None
                self._known[number] = _place(of_layer)
        return Places(self._known, pages)


def _place(memory: KeyValueMemory) -> np.ndarray:
    block = memory.block
    place = np.zeros(PLACES, dtype=np.int64)
    place[KEYS] = block.data_ptr()
    place[VALUES] = block.data_ptr() + block.stride(0) * block.element_size()
    place[HEAD_STRIDE] = block.stride(1)
    place[ORIGIN] = memory.origin
    place[PAGE_TOKENS] = 0 if memory.pages is None else memory.page_tokens
    return place


def _memories(state: DecoderState) -> list[KeyValueMemory]:
    return [memory for layer in state.layers if (memory := layer.memory()) is not None]


def _parts(buffer: Tensor, size: int, layers: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Tokens [R], positions [R], sequences [R] and places [L, 5, R] as views of one buffer."""
    ids, positions, sequence = buffer[: 3 * size].view(3, size)
    return ids, positions, sequence, buffer[3 * size :].view(layers, PLACES, size)
