"""One decoder for every family: embed, run the layers of the spec, project to the vocabulary.

The same class trains (no state, batches) and generates (a state, one sequence). It knows no family names,
no files and no text.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..cache.layer_state import DecoderState, LayerState
from ..spec import AttentionSpec, LayerSpec, Mixer, ModelSpec
from .attention import Attention, JoinedPositions, Positions
from .layer_kinds import make_feed_forward, make_mixer
from .layers import Embedding, Linear, SelfInitializing, make_norm
from .projection import project
from .rotary import Rotary

INTO_RESIDUAL = ("mixer.out.weight", "ffn.down.weight", "ffn.shared.down.weight")


class Block(nn.Module):
    """One layer with its residual additions."""

    def __init__(self, spec: LayerSpec, model: ModelSpec) -> None:
        super().__init__()
        self.mixer_norm = make_norm(model)
        self.mixer = make_mixer(spec.mixer, model)
        self.mixer_post_norm = make_norm(model) if spec.post_norms else None
        self.ffn_norm = make_norm(model) if spec.ffn is not None else None
        self.ffn = make_feed_forward(spec.ffn, model) if spec.ffn is not None else None
        self.ffn_post_norm = make_norm(model) if spec.post_norms and spec.ffn is not None else None
        self.float32_residual = model.float32_residual

    def forward(self, x: Tensor, positions: Positions, state: LayerState | None) -> Tensor:
        return self._add(x, self.mixer(self.mixer_norm(self._narrow(x)), positions, state))

    def forward_joined(self, x: Tensor, positions: JoinedPositions, states: Sequence[Any]) -> Tensor:
        """As `forward` over the tokens of several sequences in one row."""
        normed = self.mixer_norm(self._narrow(x))
        if isinstance(self.mixer, Attention):
            return self._add(x, self.mixer.forward_joined(normed, positions, states))
        # A recurrence goes through the tokens of one sequence at a time.
        apart = zip(normed.split(positions.counts, dim=1), positions.each, states, strict=True)
        return self._add(x, torch.cat([self.mixer(*one) for one in apart], dim=1))

    def _add(self, x: Tensor, added: Tensor) -> Tensor:
        """The residual `x` with what the mixer adds and what the feed-forward layer makes of both."""
        x = x + (added if self.mixer_post_norm is None else self.mixer_post_norm(added))
        if self.ffn is None or self.ffn_norm is None:
            return x
        added = self.ffn(self.ffn_norm(self._narrow(x)))
        return x + (added if self.ffn_post_norm is None else self.ffn_post_norm(added))

    def _narrow(self, x: Tensor) -> Tensor:
        """A residual in float32, in the dtype of the layers."""
        return x.to(self.mixer_norm.weight.dtype) if self.float32_residual else x


class Decoder(nn.Module):
    """A causal language model built from `spec`, with weights yet to be loaded or initialised.

    Build it under `torch.device("meta")` when a checkpoint follows; call `initialize` to train it.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = Embedding(spec.vocab, spec.width)
        self.positions = Embedding(spec.context, spec.width) if spec.learned_positions else None
        self.layers = nn.ModuleList(Block(layer, spec) for layer in spec.layers)
        self.norm = make_norm(spec)
        self.head: nn.Module | None = (
            None if spec.tie_embeddings else Linear(spec.width, spec.vocab, bias=False)
        )
        # Layers that rotate and see alike share one table and one mask.
        keys = [_position_key(layer.mixer) for layer in spec.layers]
        self.position_kinds = list(dict.fromkeys(keys))
        self.positions_of = [self.position_kinds.index(key) for key in keys]
        tables = dict.fromkeys(key[:2] for key in keys)
        rotaries = {
            (rotary, size): Rotary(rotary, size, spec.context)
            for rotary, size in tables
            if rotary is not None
        }
        self.rotaries = [rotaries.get(key[:2]) for key in self.position_kinds]

    def forward(self, ids: Tensor, state: DecoderState | None = None, last_only: bool = False) -> Tensor:
        """Logits [B, T, vocab] for ids [B, T], or [B, 1, vocab] of the last position with `last_only`.

        Without a state: one causal pass, differentiable. With one: B is 1, the ids continue what the state
        stands for, and the caller has reserved the room and commits the ids afterwards.
        """
        hidden = self.hidden(ids, state)
        return self.project(hidden[:, -1:] if last_only else hidden)

    def hidden(self, ids: Tensor, state: DecoderState | None = None) -> Tensor:
        """Normalised final states [B, T, width]; arguments as for `forward`."""
        start = state.length if state is not None else 0
        x = self._embed(ids, start)
        dtype = x.dtype
        places = self._positions(start, ids.shape[1], x)
        if self.spec.float32_residual:
            x = x.float()
        for index, block in enumerate(self.layers):
            x = block(x, places[self.positions_of[index]], state.layers[index] if state is not None else None)
        return self.norm(x).to(dtype)

    def hidden_joined(self, ids: Sequence[Tensor], states: Sequence[DecoderState]) -> list[Tensor]:
        """Normalised final states [1, T, width] of several sequences, by one pass over the weights.

        `ids` are [1, T] for each; what `forward` asks of the caller holds for each of them.
        """
        counts = [part.shape[1] for part in ids]
        x = torch.cat([self._embed(*one) for one in zip(ids, [s.length for s in states], strict=True)], dim=1)
        dtype = x.dtype
        apart = [self._positions(state.length, count, x) for state, count in zip(states, counts, strict=True)]
        places = [JoinedPositions(alike, counts) for alike in zip(*apart, strict=True)]
        if self.spec.float32_residual:
            x = x.float()
        for index, block in enumerate(cast("list[Block]", self.layers)):
            of_layer = [state.layers[index] for state in states]
            x = block.forward_joined(x, places[self.positions_of[index]], of_layer)
        return list(self.norm(x).to(dtype).split(counts, dim=1))

    def _positions(self, start: int, length: int, x: Tensor) -> list[Positions]:
        """Places of `length` new tokens from `start`, one for each kind of layer."""
        return [
            Positions(rotary, window, start, length, x)
            for rotary, (_, _, window) in zip(self.rotaries, self.position_kinds, strict=True)
        ]

    def project(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        """Final states to logits of all tokens, or of `rows`, through the tied embedding or the head."""
        return project(self.embedding if self.head is None else self.head, hidden, rows)

    def _embed(self, ids: Tensor, start: int) -> Tensor:
        x = self.embedding(ids)
        if self.spec.embedding_scale is not None:
            # The scale is rounded to the dtype of the embeddings, as it was when the model was trained.
            x = x * x.new_tensor(self.spec.embedding_scale)
        if self.positions is not None:
            x = x + self.positions.weight[start : start + ids.shape[1]]
        return x

    @torch.no_grad()
    def initialize(self, seed: int) -> None:
        """Weights to train from: normal(0.02), over sqrt(2L) where they write to the residual stream.

        Norms, convolutions and recurrences know better what to start from, and say so.
        """
        generator = torch.Generator(device=self.embedding.weight.device).manual_seed(seed)
        residual = 0.02 / math.sqrt(2 * len(self.layers))
        for name, parameter in self.named_parameters():
            if parameter.ndim == 1:
                parameter.zero_()
            else:
                into_residual = name.endswith(INTO_RESIDUAL)
                parameter.normal_(0.0, residual if into_residual else 0.02, generator=generator)
        for block in (*self.layers, self.norm):
            for module in block.modules():
                if isinstance(module, SelfInitializing):
                    module.initialize(generator)


def _position_key(mixer: Mixer) -> tuple:
    """What a layer needs to know of positions: rotation, head size and window."""
    if isinstance(mixer, AttentionSpec):
        return mixer.rotary, mixer.head_dim, mixer.window
    return None, 0, None
