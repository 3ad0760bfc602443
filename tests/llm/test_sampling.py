"""Laws of sampling: each filter keeps what it must, and draws follow the distribution and the seed."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm import RequestError, SamplingParams
from homewit.llm.sampling import choose, draw, keep_min_p, keep_top_k, keep_top_p, penalize_repetition

LOGITS = st.lists(st.integers(-80, 80).map(lambda n: n / 8), min_size=1, max_size=30).map(torch.tensor)
SHARE = st.floats(0.01, 1.0)


def kept(logits: Tensor) -> set[int]:
    return set(logits.isfinite().nonzero().flatten().tolist())


@given(logits=LOGITS, k=st.integers(1, 40))
def test_top_k_keeps_the_k_most_likely(logits: Tensor, k: int) -> None:
    """At least k tokens stay (or all), and none that goes is more likely than one that stays."""
    result = kept(keep_top_k(logits, k))
    gone = set(range(len(logits))) - result

    assert len(result) >= min(k, len(logits))
    assert not gone or max(logits[i] for i in gone) < min(logits[i] for i in result)
    assert sum(bool(logits[i] > min(logits[j] for j in result)) for i in result) < k


@given(logits=LOGITS, p=SHARE)
def test_top_p_keeps_the_smallest_set_that_reaches_p(logits: Tensor, p: float) -> None:
    """The set reaches p, would not without its least likely token, and leaves out nothing more likely."""
    probability = logits.softmax(-1)
    result = kept(keep_top_p(logits, p))
    least = min(result, key=lambda i: float(probability[i]))
    gone = set(range(len(logits))) - result

    total = float(sum(probability[i] for i in result))
    assert total >= p - 1e-5
    assert len(result) == 1 or total - float(probability[least]) < p + 1e-5
    assert all(probability[i] <= probability[least] for i in gone)


@given(logits=LOGITS, p=st.floats(0, 1))
def test_min_p_keeps_what_is_likely_enough(logits: Tensor, p: float) -> None:
    """The most likely token stays, and every other exactly if it is at least p times as likely."""
    probability = logits.softmax(-1)
    result = kept(keep_min_p(logits, p))

    assert int(logits.argmax()) in result
    for index in range(len(logits)):
        ratio = float(probability[index] / probability.max())
        if abs(ratio - p) > 1e-5:
            assert (index in result) == (ratio > p)


@given(logits=LOGITS, seen=st.lists(st.integers(0, 29), max_size=10), penalty=st.floats(1.01, 3))
def test_repetition_makes_less_likely(logits: Tensor, seen: list[int], penalty: float) -> None:
    """Tokens that occurred never gain, all others keep their logits."""
    seen = [token for token in seen if token < len(logits)]
    result = penalize_repetition(logits, seen, penalty)

    assert bool((result <= logits).all())
    others = [index for index in range(len(logits)) if index not in seen]
    assert torch.equal(result[others], logits[others])


@given(logits=LOGITS, seed=st.integers(0, 2**63), position=st.integers(0, 10_000))
def test_a_draw_depends_on_seed_and_position_alone(logits: Tensor, seed: int, position: int) -> None:
    torch.manual_seed(0)
    first = draw(logits, seed, position)
    torch.rand(100)

    assert draw(logits, seed, position) == first


def test_draws_follow_the_distribution() -> None:
    """Over many positions the counts are those of the probabilities (chi-square, far below chance)."""
    probability = torch.tensor([0.5, 0.3, 0.15, 0.05])
    counts = Counter(draw(probability.log(), 11, position) for position in range(4000))

    distance = sum(
        float((counts[i] - 4000 * probability[i]) ** 2 / (4000 * probability[i])) for i in range(4)
    )
    assert distance < 25


def test_forbidden_tokens_are_never_drawn() -> None:
    logits = torch.full((100,), float("-inf"))
    logits[17] = -50.0

    assert {draw(logits, 5, position) for position in range(200)} == {17}


@given(logits=LOGITS)
def test_temperature_zero_is_greedy(logits: Tensor) -> None:
    assert choose(logits, SamplingParams(), 0, 0, []) == int(logits.argmax())


@given(logits=LOGITS, seed=st.integers(0, 99))
def test_one_candidate_leaves_no_choice(logits: Tensor, seed: int) -> None:
    """top_k 1 (without ties), a tiny top_p and min_p 1 all give a most likely token."""
    best = logits.max()
    for filters in ({"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}):
        chosen = choose(logits, SamplingParams(temperature=1.0, **filters), seed, 0, [])  # type: ignore[arg-type]
        assert logits[chosen] == best


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_k": 0},
        {"top_p": 0.0},
        {"min_p": 1.5},
        {"repetition_penalty": 0.0},
        {"stop": ("",)},
        {"schema": {}, "grammar": "start: 'a'"},
    ],
)
def test_impossible_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(RequestError):
        SamplingParams(**wrong)
