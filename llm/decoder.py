"""One decoder for every family: embed, run the layers of the spec, project to the vocabulary.

The same class trains (no cache, batches) and generates (a cache, one sequence). It knows no family names,
no files and no text.
"""

import math

import torch
from torch import Tensor, nn

from .cache import KVCache
from .layers import Attention, Embedding, GatedFeedForward, Linear, RMSNorm, Rotary
from .projection import project
from .spec import LayerSpec, ModelSpec


class Block(nn.Module):
    """One pre-norm layer with its two residual additions."""

    def __init__(self, spec: LayerSpec, model: ModelSpec) -> None:
        super().__init__()
        self.mixer_norm = RMSNorm(model.width, model.norm_eps)
        self.mixer = Attention(spec.mixer, model.width, model.norm_eps)
        self.ffn_norm = RMSNorm(model.width, model.norm_eps)
        self.ffn = GatedFeedForward(spec.ffn, model.width)

    def forward(
        self, x: Tensor, tables: tuple[Tensor, Tensor], cache: KVCache | None, layer: int, mask: Tensor | None
    ) -> Tensor:
        x = x + self.mixer(self.mixer_norm(x), tables, cache, layer, mask)
        return x + self.ffn(self.ffn_norm(x))


class Decoder(nn.Module):
    """A causal transformer built from `spec`, with weights yet to be loaded or initialised.

    Build it under `torch.device("meta")` when a checkpoint follows; call `initialize` to train it.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = Embedding(spec.vocab, spec.width)
        self.layers = nn.ModuleList(Block(layer, spec) for layer in spec.layers)
        self.norm = RMSNorm(spec.width, spec.norm_eps)
        self.head: nn.Module | None = (
            None if spec.tie_embeddings else Linear(spec.width, spec.vocab, bias=False)
        )
        # Layers with equal positions share one table.
        keys = [(layer.mixer.rotary, layer.mixer.head_dim) for layer in spec.layers]
        distinct = list(dict.fromkeys(keys))
        self.rotaries = [Rotary(*key, spec.context) for key in distinct]
        self.rotary_of = [distinct.index(key) for key in keys]

    def forward(self, ids: Tensor, cache: KVCache | None = None, last_only: bool = False) -> Tensor:
        """Logits [B, T, vocab] for ids [B, T], or [B, 1, vocab] of the last position with `last_only`.

        Without a cache: one causal pass, differentiable. With one: B is 1, the ids continue what the cache
        holds, and the caller has reserved the room and commits the ids afterwards.
        """
        hidden = self.hidden(ids, cache)
        return self.project(hidden[:, -1:] if last_only else hidden)

    def hidden(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """Normalised final states [B, T, width]; arguments as for `forward`."""
        start = cache.length if cache is not None else 0
        length = ids.shape[1]
        x = self.embedding(ids)
        mask = _causal_mask(start, length, x.device) if start and length > 1 else None
        tables = [rotary.tables(start, length, x) for rotary in self.rotaries]
        for index, block in enumerate(self.layers):
            x = block(x, tables[self.rotary_of[index]], cache, index, mask)
        return self.norm(x)

    def project(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        """Final states to logits of all tokens, or of `rows`, through the tied embedding or the head."""
        return project(self.embedding if self.head is None else self.head, hidden, rows)

    @torch.no_grad()
    def initialize(self, seed: int) -> None:
        """Weights to train from: normal(0.02), over sqrt(2L) where they write to the residual stream."""
        generator = torch.Generator(device=self.embedding.weight.device).manual_seed(seed)
        residual = 0.02 / math.sqrt(2 * len(self.layers))
        for name, parameter in self.named_parameters():
            if parameter.ndim == 1:
                parameter.fill_(1.0 if "norm" in name else 0.0)
            else:
                into_residual = name.endswith(("mixer.out.weight", "ffn.down.weight"))
                parameter.normal_(0.0, residual if into_residual else 0.02, generator=generator)


def _causal_mask(start: int, length: int, device: torch.device) -> Tensor:
    """[T, S] of what each of `length` new tokens behind `start` held ones may see: True is visible."""
    return torch.ones(length, start + length, dtype=torch.bool, device=device).tril(start)
