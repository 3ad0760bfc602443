"""The rule for guessed tokens: the output is distributed as if nothing had been guessed."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm.decoding.speculation import guess, residual, verified

ODDS = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)


def probabilities(weights: list[int]) -> Tensor:
    return torch.tensor(weights, dtype=torch.float64) / sum(weights)


@given(model=ODDS, drafter=ODDS)
def test_the_rule_gives_the_distribution_of_the_model(model: list[int], drafter: list[int]) -> None:
    """Enumerated: what stands and what replaces add up to the model's probabilities, whatever the odds."""
    p, q = probabilities(model), probabilities(drafter)
    stands = torch.where(q > 0, (p / q.clamp_min(1e-9)).clamp_max(1), torch.zeros(4, dtype=torch.float64))
    falls = float((q * (1 - stands)).sum())
    rest = residual(p, q)

    total = q * stands
    if falls > 1e-9:
        total = total + falls * rest / rest.sum()

    assert total.tolist() == pytest.approx(p.tolist(), abs=1e-9)


@pytest.mark.parametrize(
    ("model", "drafter"),
    [([4, 3, 2, 1], [1, 2, 3, 4]), ([1, 0, 5, 4], [5, 5, 0, 0]), ([3, 3, 3, 1], [3, 3, 3, 1])],
)
def test_tokens_follow_the_model(model: list[int], drafter: list[int]) -> None:
    """Over many places the tokens are those that the model would draw (chi-square, far below chance)."""
    p, q = probabilities(model).float(), probabilities(drafter).float()
    counts: Counter[int] = Counter()
    for place in range(4000):
        guessed = guess(q.log(), 17, place)
        counts[verified(p.log(), guessed, q, 17, place)] += 1

    assert all(model[token] for token in counts)
    distance = sum((counts[i] - 4000 * float(p[i])) ** 2 / (4000 * float(p[i])) for i in range(4) if model[i])
    assert distance < 25


def test_a_guess_as_likely_as_the_drafter_thought_stands() -> None:
    """Where both agree nothing is ever replaced, and a token that the model excludes never stands."""
    p = probabilities([3, 3, 3, 1]).float()
    excluding = torch.tensor([0.0, 1.0, float("-inf"), 0.0])

    guesses = [guess(p.log(), 3, place) for place in range(200)]
    assert [verified(p.log(), token, p, 3, place) for place, token in enumerate(guesses)] == guesses
    assert 2 not in {verified(excluding, 2, p, 3, place) for place in range(200)}
