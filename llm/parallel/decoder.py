"""A decoder that holds one device's share, and the one that leads the others through every pass.

The layers are the usual ones, only narrower; what they add to the residual stream is summed over the devices
right behind them. Knows shares and groups of processes, but neither files nor requests.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from ..cache.layer_state import DecoderState
from ..cache.paged_state import PagedState
from ..network.attention import Attention
from ..network.decoder import Block, Decoder
from ..network.feed_forward import GatedFeedForward, PlainFeedForward
from ..network.layers import Embedding, Linear
from .group import Exchange
from .lead import Lead
from .messages import Pass, Project, Stretch
from .share import Share


class ShareEmbedding(Embedding):
    """The embeddings of `tokens`; those of all others are added by their holders."""

    def __init__(self, tokens: range, width: int, group: Exchange) -> None:
        super().__init__(len(tokens), width)
        self._tokens = tokens
        self._group = group

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - as torch calls it
        row = input - self._tokens.start
        here = (row >= 0) & (row < len(self._tokens))
        found = super().forward(row.where(here, 0))
        return self._group.add_up(found.masked_fill(~here[..., None], 0))


class ShareDecoder(Decoder):
    """A decoder with the weights of `share`; all processes of `group` run theirs at the same time."""

    def __init__(self, share: Share, group: Exchange) -> None:
        super().__init__(share.spec)
        self.share = share
        self.group = group
        self.spec = share.whole  # callers see one model
        self._everybodys = [replace(share, rank=rank).tokens for rank in range(share.size)]
        self.embedding = ShareEmbedding(share.tokens, self.spec.width, group)
        if self.head is not None:
            self.head = Linear(self.spec.width, len(share.tokens), bias=False)

        def add_up(_module: nn.Module, _inputs: object, result: Tensor) -> Tensor:
            return group.add_up(result)

        for block in cast("list[Block]", self.layers):
            for module in _ends(block):
                module.register_forward_hook(add_up)

    def project_share(self, hidden: Tensor, rows: Sequence[int] | None) -> list[Tensor]:
        """Logits of final states [T, width], for the leader: a part [T, n] from each device, in order.

        They are those of all tokens, or of `rows`, ascending.
        """
        own, counts = None, [len(tokens) for tokens in self._everybodys]
        if rows is not None:
            counts = [sum(row in tokens for row in rows) for tokens in self._everybodys]
            mine = [row - self.share.tokens.start for row in rows if row in self.share.tokens]
            own = torch.tensor(mine, dtype=torch.long, device=hidden.device)
        part = hidden.new_zeros(len(hidden), max(counts))
        part[:, : counts[self.share.rank]] = super().project(hidden, own)
        collected = self.group.collect(part)
        return [each[:, :count] for each, count in zip(collected, counts, strict=False)]


class LeadingDecoder(ShareDecoder):
    """The leader's decoder; the others join in everything that it is asked for."""

    def __init__(self, share: Share, lead: Lead) -> None:
        super().__init__(share, lead.group)
        self._lead = lead

    def hidden(self, ids: Tensor, state: DecoderState | None = None) -> Tensor:
        with self._lead.announce(Pass([_stretch(ids, state)])):
            return super().hidden(ids, state)

    def hidden_joined(self, ids: Sequence[Tensor], states: Sequence[DecoderState]) -> list[Tensor]:
        parts = [_stretch(*one) for one in zip(ids, states, strict=True)]
        with self._lead.announce(Pass(parts)):
            return super().hidden_joined(ids, states)

    def project(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        states = hidden.reshape(-1, self.spec.width).contiguous()
        listed = None if rows is None else rows.tolist()
        with self._lead.announce(Project(len(states), listed)):
            parts = self.project_share(self.group.hand_out(states), listed)
        return torch.cat(parts, dim=-1).unflatten(0, hidden.shape[:-1])


def _ends(block: Block) -> list[nn.Module]:
    """The modules of a layer whose results are a sum over the devices."""
    ends: list[nn.Module] = [cast(Attention, block.mixer).out]
    if isinstance(block.ffn, GatedFeedForward | PlainFeedForward):
        ends.append(block.ffn.down)
    elif block.ffn is not None:
        ends.append(block.ffn)
    return ends


def _stretch(ids: Tensor, state: DecoderState | None) -> Stretch:
    """What the others need to know of `ids` [1, T] behind `state`."""
    tokens = ids[0].tolist()
    if state is None:
        return Stretch(tokens, 0, None)
    return Stretch(tokens, state.length, cast(PagedState, state).table.pages)
