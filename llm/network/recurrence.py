"""What recurrences share: tokens in chunks, what goes from piece to piece, and products in float32."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from ..cache.layer_state import Snapshot
from ..cache.recurrent_state import RecurrentState

Scan = Callable[..., tuple[Tensor, Snapshot]]


def in_pieces(scan: Scan, inputs: Sequence[Tensor], state: RecurrentState | None) -> Tensor:
    """Results [B, T, ...] of `inputs` [B, T, ...], which continue what `state` stands for.

    `scan` takes a piece of each input and what the token before handed on, None before the first one; it
    returns the results and what the last token hands on. Guesses are a piece of their own, so that the state
    in front of them is not lost.
    """
    if state is None:
        return scan(*inputs, None)[0]
    carried = state.read()
    sizes = state.pieces(inputs[0].shape[1])
    results = []
    for piece in zip(*(each.split(sizes, dim=1) for each in inputs), strict=True):
        result, carried = scan(*piece, carried)
        state.write(*carried)
        results.append(result)
    return results[0] if len(results) == 1 else torch.cat(results, dim=1)


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
