"""Causal grouped-query attention, over everything before a token or over a window.

Written as few large operations (fused query-key-value weights, no per-head loops), because on a CPU the cost
of a small model is the number of calls. It knows neither families nor how keys and values are kept.

Shapes: B batch, T new tokens, S tokens to attend to, H query heads, K key heads, D head size.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cache.layer_state import KeyValues
from ..spec import AttentionSpec, ModelSpec
from .layers import Linear, make_norm
from .rotary import Rotary, rotate


class Positions:
    """Where the new tokens of one pass stand, for the layers that rotate and see alike."""

    def __init__(self, rotary: Rotary | None, window: int | None, start: int, length: int, x: Tensor) -> None:
        self.tables = rotary.tables(start, length, x) if rotary is not None else None
        self.window = window
        self._mask: Tensor | None = None

    def mask(self, length: int, seen: int, device: torch.device) -> Tensor | None:
        """[T, S] of what each of `length` tokens at the end of `seen` ones sees, True is visible; made once.

        None where a plain causal mask says the same.
        """
        if seen == length and (self.window is None or length <= self.window):
            return None
        if self._mask is None:
            before = seen - length
            mask = torch.ones(length, seen, dtype=torch.bool, device=device).tril(before)
            self._mask = mask if self.window is None else mask.triu(before - self.window + 1)
        return self._mask


class JoinedPositions:
    """Where the tokens of several sequences stand that share one pass, side by side in one row.

    `each` are the positions of one sequence, `counts` how many tokens of it there are.
    """

    def __init__(self, each: Sequence[Positions], counts: Sequence[int]) -> None:
        self.each = each
        self.counts = list(counts)
        tables = [one.tables for one in each if one.tables is not None]
        self.tables: tuple[Tensor, Tensor] | None = None
        if tables:
            self.tables = torch.cat([cos for cos, _ in tables]), torch.cat([sin for _, sin in tables])


class Attention(nn.Module):
    """Causal grouped-query attention with one fused projection: queries, gates if any, keys, values."""

    def __init__(self, spec: AttentionSpec, model: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        queries, keys = spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim
        self.sizes = [queries, *([queries] if spec.output_gate else []), keys, keys]
        self.qkv = Linear(model.width, sum(self.sizes), bias=spec.qkv_bias)
        self.out = Linear(queries, model.width, bias=spec.out_bias)
        self.query_norm = make_norm(model, spec.head_dim) if spec.qk_norm else None
        self.key_norm = make_norm(model, spec.head_dim) if spec.qk_norm else None

    def forward(self, x: Tensor, positions: Positions, state: KeyValues | None) -> Tensor:
        """[B, T, width] to the same; with a state, new keys join those it holds and all are attended to."""
        query, key, value, gate = self._enter(x, positions.tables)
        if state is not None:
            key, value = state.append(key, value)
        return self._leave(self._attend(query, key, value, positions), gate)

    def forward_joined(self, x: Tensor, positions: JoinedPositions, states: Sequence[KeyValues]) -> Tensor:
        """[1, T, width] to the same, where each sequence attends to its own tokens and those of its state."""
        query, key, value, gate = self._enter(x, positions.tables)
        split = [part.split(positions.counts, dim=2) for part in (query, key, value)]
        attended = []
        for q, k, v, places, state in zip(*split, positions.each, states, strict=True):
            held_key, held_value = state.append(k, v)
            attended.append(self._attend(q, held_key, held_value, places))
        return self._leave(torch.cat(attended, dim=2), gate)

    def _enter(
        self, x: Tensor, tables: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """Queries, keys and values [B, H or K, T, D] of [B, T, width], and the gate if there is one."""
        batch, length, _ = x.shape
        query, *gate, key, value = self.qkv(x).split(self.sizes, dim=-1)
        query = query.view(batch, length, self.spec.heads, self.spec.head_dim)
        key = key.view(batch, length, self.spec.kv_heads, self.spec.head_dim)
        value = value.view(batch, length, self.spec.kv_heads, self.spec.head_dim).transpose(1, 2)
        if self.query_norm is not None and self.key_norm is not None:
            query, key = self.query_norm(query), self.key_norm(key)
        if tables is not None:
            query, key = rotate(query, *tables), rotate(key, *tables)
        return query.transpose(1, 2), key.transpose(1, 2), value, gate

    def _leave(self, attended: Tensor, gate: list[Tensor]) -> Tensor:
        batch, _, length, _ = attended.shape
        attended = attended.transpose(1, 2).reshape(batch, length, self.sizes[0])
        return self.out(attended * gate[0].sigmoid() if gate else attended)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, positions: Positions) -> Tensor:
        """[B, H, T, D] over [B, K, S, D], of which the new tokens are the last T."""
        batch, heads, length, size = query.shape
        group = self.spec.group
        if length == 1:
            # Everything is visible to one new token, so the queries of a group are rows of one small product.
            rows = query.reshape(batch, self.spec.kv_heads, group, size)
            attended = F.scaled_dot_product_attention(rows, key, value, scale=self.spec.scale)
            return attended.reshape(batch, heads, 1, size)
        mask = positions.mask(length, key.shape[2], key.device)
        return F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            is_causal=mask is None,
            scale=self.spec.scale,
            enable_gqa=group > 1,
        )
