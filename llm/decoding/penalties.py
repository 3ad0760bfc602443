"""Make a token more or less likely because of what was asked for or what has been said already.

Pure functions over a vector of logits [vocab], in front of temperature and filters. They know token ids, and
of the text only which tokens break a repetition.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from ..generation import SamplingParams

DRY_WINDOW = 1024  # tokens looked back on for repeated stretches
DRY_LONGEST = 64  # a longer repetition is punished like one of this length
MOST = 1e4  # finite, so that something stays possible where a grammar allows nothing else

Breaks = Callable[[int], bool]


def add_bias(logits: Tensor, bias: Mapping[int, float]) -> Tensor:
    """Shift single tokens; ids that the model lacks are left out."""
    return _shift(logits, {token: value for token, value in bias.items() if 0 <= token < logits.shape[-1]})


def penalize_repetition(logits: Tensor, seen: Sequence[int], penalty: float) -> Tensor:
    """Make tokens that occurred less likely: divide positive logits, multiply negative (arXiv 1909.05858)."""
    index = torch.tensor(sorted(set(seen)), dtype=torch.long, device=logits.device)
    score = logits[index]
    return logits.index_copy(0, index, torch.where(score > 0, score / penalty, score * penalty))


def penalize_presence(logits: Tensor, output: Sequence[int], presence: float, frequency: float) -> Tensor:
    """Take `presence` off each token of the output, and `frequency` for each time that it occurred."""
    counts = Counter(output)
    return _shift(logits, {token: -presence - frequency * count for token, count in counts.items()})


def penalize_continuation(
    logits: Tensor, seen: Sequence[int], multiplier: float, base: float, allowed: int, breaks: Breaks
) -> Tensor:
    """Make the token unlikely that would prolong a repetition of an earlier stretch ("DRY").

    If the last n tokens, n at least `allowed`, stood before token t once already, t loses
    multiplier * base ** (n - allowed). No stretch reaches across a token that `breaks`. The rule is that of
    p-e-w's proposal in text-generation-webui (2024).
    """
    return _shift(
        logits,
        {
            token: -min(multiplier * base ** (length - allowed), MOST)
            for token, length in repetitions(seen[-DRY_WINDOW:], breaks).items()
            if length >= allowed
        },
    )


def repetitions(seen: Sequence[int], breaks: Breaks) -> dict[int, int]:
    """For each token that once followed the last tokens of `seen`: the most of them that stood before it."""
    backwards = list(reversed(seen))
    reach = next((n for n, token in enumerate(backwards[:DRY_LONGEST]) if breaks(token)), DRY_LONGEST)
    longest: dict[int, int] = {}
    for at in range(1, len(backwards)) if reach else ():
        length = 0
        while length < reach and at + length < len(backwards) and backwards[at + length] == backwards[length]:
            length += 1
        following = backwards[at - 1]
        if length > longest.get(following, 0) and not breaks(following):
            longest[following] = length
    return longest


def penalized(
    logits: Tensor, params: SamplingParams, seen: Sequence[int], prompt: int, breaks: Breaks
) -> Tensor:
    """All that `params` ask for; `prompt` of the `seen` tokens are not output."""
    if params.logit_bias:
        logits = add_bias(logits, params.logit_bias)
    if params.repetition_penalty != 1.0:
        logits = penalize_repetition(logits, seen, params.repetition_penalty)
    if params.presence_penalty or params.frequency_penalty:
        logits = penalize_presence(logits, seen[prompt:], params.presence_penalty, params.frequency_penalty)
    if params.dry_multiplier:
        logits = penalize_continuation(
            logits, seen, params.dry_multiplier, params.dry_base, params.dry_allowed_length, breaks
        )
    return logits


def breaks_at(decode: Callable[[Sequence[int]], str], breakers: Sequence[str]) -> Breaks:
    """Whether a token's text has one of `breakers` in it, or is empty as that of a control token is."""

    @lru_cache(4096)
    def breaks(token: int) -> bool:
        text = decode([token])
        return not text or any(breaker in text for breaker in breakers)

    return breaks


def _shift(logits: Tensor, changes: Mapping[int, float]) -> Tensor:
    if not changes:
        return logits
    index = torch.tensor(list(changes), dtype=torch.long, device=logits.device)
    return logits.index_add(0, index, logits.new_tensor(list(changes.values())))
