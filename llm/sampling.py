"""From logits to one token: pure functions over a vector [vocab].

Randomness is drawn from (seed, position) instead of a running stream, so a token does not depend on how many
tokens before it were forced or drafted. This module knows neither models nor text.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .generation import SamplingParams

NEVER = float("-inf")


def penalize_repetition(logits: Tensor, seen: Sequence[int], penalty: float) -> Tensor:
    """Make tokens that occurred less likely: divide positive logits, multiply negative (arXiv 1909.05858)."""
    index = torch.tensor(sorted(set(seen)), dtype=torch.long, device=logits.device)
    score = logits[index]
    return logits.index_copy(0, index, torch.where(score > 0, score / penalty, score * penalty))


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """Only the k most likely tokens, and those that tie with the last of them."""
    if k >= logits.shape[-1]:
        return logits
    return logits.masked_fill(logits < logits.topk(k).values[-1], NEVER)


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """The smallest set of most likely tokens whose probability reaches p (arXiv 1904.09751); at least one."""
    probability, order = logits.softmax(-1).sort(descending=True, stable=True)
    before = probability.cumsum(-1) - probability
    return logits.index_fill(0, order[1:][before[1:] >= p], NEVER)


def keep_min_p(logits: Tensor, p: float) -> Tensor:
    """Tokens at least p times as likely as the most likely one (arXiv 2407.01082)."""
    if p == 0:
        return logits
    return logits.masked_fill(logits < logits.max() + torch.tensor(p).log().to(logits.device), NEVER)


def draw(logits: Tensor, seed: int, position: int) -> int:
    """One token by its probability, decided by `seed` and `position` alone."""
    generator = torch.Generator().manual_seed((seed * 0x9E3779B97F4A7C15 + position) & 0x7FFF_FFFF_FFFF_FFFF)
    noise = torch.empty(logits.shape, dtype=torch.float32).exponential_(generator=generator)
    # argmax(p / Exp(1)) is a draw from p without a cumulative sum; in logs it cannot overflow.
    return int((logits - noise.to(logits.device).log()).argmax())


def choose(logits: Tensor, params: SamplingParams, seed: int, position: int, seen: Sequence[int]) -> int:
    """The next token for float32 `logits`, in which forbidden tokens are minus infinity.

    `seen` are the tokens of prompt and output so far, needed for the repetition penalty only.
    """
    if params.repetition_penalty != 1.0:
        logits = penalize_repetition(logits, seen, params.repetition_penalty)
    if params.temperature == 0:
        return int(logits.argmax())
    logits = logits / params.temperature
    if params.top_k is not None:
        logits = keep_top_k(logits, params.top_k)
    if params.top_p is not None and params.top_p < 1:
        logits = keep_top_p(logits, params.top_p)
    if params.min_p is not None:
        logits = keep_min_p(logits, params.min_p)
    return draw(logits, seed, position)
