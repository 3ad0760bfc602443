"""From logits to one token: pure functions over a vector [vocab].

Randomness is drawn from (seed, position) instead of a running stream, so a token does not depend on how many
tokens before it were forced or drafted. This module knows neither models nor text.
"""

import torch
from torch import Tensor

from .. import torch_start
from ..generation import SamplingParams, TokenLogprob

NEVER = float("-inf")


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """Only the k most likely tokens, and those that tie with the last of them."""
    if k >= logits.shape[-1]:
        return logits
    return logits.masked_fill(logits < logits.topk(k).values[-1], NEVER)


def keep_typical(logits: Tensor, p: float) -> Tensor:
    """Tokens whose surprise is nearest to the expected one, until they reach p (arXiv 2202.00666)."""
    surprise = -logits.log_softmax(-1)
    probability = surprise.neg().exp()
    expected = (probability * surprise).nan_to_num(0.0).sum()
    order = (surprise - expected).abs().argsort(stable=True)
    before = probability[order].cumsum(-1) - probability[order]
    return logits.index_fill(0, order[1:][before[1:] >= p], NEVER)


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


def filtered(logits: Tensor, params: SamplingParams) -> Tensor:
    """Logits after temperature and filters; their softmax is what a token is drawn from. Not for greedy."""
    logits = logits / params.temperature
    if params.top_k is not None:
        logits = keep_top_k(logits, params.top_k)
    if params.typical_p is not None and params.typical_p < 1:
        logits = keep_typical(logits, params.typical_p)
    if params.top_p is not None and params.top_p < 1:
        logits = keep_top_p(logits, params.top_p)
    if params.min_p is not None:
        logits = keep_min_p(logits, params.min_p)
    return logits


def draw(logits: Tensor, seed: int, position: int, stream: int = 0) -> int:
    """One token by its probability, decided by `seed`, `position` and `stream` alone."""
    noise = torch.empty(logits.shape, dtype=torch.float32)
    noise.exponential_(generator=_generator(seed, position, stream))
    # argmax(p / Exp(1)) is a draw from p without a cumulative sum; in logs it cannot overflow.
    return int((logits - noise.to(logits.device).log()).argmax())


def uniform(seed: int, position: int, stream: int) -> float:
    """A number in [0, 1) that `seed`, `position` and `stream` decide."""
    return float(torch.rand((), dtype=torch.float64, generator=_generator(seed, position, stream)))


def choose(logits: Tensor, params: SamplingParams, seed: int, position: int) -> int:
    """The next token for float32 `logits`, already penalised; forbidden tokens are minus infinity."""
    if params.temperature == 0:
        return int(logits.argmax())
    return draw(filtered(logits, params), seed, position)


def logprob(logits: Tensor, token: int, top: int) -> TokenLogprob:
    """What the model's own `logits` say of `token`, and of the `top` most likely tokens."""
    scores = logits.log_softmax(-1)
    best = scores.topk(top)
    beside = tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
    return TokenLogprob(token, float(scores[token]), beside)


def _generator(seed: int, position: int, stream: int) -> torch.Generator:
    mixed = seed * 0x9E3779B97F4A7C15 + stream * 0xC2B2AE3D27D4EB4F + position
    torch_start.complete()
    return torch.Generator().manual_seed(mixed & 0x7FFF_FFFF_FFFF_FFFF)
