"""What quantization costs: how a quantized model's predictions on a text differ from those of the original.

Perplexity says how well each predicts the text, the divergence how far their distributions lie apart, the
agreement how often both would choose the same token. All are taken from the same passes over the same tokens.
Knows nothing of where models or texts come from.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Logits = Callable[[Sequence[int]], Tensor]
"""Tokens to logits [tokens, vocab] of one causal pass."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Over `tokens` predictions: perplexities, mean divergence in nats, share of equal greedy choices."""

    tokens: int
    original_perplexity: float
    perplexity: float
    divergence: float
    agreement: float

    @property
    def ratio(self) -> float:
        """Perplexity over that of the original; 1 loses nothing."""
        return self.perplexity / self.original_perplexity


def compare(original: Logits, quantized: Logits, pieces: Iterable[Sequence[int]]) -> Quality:
    """Both models over pieces of text, each read on its own; pieces of one token predict nothing."""
    totals = torch.zeros(4, dtype=torch.float64)
    count = 0
    for piece in pieces:
        if len(piece) < 2:
            continue
        read = list(piece[:-1])
        totals += _sums(original(read), quantized(read), torch.tensor(piece[1:]))
        count += len(read)
    if count == 0:
        raise ValueError("a comparison needs a piece of at least two tokens")
    original_loss, loss, divergence, equal = (totals / count).tolist()
    return Quality(count, math.exp(original_loss), math.exp(loss), divergence, equal)


def windows(ids: Sequence[int], size: int = 512) -> Iterator[Sequence[int]]:
    """A long text in pieces in which every token but the first of all is predicted once."""
    for start in range(0, len(ids) - 1, size):
        yield ids[start : start + size + 1]


def _sums(original: Tensor, quantized: Tensor, following: Tensor) -> Tensor:
    """Losses of both, divergences and equal choices, each summed over the positions."""
    first = original.detach().cpu().double().log_softmax(-1)
    second = quantized.detach().cpu().double().log_softmax(-1)
    picked = [-each.gather(1, following[:, None]).sum() for each in (first, second)]
    divergence = (first.exp() * (first - second)).sum()
    equal = (first.argmax(-1) == second.argmax(-1)).sum().double()
    return torch.stack([*picked, divergence, equal])
