"""Which part of a model one of several devices holds (tensor parallelism, arXiv 1909.08053).

Attention is divided by heads, feed-forward layers and experts by their hidden size, the vocabulary by tokens.
The first half of each pair of matrices is cut by rows and the second by columns, so that a device computes
with its own part up to a sum over all devices. Norms, routers and positions are everywhere. Plain numbers: no
tensors and no processes.
"""

import re
from dataclasses import dataclass, replace

from ..errors import UnsupportedError
from ..spec import AttentionSpec, ExpertsSpec, FeedForward, GatedSpec, LayerSpec, Mixer, ModelSpec, PlainSpec
from ..weights.cuts import WHOLE, Cut


@dataclass(frozen=True, slots=True)
class Share:
    """What device `rank` of `size` holds of `whole`."""

    whole: ModelSpec
    rank: int
    size: int

    @property
    def spec(self) -> ModelSpec:
        """The model with this device's heads and hidden sizes. Raises `UnsupportedError`."""
        layers = [
            LayerSpec(self._mixer(layer.mixer), self._feed_forward(layer.ffn), layer.post_norms)
            for layer in self.whole.layers
        ]
        return replace(self.whole, layers=tuple(layers))

    @property
    def tokens(self) -> range:
        """The tokens whose embeddings and logits are here."""
        return even(self.whole.vocab, self.rank, self.size)

    def heads(self, spec: AttentionSpec) -> tuple[range, range]:
        """Query heads and key heads; with fewer key heads than devices, some devices hold the same one."""
        if spec.kv_heads >= self.size:
            keys = even(spec.kv_heads, self.rank, self.size)
            return range(keys.start * spec.group, keys.stop * spec.group), keys
        if self.size % spec.kv_heads or spec.heads % self.size:
            raise UnsupportedError(
                f"Attention with {spec.heads} query heads over {spec.kv_heads} key heads cannot be divided "
                f"among {self.size} devices. Use no more than {spec.kv_heads} for this checkpoint."
            )
        key = self.rank * spec.kv_heads // self.size
        return even(spec.heads, self.rank, self.size), range(key, key + 1)

    def hidden(self, size: int) -> range:
        """Its part of a feed-forward layer's hidden `size`."""
        if size < self.size:
            raise UnsupportedError(
                f"A feed-forward layer of size {size} cannot be divided among {self.size} devices. Use fewer."
            )
        return even(size, self.rank, self.size)

    def cut(self, parameter: str) -> Cut | None:
        """The part of a parameter that is here. None stands for zeros: it is added by the first device."""
        if parameter in ("embedding.weight", "head.weight"):
            return Cut(rows=(self.tokens,))
        found = re.fullmatch(r"layers\.(\d+)\.(mixer|ffn)\.(.+)\.(weight|bias)", parameter)
        if found is None:
            return WHOLE
        layer = self.whole.layers[int(found[1])]
        name, kind = found[3], found[4]
        if found[2] == "mixer":
            first, second = self._attention_parts(layer.mixer)
            entry, leave = name == "qkv", name == "out"
        else:
            first, second = self._feed_forward_parts(layer.ffn, name.startswith("shared."))
            entry, leave = name.endswith(("gate_up", "up")), name.endswith("down")
        if entry:
            return Cut(rows=first)
        if leave and kind == "bias":
            return WHOLE if self.rank == 0 else None
        return Cut(columns=second) if leave else WHOLE

    def _mixer(self, spec: Mixer) -> AttentionSpec:
        if not isinstance(spec, AttentionSpec):
            raise UnsupportedError(
                f"Layers that hand on a state ({type(spec).__name__}) cannot be divided among devices yet. "
                "Run this checkpoint on one device, with Engine.load."
            )
        queries, keys = self.heads(spec)
        return replace(spec, heads=len(queries), kv_heads=len(keys))

    def _feed_forward(self, spec: FeedForward | None) -> FeedForward | None:
        if spec is None:
            return None
        hidden = len(self.hidden(spec.hidden))
        if isinstance(spec, ExpertsSpec):
            shared = None if spec.shared is None else len(self.hidden(spec.shared))
            return replace(spec, hidden=hidden, shared=shared)
        return replace(spec, hidden=hidden)

    def _attention_parts(self, spec: Mixer) -> tuple[tuple[range, ...], range]:
        """Rows of queries, gates, keys and values, and columns of what follows."""
        if not isinstance(spec, AttentionSpec):
            raise TypeError(f"{type(spec).__name__} has no heads to divide")
        queries, keys = (_times(heads, spec.head_dim) for heads in self.heads(spec))
        widths = [(queries, spec.heads), *([(queries, spec.heads)] if spec.output_gate else [])]
        widths += [(keys, spec.kv_heads)] * 2
        return _behind_each_other([(rows, heads * spec.head_dim) for rows, heads in widths]), queries

    def _feed_forward_parts(self, spec: FeedForward | None, shared: bool) -> tuple[tuple[range, ...], range]:
        """Rows of gate, if any, and up projection, and columns of what follows."""
        if isinstance(spec, PlainSpec):
            hidden = self.hidden(spec.hidden)
            return (hidden,), hidden
        if isinstance(spec, ExpertsSpec) and shared and spec.shared is not None:
            size = spec.shared
        elif isinstance(spec, GatedSpec | ExpertsSpec):
            size = spec.hidden
        else:
            raise TypeError("a layer without a feed-forward half has no hidden size")
        hidden = self.hidden(size)
        return _behind_each_other([(hidden, size)] * 2), hidden


def even(total: int, rank: int, size: int) -> range:
    """Part `rank` of `total` in `size` parts that are as equal as possible, none larger than the first."""
    return range(-(-total * rank // size), -(-total * (rank + 1) // size))


def _times(part: range, width: int) -> range:
    return range(part.start * width, part.stop * width)


def _behind_each_other(parts: list[tuple[range, int]]) -> tuple[range, ...]:
    """Ranges of blocks of the given sizes, counted from the start of the first block."""
    moved, start = [], 0
    for part, size in parts:
        moved.append(range(start + part.start, start + part.stop))
        start += size
    return tuple(moved)
