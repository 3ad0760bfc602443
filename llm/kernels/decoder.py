"""A `Decoder` as the native kernels see it, or why they cannot run it.

Weights are shared, not copied; only norms and biases get a copy in float32. Knows the decoder's parts and
specs, neither caches nor files.
"""

import torch
from torch import nn

from ..network.decoder import Decoder
from ..quantization.layers import PackedEmbedding, PackedLinear
from ..spec import LayerSpec
from .matrix import KINDS, NativeMatrix
from .model import CannotRun, LayerWeights, NativeModel
from .plain_layer import kind, norm_scale, plain_layer


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
        norm_scale(decoder.norm),
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
    layer = plain_layer(number, spec, block)
    frequencies = getattr(rotary, "frequencies", None)
    return LayerWeights(
        qkv=_matrix(layer.attention.qkv),
        out=_matrix(layer.attention.out),
        gate_up=_matrix(layer.feed_forward.gate_up),
        down=_matrix(layer.feed_forward.down),
        mixer_norm=layer.mixer_norm,
        ffn_norm=layer.ffn_norm,
        query_norm=layer.query_norm,
        key_norm=layer.key_norm,
        mixer_post_norm=layer.mixer_post_norm,
        ffn_post_norm=layer.ffn_post_norm,
        frequencies=torch.empty(0) if frequencies is None else frequencies,
        heads=layer.spec.heads,
        kv_heads=layer.spec.kv_heads,
        head_dim=layer.spec.head_dim,
        softmax_scale=layer.softmax_scale,
        window=layer.window,
        activation=layer.feed_forward.activation,
    )


def _matrix(module: nn.Module) -> NativeMatrix:
    if isinstance(module, PackedLinear):
        return module.matrix
    if isinstance(module, nn.Linear) and module.weight.dtype in KINDS:
        return NativeMatrix(module.weight, module.bias)
    raise CannotRun(f"a weight is held by a {kind(module)}")
