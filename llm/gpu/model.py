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
from ..network.attention import Attention
from ..network.decoder import Block, Decoder
from ..network.feed_forward import GatedFeedForward
from ..network.layers import OnePlusRMSNorm, RMSNorm
from ..spec import Activation, AttentionSpec, GatedSpec, LayerSpec
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
        raise CannotRun(f"it takes embeddings out of a {_kind(embedding)} in {embedding.weight.dtype}")
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
        _norm(decoder.norm),
        spec.norm_eps,
        dense(weight) if decoder.head is None else _weight(decoder.head),
    )


def _layer(number: int, spec: LayerSpec, block: nn.Module, rotation: int) -> GpuLayer:
    mixer, ffn = spec.mixer, spec.ffn
    if not isinstance(mixer, AttentionSpec) or mixer.output_gate:
        raise CannotRun(f"layer {number} mixes tokens by {_kind(mixer)}")
    if not isinstance(ffn, GatedSpec):
        raise CannotRun(f"layer {number} has a feed-forward of kind {_kind(ffn)}")
    if not isinstance(block, Block) or not isinstance(block.mixer, Attention):
        raise CannotRun(f"layer {number} is a {_kind(block)}")
    if not isinstance(block.ffn, GatedFeedForward) or block.ffn_norm is None:
        raise CannotRun(f"layer {number} has a feed-forward that is a {_kind(block.ffn)}")
    query_norm, key_norm = block.mixer.query_norm, block.mixer.key_norm
    scale = mixer.head_dim**-0.5 if mixer.scale is None else mixer.scale
    return GpuLayer(
        qkv=_weight(block.mixer.qkv),
        out=_weight(block.mixer.out),
        gate_up=_weight(block.ffn.gate_up),
        down=_weight(block.ffn.down),
        mixer_norm=_norm(block.mixer_norm),
        ffn_norm=_norm(block.ffn_norm),
        mixer_post_norm=None if block.mixer_post_norm is None else _norm(block.mixer_post_norm),
        ffn_post_norm=None if block.ffn_post_norm is None else _norm(block.ffn_post_norm),
        head_norms=(
            None
            if query_norm is None or key_norm is None
            else torch.stack([_norm(query_norm), _norm(key_norm)])
        ),
        heads=Heads(mixer.heads, mixer.kv_heads, mixer.head_dim, scale, mixer.window or 0),
        rotation=rotation,
        activation=ffn.activation,
    )


def _weight(module: nn.Module) -> Weight:
    if isinstance(module, DeviceLinear):
        return module.weight
    if isinstance(module, nn.Linear) and module.weight.dtype in DTYPES:
        return dense(module.weight, module.bias)
    raise CannotRun(f"a weight is held by a {_kind(module)}")


def _norm(module: nn.Module) -> Tensor:
    """What a norm multiplies with."""
    if not isinstance(module, RMSNorm):
        raise CannotRun(f"a norm is a {_kind(module)}")
    weight = module.weight.detach().float()
    return weight + 1 if isinstance(module, OnePlusRMSNorm) else weight


def _each_tensor(thing: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A copy of nested dataclasses and tuples in which every tensor is changed."""
    if isinstance(thing, Tensor):
        return change(thing)
    if isinstance(thing, tuple):
        return tuple(_each_tensor(part, change) for part in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{f.name: _each_tensor(getattr(thing, f.name), change) for f in fields(thing)})
    return thing


def _kind(thing: object) -> str:
    return type(thing).__name__
