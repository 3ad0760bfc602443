"""Whether a guessed token stands, so that the output is distributed as if nothing had been guessed.

A token x that was drawn from odds q stands with probability min(1, p(x) / q(x)); if it falls, its
replacement is drawn from what p has more than q (arXiv 2211.17192). A guess that was not drawn needs no rule
of its own: the token is chosen as always, and the guess stands if it is that token, which it is with
probability p(x).
"""

from torch import Tensor

from .sampling import draw, uniform

GUESS, STAND, REPLACE = 1, 2, 3  # separate streams of chance; 0 is that of tokens chosen without a guess


def guess(logits: Tensor, seed: int, position: int) -> int:
    """A token of a drafting model, by its probability."""
    return draw(logits, seed, position, GUESS)


def verified(logits: Tensor, guessed: int, odds: Tensor, seed: int, position: int) -> int:
    """The token for `position`: `guessed`, or one instead of it. `logits` [vocab] are filtered already.

    `odds` [vocab] are the probabilities that `guessed` was drawn from.
    """
    probability = logits.softmax(-1)
    if uniform(seed, position, STAND) * float(odds[guessed]) < float(probability[guessed]):
        return guessed
    missing = residual(probability, odds)
    # Rounding may leave nothing where both are the same distribution.
    return draw(missing.log() if float(missing.sum()) > 0 else logits, seed, position, REPLACE)


def residual(probability: Tensor, odds: Tensor) -> Tensor:
    """What a replacement is drawn from, not yet scaled to one."""
    return (probability - odds).clamp_min(0)
