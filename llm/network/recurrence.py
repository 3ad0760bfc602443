"""What the chunked forms of recurrences share: cutting tokens into chunks, and products in float32."""

from contextlib import AbstractContextManager

import torch
from torch import Tensor


def chunked(x: Tensor, size: int) -> Tensor:
    """[B, T, H, ...] to [B, H, C, L, ...] with L = `size`, filled up with zeros, which change no state."""
    batch, length, heads, *rest = x.shape
    missing = -length % size
    if missing:
        # Not `F.pad`, whose gradient a compiled pass lays out wrongly (torch 2.13).
        x = torch.cat((x, x.new_zeros(batch, missing, heads, *rest)), dim=1)
    return x.transpose(1, 2).reshape(batch, heads, -1, size, *rest)


def joined(x: Tensor, length: int) -> Tensor:
    """[B, H, C, L, D] back to [B, T, H, D], without what was filled up."""
    return x.flatten(2, 3)[:, :, :length].transpose(1, 2)


def float32_products(like: Tensor) -> AbstractContextManager:
    """Products keep the dtype of their factors, also within autocast on the device of `like`."""
    return torch.autocast(like.device.type, enabled=False)
