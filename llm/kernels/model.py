"""A whole dense decoder as the native kernels see it: weights, sizes, and what keeps them alive.

Plain data in, a structure out. Where the weights come from is not known here; `decoder.py` takes them from a
`Decoder`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..quantization.panels import Panels
from . import structures
from .matrix import NativeMatrix
from .structures import PANEL

ACTIVATIONS = {"silu": structures.SILU, "gelu_tanh": structures.GELU_TANH, "gelu": structures.GELU}


class CannotRun(Exception):
    """The kernels do not have what this model needs; the text says what."""


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One pre-norm layer: attention with rotary positions, then a gated feed-forward.

    Norms are [width], or [head_dim] for queries and keys; those that are None are left out. `frequencies` are
    the angles per position of the rotated pairs, empty without rotation. `window` 0 sees everything.
    """

    qkv: NativeMatrix
    out: NativeMatrix
    gate_up: NativeMatrix
    down: NativeMatrix
    mixer_norm: Tensor
    ffn_norm: Tensor
    frequencies: Tensor
    heads: int
    kv_heads: int
    head_dim: int
    softmax_scale: float
    query_norm: Tensor | None = None
    key_norm: Tensor | None = None
    mixer_post_norm: Tensor | None = None
    ffn_post_norm: Tensor | None = None
    window: int = 0
    activation: Literal["silu", "gelu_tanh", "gelu"] = "silu"
    rotary_scale: float = 1.0


class NativeModel:
    """`structure` points into tensors that this object holds."""

    def __init__(
        self,
        layers: Sequence[LayerWeights],
        embedding: NativeMatrix,
        norm: Tensor,
        epsilon: float,
        embedding_scale: float = 1.0,
    ) -> None:
        self.layers = tuple(layers)
        self.vocab, self.width = embedding.rows, embedding.columns
        self._kept: list[object] = [embedding]
        self._shared: dict[int, Tensor] = {}
        _check(self.layers, embedding, norm)
        array = (structures.Layer * len(self.layers))(*map(self._layer, self.layers))
        self.structure = structures.Model(
            layers=array,
            embedding=embedding.structure,
            norm=self._floats(norm),
            width=self.width,
            layer_count=len(self.layers),
            epsilon=epsilon,
            embedding_scale=embedding_scale,
        )
        self._kept.append(array)

    def _layer(self, weights: LayerWeights) -> structures.Layer:
        return structures.Layer(
            qkv=weights.qkv.structure,
            out=weights.out.structure,
            gate_up=weights.gate_up.structure,
            down=weights.down.structure,
            mixer_norm=self._floats(weights.mixer_norm),
            ffn_norm=self._floats(weights.ffn_norm),
            mixer_post_norm=self._floats(weights.mixer_post_norm),
            ffn_post_norm=self._floats(weights.ffn_post_norm),
            query_norm=self._floats(weights.query_norm),
            key_norm=self._floats(weights.key_norm),
            frequencies=self._floats(weights.frequencies),
            heads=weights.heads,
            kv_heads=weights.kv_heads,
            head_dim=weights.head_dim,
            rotary=2 * weights.frequencies.numel(),
            window=weights.window,
            activation=ACTIVATIONS[weights.activation],
            softmax_scale=weights.softmax_scale,
            rotary_scale=weights.rotary_scale,
        )

    def _floats(self, tensor: Tensor | None) -> int | None:
        """The address of a float32 copy. Layers with the same tensor share it, and so their angles."""
        if tensor is None:
            return None
        if id(tensor) not in self._shared:
            self._kept.append(tensor)
            self._shared[id(tensor)] = tensor.detach().to("cpu", torch.float32).contiguous()
        return self._shared[id(tensor)].data_ptr()


def _check(layers: Sequence[LayerWeights], embedding: NativeMatrix, norm: Tensor) -> None:
    """Raise `CannotRun` unless all sizes fit together: the kernels do not look at them again."""
    width = embedding.columns
    if not layers:
        raise CannotRun("it has no layers")
    if norm.shape != (width,):
        raise CannotRun("embedding and last norm differ in size")
    for number, layer in enumerate(layers):
        queries, keys = layer.heads * layer.head_dim, layer.kv_heads * layer.head_dim
        hidden = layer.down.columns
        sizes = [
            (layer.qkv, queries + 2 * keys, width),
            (layer.out, width, queries),
            (layer.gate_up, 2 * hidden, width),
            (layer.down, width, hidden),
        ]
        norms = [layer.mixer_norm, layer.ffn_norm, layer.mixer_post_norm, layer.ffn_post_norm]
        fits = (
            all((matrix.rows, matrix.columns) == (rows, columns) for matrix, rows, columns in sizes)
            and all(each.shape == (width,) for each in norms if each is not None)
            and all(
                each.shape == (layer.head_dim,)
                for each in (layer.query_norm, layer.key_norm)
                if each is not None
            )
            and layer.heads % layer.kv_heads == 0
            and 2 * layer.frequencies.numel() <= layer.head_dim
            and layer.window >= 0
        )
        if not fits:
            raise CannotRun(f"the sizes of layer {number} do not fit together")
        if isinstance(layer.gate_up.weight, Panels) and hidden % PANEL:
            raise CannotRun(
                f"layer {number} has a packed feed-forward of {hidden} values, no multiple of {PANEL}"
            )
