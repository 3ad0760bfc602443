"""A `Decoder` as the native kernels see it, or why they cannot run it.

Weights are shared, not copied; only norms and biases get a copy in float32. Knows the decoder's parts and
specs, neither caches nor files.
"""

import torch
from torch import Tensor, nn

from ..network.attention import Attention
from ..network.decoder import Block, Decoder
from ..network.feed_forward import GatedFeedForward
from ..network.layers import LayerNorm, OnePlusRMSNorm, RMSNorm
from ..quantization.layers import PackedEmbedding, PackedLinear
from ..spec import AttentionSpec, GatedSpec, LayerSpec
from .matrix import KINDS, NativeMatrix
from .model import CannotRun, LayerWeights, NativeModel


def native_model(decoder: Decoder) -> NativeModel:
    """All layers of a decoder for the kernels. Raises `CannotRun` with the first thing that they lack."""
    spec, weight = decoder.spec, decoder.embedding.weight
    if weight.device.type != "cpu" or weight.dtype not in KINDS:
        raise CannotRun(f"it computes in {weight.dtype} on {weight.device}")
    if spec.learned_positions:
        raise CannotRun("its positions are learned")
    layers = [
        _layer(number, part, block, decoder.rotaries[decoder.positions_of[number]])
        for number, (part, block) in enumerate(zip(spec.layers, decoder.layers, strict=True))
    ]
    scale = spec.embedding_scale
    return NativeModel(
        layers,
        embedding_matrix(decoder),
        _scale_of(decoder.norm),
        spec.norm_eps,
        # Rounded as the decoder rounds it.
        1.0 if scale is None else float(torch.tensor(scale, dtype=weight.dtype)),
    )


def embedding_matrix(decoder: Decoder) -> NativeMatrix:
    """What embeddings are taken from."""
    embedding = decoder.embedding
    return embedding.head.matrix if isinstance(embedding, PackedEmbedding) else NativeMatrix(embedding.weight)


def head_matrix(decoder: Decoder) -> NativeMatrix:
    """What final states are multiplied with to give logits."""
    return embedding_matrix(decoder) if decoder.head is None else _matrix(decoder.head)


def _layer(number: int, spec: LayerSpec, block: nn.Module, rotary: object) -> LayerWeights:
    mixer, ffn = spec.mixer, spec.ffn
    if not isinstance(mixer, AttentionSpec) or mixer.output_gate:
        raise CannotRun(f"layer {number} mixes tokens by {_kind(mixer)}")
    if not isinstance(ffn, GatedSpec):
        raise CannotRun(f"layer {number} has a feed-forward of kind {_kind(ffn)}")
    if not isinstance(block, Block) or not isinstance(block.mixer, Attention):
        raise CannotRun(f"layer {number} is a {_kind(block)}")
    if not isinstance(block.ffn, GatedFeedForward) or block.ffn_norm is None:
        raise CannotRun(f"layer {number} has a feed-forward that is a {_kind(block.ffn)}")
    frequencies = getattr(rotary, "frequencies", None)
    return LayerWeights(
        qkv=_matrix(block.mixer.qkv),
        out=_matrix(block.mixer.out),
        gate_up=_matrix(block.ffn.gate_up),
        down=_matrix(block.ffn.down),
        mixer_norm=_scale_of(block.mixer_norm),
        ffn_norm=_scale_of(block.ffn_norm),
        query_norm=_scale_or_none(block.mixer.query_norm),
        key_norm=_scale_or_none(block.mixer.key_norm),
        mixer_post_norm=_scale_or_none(block.mixer_post_norm),
        ffn_post_norm=_scale_or_none(block.ffn_post_norm),
        frequencies=torch.empty(0) if frequencies is None else frequencies,
        heads=mixer.heads,
        kv_heads=mixer.kv_heads,
        head_dim=mixer.head_dim,
        softmax_scale=mixer.head_dim**-0.5 if mixer.scale is None else mixer.scale,
        window=mixer.window or 0,
        activation=ffn.activation,
    )


def _matrix(module: nn.Module) -> NativeMatrix:
    if isinstance(module, PackedLinear):
        return module.matrix
    if isinstance(module, nn.Linear) and module.weight.dtype in KINDS:
        return NativeMatrix(module.weight, module.bias)
    raise CannotRun(f"a weight is held by a {_kind(module)}")


def _scale_of(norm: nn.Module) -> Tensor:
    """What a norm multiplies with."""
    if isinstance(norm, LayerNorm) or not isinstance(norm, RMSNorm):
        raise CannotRun(f"a norm is a {_kind(norm)}")
    weight = norm.weight.detach().float()
    return weight + 1 if isinstance(norm, OnePlusRMSNorm) else weight


def _scale_or_none(norm: nn.Module | None) -> Tensor | None:
    return None if norm is None else _scale_of(norm)


def _kind(thing: object) -> str:
    return type(thing).__name__
