"""Everything that a decoder remembers of one sequence, so that no token is computed twice.

One state object per layer (layer_state.py), the tokens they stand for, and snapshots at the lengths that
someone is likely to come back to. Which of them can go back by themselves is their affair: `reuse` finds the
longest prefix that all of them can really resume. It knows nothing of text.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch

from .errors import ContextOverflow
from .layer_state import LayerState, Snapshot, make_layer_state
from .spec import ModelSpec

SNAPSHOT_BYTES = 1 << 30


class SequenceState:
    """State of one sequence. `tokens` are those that it stands for, in order.

    `needs_snapshots` tells whether there are lengths that only a snapshot leads back to, `rewindable` whether
    a few of the last tokens can be taken back without one.
    """

    def __init__(
        self,
        spec: ModelSpec,
        context: int,
        dtype: torch.dtype,
        device: torch.device,
        snapshot_bytes: int = SNAPSHOT_BYTES,
    ) -> None:
        self.context = context
        self.tokens: list[int] = []
        self.layers: list[LayerState] = [
            make_layer_state(layer.mixer, context, dtype, device) for layer in spec.layers
        ]
        self.needs_snapshots = any(layer.takes_back is not None for layer in self.layers)
        self.rewindable = all(layer.takes_back != 0 for layer in self.layers)
        self._snapshot_bytes = snapshot_bytes
        self._snapshots: dict[int, list[Snapshot]] = {}  # by length, ascending

    @property
    def length(self) -> int:
        return len(self.tokens)

    @property
    def snapshots(self) -> tuple[int, ...]:
        """The lengths that can be returned to although a layer cannot go back by itself."""
        return tuple(self._snapshots)

    def reserve(self, count: int) -> None:
        """Make room for `count` more tokens. Raises `ContextOverflow` beyond the context."""
        if self.length + count > self.context:
            raise ContextOverflow(self.length + count, self.context)
        for layer in self.layers:
            layer.reserve(count)

    def commit(self, ids: Sequence[int]) -> None:
        """Count `ids` as read, once every layer has taken them in."""
        self.tokens.extend(ids)
        for layer in self.layers:
            layer.commit(len(ids))

    def snapshot(self) -> None:
        """Make the present length one that can be returned to."""
        if self.length and self.length not in self._snapshots:
            saved = [layer.snapshot() for layer in self.layers]
            # Lengths only grow between two calls of `rewind`, which drops the longer ones: the order holds.
            if any(saved):
                self._snapshots[self.length] = saved
                self._thin()

    def rewind(self, length: int) -> None:
        """Forget everything behind the first `length` tokens; `resumable` says whether that is possible."""
        if length != self.resumable(length):
            raise ValueError(f"a state of {self.length} tokens has no way back to {length}")
        if all(layer.can_rewind(length) for layer in self.layers):
            for layer in self.layers:
                layer.rewind(length)
        else:
            for layer, saved in zip(self.layers, self._snapshots[length], strict=True):
                layer.restore(length, saved)
        del self.tokens[length:]
        self._snapshots = {at: saved for at, saved in self._snapshots.items() if at <= length}

    def resumable(self, length: int) -> int:
        """The longest length up to `length` that `rewind` can go back to."""
        if all(layer.can_rewind(length) for layer in self.layers):
            return length
        return max((at for at in self._snapshots if at <= length), default=0)

    def reuse(self, ids: Sequence[int]) -> int:
        """Keep what can be resumed of the common prefix with `ids`, forget the rest; return its length."""
        common = 0
        for held, wanted in zip(self.tokens, ids, strict=False):
            if held != wanted:
                break
            common += 1
        kept = self.resumable(common)
        self.rewind(kept)
        return kept

    def _thin(self) -> None:
        """While the snapshots take too much, drop the one that is computed again with the fewest tokens.

        The newest stays, because a sequence is most often continued where it was left.
        """
        sizes = {
            at: sum(tensor.nbytes for layer in saved for tensor in layer)
            for at, saved in self._snapshots.items()
        }
        while len(sizes) > 1 and sum(sizes.values()) > self._snapshot_bytes:
            lengths = [0, *sizes]
            gaps = {at: at - before for before, at in pairwise(lengths[:-1])}
            cheapest = min(gaps, key=lambda at: gaps[at])
            del sizes[cheapest], self._snapshots[cheapest]
