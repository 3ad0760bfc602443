"""The small kernels as functions of tensors: for tests, measurements, and whoever needs one alone.

All work on float32 rows on the CPU. The decode step runs the same code without coming here.
"""

import torch
from torch import Tensor

from .library import open_library
from .model import ACTIVATIONS


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """Root-mean-square norm of rows [..., size] with a scale [size]."""
    x, weight = _floats(x), _floats(weight)
    out = torch.empty_like(x)
    rows = x.numel() // x.shape[-1]
    open_library().homewit_rms_norm(
        x.data_ptr(), weight.data_ptr(), epsilon, rows, x.shape[-1], out.data_ptr()
    )
    return out


def rotate(x: Tensor, frequencies: Tensor, position: int, scale: float = 1.0) -> Tensor:
    """Heads [heads, head_dim] of one token turned to its position; a pair lies half of what turns apart."""
    x, frequencies = _floats(x).clone(), _floats(frequencies)
    heads, head_dim = x.shape
    rotary = 2 * frequencies.numel()
    open_library().homewit_rotate(
        x.data_ptr(), frequencies.data_ptr(), position, heads, head_dim, rotary, scale
    )
    return x


def gate(gates: Tensor, up: Tensor, activation: str = "silu") -> Tensor:
    """activation(gates) * up, elementwise."""
    gates, up = _floats(gates), _floats(up)
    out = torch.empty_like(up)
    open_library().homewit_gate(
        gates.data_ptr(), up.data_ptr(), up.numel(), ACTIVATIONS[activation], out.data_ptr()
    )
    return out


def top(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Ids and log-probabilities of the `count` likeliest of logits [vocab], best first, ties by lower id."""
    logits = _floats(logits)
    count = min(count, logits.numel())
    ids = torch.empty(count, dtype=torch.long)
    log_probabilities = torch.empty(count)
    held = open_library().homewit_top(
        logits.data_ptr(), logits.numel(), count, ids.data_ptr(), log_probabilities.data_ptr()
    )
    return ids[:held], log_probabilities[:held]


def _floats(x: Tensor) -> Tensor:
    return x.detach().to("cpu", torch.float32).contiguous()
