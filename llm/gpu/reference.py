"""The operations of a pass in plain PyTorch: what they mean, what the kernels are held against, and what runs
where there are none.

Written to be read. Slots are found row by row on the host, so nothing here can be part of a graph.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..cache.layer_state import KeyValueMemory
from ..network.layers import activate
from ..spec import Activation
from .operators import Heads, LayerCache
from .weights import Weight, unpack


class ReferenceOperators:
    """`Operators`, without kernels."""

    follows_addresses = False

    def linear(self, x: Tensor, weight: Weight) -> Tensor:
        return F.linear(x, unpack(weight, x.dtype), weight.bias)

    def add_norm(
        self, residual: Tensor, added: Tensor | None, post_norm: Tensor | None, norm: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor]:
        if added is not None:
            residual = residual + (added if post_norm is None else _normed(added, post_norm, epsilon))
        return residual, _normed(residual, norm, epsilon)

    def rotate_and_store(
        self,
        qkv: Tensor,
        heads: Heads,
        angles: tuple[Tensor, Tensor],
        head_norms: Tensor | None,
        epsilon: float,
        cache: LayerCache,
    ) -> Tensor:
        rows = qkv.shape[0]
        query, key, value = qkv.view(rows, -1, heads.head_dim).split(
            [heads.heads, heads.kv_heads, heads.kv_heads], dim=1
        )
        if head_norms is not None:
            query, key = (
                _normed(x, scale, epsilon) for x, scale in zip((query, key), head_norms, strict=True)
            )
        query, key = _rotated(query, angles), _rotated(key, angles)
        for row, memory in enumerate(cache.memories):
            slot = slots(memory, range(int(cache.positions[row]), int(cache.positions[row]) + 1))
            memory.block[0, :, slot] = key[row, :, None]
            memory.block[1, :, slot] = value[row, :, None]
        return query.flatten(1)

    def attend(self, query: Tensor, heads: Heads, cache: LayerCache) -> Tensor:
        group = heads.heads // heads.kv_heads
        result = torch.zeros_like(query).view(-1, heads.kv_heads, group, heads.head_dim)
        for row, memory in enumerate(cache.memories):
            end = int(cache.positions[row]) + 1
            seen = slots(memory, range(max(0, end - heads.window) if heads.window else 0, end))
            held = memory.block[:, :, seen]
            result[row] = F.scaled_dot_product_attention(
                query[row].view(result.shape[1:]), held[0], held[1], scale=heads.scale
            )
        return result.flatten(1)

    def gate(self, gate_up: Tensor, activation: Activation) -> Tensor:
        gate, up = gate_up.float().chunk(2, dim=-1)
        return (activate(gate, activation) * up).to(gate_up.dtype)


def slots(memory: KeyValueMemory, positions: range) -> Tensor:
    """Where the tokens at `positions` of a sequence lie in its memory."""
    at = torch.arange(positions.start, positions.stop, device=memory.block.device)
    if memory.pages is not None:
        pages = torch.tensor(memory.pages, device=at.device)
        return pages[at // memory.page_tokens] * memory.page_tokens + at % memory.page_tokens
    return at - memory.origin


def _normed(x: Tensor, scale: Tensor, epsilon: float) -> Tensor:
    return F.rms_norm(x.float(), x.shape[-1:], scale, epsilon).to(x.dtype)


def _rotated(x: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
    """Heads [R, N, D] turned by cosine and sine [R, P] in their first 2 P values."""
    cos, sin = (angle[:, None] for angle in angles)
    pairs = cos.shape[-1]
    first, second = x[..., :pairs].float(), x[..., pairs : 2 * pairs].float()
    turned = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)
    return torch.cat((turned, x[..., 2 * pairs :]), dim=-1)
