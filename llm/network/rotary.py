"""Rotary positions: frequencies after scaling, their tables, and the rotation itself (arXiv 2104.09864).

This module knows neither layers nor files.
"""

import math

import torch
from torch import Tensor

from ..spec import RotarySpec

INITIAL_TABLE = 2048


def rotary_frequencies(spec: RotarySpec, size: int) -> Tensor:
    """Angle per position for each of the `size / 2` rotated pairs, float32, after scaling."""
    exponent = torch.arange(0, size, 2, dtype=torch.int64, device="cpu").float() / size
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

    The sine table carries the sign of the rotation, so that `x * cos + roll(x, size / 2) * sin` rotates each
    pair (x[i], x[i + size / 2]).
    """

    def __init__(self, spec: RotarySpec, head_dim: int, context: int) -> None:
        self.frequencies = rotary_frequencies(spec, spec.dims or head_dim)
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
        """Cosine and sine [length, 1, size] for positions from `start`, with device and dtype of `like`."""
        end = start + length
        held = self.cos.shape[0]
        if held < end or self.cos.device != like.device or self.cos.dtype != like.dtype:
            size = held if end <= held else max(end, min(self.context, 2 * held))
            self._build(size, like.device, like.dtype)
        return self.cos[start:end].unsqueeze(1), self.sin[start:end].unsqueeze(1)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the first values of each head of [B, T, H, D] by the tables of its positions, halves layout."""
    size = cos.shape[-1]
    if size < x.shape[-1]:
        return torch.cat((rotate(x[..., :size], cos, sin), x[..., size:]), dim=-1)
    return torch.addcmul(x * cos, x.roll(size // 2, -1), sin)
