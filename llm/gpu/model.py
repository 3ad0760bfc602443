"""A `Decoder` as a pass on a GPU sees it, or why it cannot be run so.

Weights are shared, not copied; norms get a copy in float32, into which the one of "one plus" norms is added.
Knows the decoder's parts and specs, neither caches nor kernels.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..kernels.model import CannotRun
from ..kernels.plain_layer import kind, norm_scale, plain_layer
from ..network.decoder import Decoder
from ..spec import Activation, LayerSpec
from .linear import DeviceLinear
from .operators import Heads
from .weights import Weight, dense

DTYPES = (torch.bfloat16, torch.float16, torch.float32)


@dataclass(frozen=True, slots=True)
class GpuLayer:
    """One pre-norm layer: attention, then a gated feed-forward.

    Norms are float32 [width], `head_norms` [2, head size]; those that are None are left out. `rotation` is
    the number of the layer's entry in `GpuModel.frequencies`.
    """

    qkv: Weight
    out: Weight
    gate_up: Weight
    down: Weight
    mixer_norm: Tensor
    ffn_norm: Tensor
    mixer_post_norm: Tensor | None
    ffn_post_norm: Tensor | None
    head_norms: Tensor | None
    heads: Heads
    rotation: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class GpuModel:
    """A whole decoder. `frequencies` are angles per position [pairs], float32, empty without rotation."""

    layers: tuple[GpuLayer, ...]
    embedding: Tensor
    embedding_scale: float | None
    frequencies: tuple[Tensor, ...]
    norm: Tensor
    epsilon: float
    head: Weight

    @property
    def dtype(self) -> torch.dtype:
        return self.embedding.dtype

    @property
    def nbytes(self) -> int:
        """What a pass of one token reads of weights."""
        layers = sum(
            weight.nbytes
            for layer in self.layers
            for weight in (layer.qkv, layer.out, layer.gate_up, layer.down)
        )
        return layers + self.head.nbytes

    def without_memory(self) -> "GpuModel":
        """The same on the meta device, to run a pass that computes nothing."""
        return _each_tensor(self, lambda tensor: tensor.to("meta"))


def gpu_model(decoder: Decoder) -> GpuModel:
    """Raises `CannotRun` with the first thing that a pass of kernels lacks."""
    spec, embedding = decoder.spec, decoder.embedding
    if not isinstance(embedding, nn.Embedding) or embedding.weight.dtype not in DTYPES:
        raise CannotRun(f"it takes embeddings out of a {kind(embedding)} in {embedding.weight.dtype}")
    if spec.learned_positions:
        raise CannotRun("its positions are learned")
    if spec.float32_residual:
        raise CannotRun("the sum through its layers stays in float32")
    device = embedding.weight.device
    layers = tuple(
        _layer(number, part, block, decoder.positions_of[number])
        for number, (part, block) in enumerate(zip(spec.layers, decoder.layers, strict=True))
    )
    frequencies = [
        torch.empty(0) if rotary is None else rotary.frequencies.float() for rotary in decoder.rotaries
    ]
    scale = spec.embedding_scale
    weight = embedding.weight.detach()
    return GpuModel(
        layers,
        weight,
        # Rounded as the decoder rounds it.
        None if scale is None else float(torch.tensor(scale, dtype=weight.dtype)),
        tuple(each.to(device) for each in frequencies),
        norm_scale(decoder.norm),
        spec.norm_eps,
        dense(weight) if decoder.head is None else _weight(decoder.head),
    )


def _layer(number: int, spec: LayerSpec, block: nn.Module, rotation: int) -> GpuLayer:
    layer = plain_layer(number, spec, block)
    query_norm, key_norm = layer.query_norm, layer.key_norm
    heads = layer.spec
    return GpuLayer(
        qkv=_weight(layer.attention.qkv),
        out=_weight(layer.attention.out),
        gate_up=_weight(layer.feed_forward.gate_up),
        down=_weight(layer.feed_forward.down),
        mixer_norm=layer.mixer_norm,
        ffn_norm=layer.ffn_norm,
        mixer_post_norm=layer.mixer_post_norm,
        ffn_post_norm=layer.ffn_post_norm,
        head_norms=None if query_norm is None or key_norm is None else torch.stack([query_norm, key_norm]),
        heads=Heads(heads.heads, heads.kv_heads, heads.head_dim, layer.softmax_scale, layer.window),
        rotation=rotation,
        activation=layer.feed_forward.activation,
    )


def _weight(module: nn.Module) -> Weight:
    if isinstance(module, DeviceLinear):
        return module.weight
    if isinstance(module, nn.Linear) and module.weight.dtype in DTYPES:
        return dense(module.weight, module.bias)
    raise CannotRun(f"a weight is held by a {kind(module)}")


def _each_tensor(thing: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A copy of nested dataclasses and tuples in which every tensor is changed."""
    if isinstance(thing, Tensor):
        return change(thing)
    if isinstance(thing, tuple):
        return tuple(_each_tensor(part, change) for part in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{f.name: _each_tensor(getattr(thing, f.name), change) for f in fields(thing)})
    return thing
