"""The parts of a decoder layer: norm, rotary positions, attention, feed-forward.

Written as few large operations (fused query-key-value and gate-up weights, no per-head loops), because on a
CPU the cost of a small model is the number of calls. This module knows shapes and maths, but neither families
nor files.

Shapes: B batch, T new tokens, S tokens to attend to, H query heads, K key heads, D head size.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .cache import KVCache
from .spec import AttentionSpec, GatedSpec, RotarySpec

INITIAL_TABLE = 2048


class Linear(nn.Linear):
    """A dense layer whose weights come from a checkpoint or from `Decoder.initialize`, never from here.

    Drawing random weights that nobody uses costs seconds: on the meta device it imports the compiler.
    """

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class Embedding(nn.Embedding):
    """Token embeddings, filled from outside for the same reason."""

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class RMSNorm(nn.Module):
    """Root-mean-square norm with a learned scale (arXiv 1910.07467)."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.shape = (size,)
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        # The scale follows the input, so that a pass under autocast keeps the fused kernel.
        return F.rms_norm(x, self.shape, self.weight.to(x.dtype), self.eps)


def rotary_frequencies(spec: RotarySpec, head_dim: int) -> Tensor:
    """Angle per position for each of the D/2 rotated pairs, float32, after scaling."""
    exponent = torch.arange(0, head_dim, 2, dtype=torch.int64, device="cpu").float() / head_dim
    frequency = 1.0 / spec.theta**exponent
    if spec.scaling == "linear":
        return frequency / spec.factor
    if spec.scaling == "llama3":
        wavelength = 2 * math.pi / frequency
        low, high = spec.low_freq_factor, spec.high_freq_factor
        blend = ((spec.original_context / wavelength - low) / (high - low)).clamp(0, 1)
        return frequency * (blend + (1 - blend) / spec.factor)
    return frequency


class Rotary:
    """Cosine and sine tables, made once and grown on demand; not part of the weights.

    The sine table carries the sign of the rotation, so that `x * cos + roll(x, D/2) * sin` rotates each pair
    (x[i], x[i + D/2]).
    """

    def __init__(self, spec: RotarySpec, head_dim: int, context: int) -> None:
        self.frequencies = rotary_frequencies(spec, head_dim)
        self.context = context
        self.cos = self.sin = torch.empty(0)
        self._build(min(context, INITIAL_TABLE), torch.device("cpu"), torch.get_default_dtype())

    @torch.inference_mode(False)  # tables made while generating must also serve a later training pass
    def _build(self, length: int, device: torch.device, dtype: torch.dtype) -> None:
        angles = torch.outer(torch.arange(length, device="cpu").float(), self.frequencies)
        cos, sin = angles.cos(), angles.sin()
        self.cos = torch.cat((cos, cos), dim=-1).to(device, dtype)
        self.sin = torch.cat((-sin, sin), dim=-1).to(device, dtype)

    def tables(self, start: int, length: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine [length, 1, D] for positions from `start`, with device and dtype of `like`."""
        end = start + length
        held = self.cos.shape[0]
        if held < end or self.cos.device != like.device or self.cos.dtype != like.dtype:
            size = held if end <= held else max(end, min(self.context, 2 * held))
            self._build(size, like.device, like.dtype)
        return self.cos[start:end].unsqueeze(1), self.sin[start:end].unsqueeze(1)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate [B, T, H, D] by the tables of its positions (arXiv 2104.09864, halves layout)."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


class Attention(nn.Module):
    """Causal grouped-query attention with one fused projection for queries, keys and values."""

    def __init__(self, spec: AttentionSpec, width: int, norm_eps: float) -> None:
        super().__init__()
        self.spec = spec
        self.sizes = [
            spec.heads * spec.head_dim,
            spec.kv_heads * spec.head_dim,
            spec.kv_heads * spec.head_dim,
        ]
        self.qkv = Linear(width, sum(self.sizes), bias=spec.qkv_bias)
        self.out = Linear(self.sizes[0], width, bias=spec.out_bias)
        self.query_norm = RMSNorm(spec.head_dim, norm_eps) if spec.qk_norm else None
        self.key_norm = RMSNorm(spec.head_dim, norm_eps) if spec.qk_norm else None

    def forward(
        self, x: Tensor, tables: tuple[Tensor, Tensor], cache: KVCache | None, layer: int, mask: Tensor | None
    ) -> Tensor:
        """[B, T, width] to the same; with a cache, new keys join those of `layer` and all are attended to."""
        batch, length, _ = x.shape
        query, key, value = self.qkv(x).split(self.sizes, dim=-1)
        query = query.view(batch, length, self.spec.heads, self.spec.head_dim)
        key = key.view(batch, length, self.spec.kv_heads, self.spec.head_dim)
        value = value.view(batch, length, self.spec.kv_heads, self.spec.head_dim).transpose(1, 2)
        if self.query_norm is not None and self.key_norm is not None:
            query, key = self.query_norm(query), self.key_norm(key)
        query = rotate(query, *tables).transpose(1, 2)
        key = rotate(key, *tables).transpose(1, 2)
        if cache is not None:
            key, value = cache.append(layer, key, value)
        attended = self._attend(query, key, value, mask)
        return self.out(attended.transpose(1, 2).reshape(batch, length, self.sizes[0]))

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        """[B, H, T, D] over [B, K, S, D]; `mask` [T, S] is needed only when 1 < T < S."""
        batch, heads, length, size = query.shape
        group = self.spec.group
        if length == 1:
            # Everything is visible to one new token, so the queries of a group are rows of one small product.
            rows = query.reshape(batch, self.spec.kv_heads, group, size)
            return F.scaled_dot_product_attention(rows, key, value).reshape(batch, heads, 1, size)
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=group > 1
        )


class GatedFeedForward(nn.Module):
    """SwiGLU (arXiv 2002.05202) with gate and up projection fused."""

    def __init__(self, spec: GatedSpec, width: int) -> None:
        super().__init__()
        self.gate_up = Linear(width, 2 * spec.hidden, bias=spec.bias)
        self.down = Linear(spec.hidden, width, bias=spec.bias)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)
