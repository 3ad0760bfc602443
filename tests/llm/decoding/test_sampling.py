"""Laws of sampling: each filter keeps what it must, and draws follow the distribution and the seed."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm import RequestError, SamplingParams
from homewit.llm.decoding.sampling import (
    choose,
    draw,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    keep_typical,
    logprob,
    uniform,
)

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


@given(logits=LOGITS, p=SHARE)
def test_typical_keeps_what_surprises_as_expected(logits: Tensor, p: float) -> None:
    """What stays is nearer to the expected surprise than what goes, reaches p, and no less would."""
    surprise = -logits.log_softmax(-1)
    distance = (surprise - (surprise.neg().exp() * surprise).sum()).abs()
    result = kept(keep_typical(logits, p))
    gone = set(range(len(logits))) - result
    farthest = max(result, key=lambda i: float(distance[i]))

    total = float(sum(surprise[i].neg().exp() for i in result))
    assert total >= p - 1e-5
    assert len(result) == 1 or total - float(surprise[farthest].neg().exp()) < p + 1e-5
    assert not gone or min(distance[i] for i in gone) >= distance[farthest] - 1e-5


@given(logits=LOGITS, seed=st.integers(0, 2**63), position=st.integers(0, 10_000))
def test_a_draw_depends_on_seed_and_position_alone(logits: Tensor, seed: int, position: int) -> None:
    torch.manual_seed(0)
    first = draw(logits, seed, position)
    torch.rand(100)

    assert draw(logits, seed, position) == first


@pytest.mark.parametrize("stream", [1, 2])
def test_streams_of_one_place_have_nothing_to_do_with_each_other(stream: int) -> None:
    """A draw of one stream says nothing of that of another (chi-square over the pairs)."""
    flat = torch.zeros(4)
    pairs = Counter((draw(flat, 3, n), draw(flat, 3, n, stream)) for n in range(3200))

    assert sum((pairs[i, j] - 200) ** 2 / 200 for i in range(4) for j in range(4)) < 45


def test_uniform_numbers_are_spread_evenly() -> None:
    counts = Counter(int(8 * uniform(9, position, 2)) for position in range(1600))

    assert set(counts) == set(range(8))
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 35


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
    assert choose(logits, SamplingParams(), 0, 0) == int(logits.argmax())


@given(logits=LOGITS, seed=st.integers(0, 99))
def test_one_candidate_leaves_no_choice(logits: Tensor, seed: int) -> None:
    """top_k 1 (without ties), a tiny top_p and min_p 1 all give a most likely token."""
    best = logits.max()
    for filters in ({"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}):
        chosen = choose(logits, SamplingParams(temperature=1.0, **filters), seed, 0)  # type: ignore[arg-type]
        assert logits[chosen] == best


@given(logits=LOGITS, top=st.integers(0, 3))
def test_log_probabilities_are_those_of_the_softmax(logits: Tensor, top: int) -> None:
    """Of the token itself, and of the most likely ones in order."""
    scores = logits.log_softmax(-1)
    top = min(top, len(logits))

    found = logprob(logits, 0, top)

    assert (found.token, found.logprob) == (0, float(scores[0]))
    assert [value for _, value in found.top] == sorted(scores.tolist(), reverse=True)[:top]
    assert all(value == float(scores[token]) for token, value in found.top)


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
        {"typical_p": 0.0},
        {"presence_penalty": float("nan")},
        {"frequency_penalty": 1e9},
        {"dry_multiplier": -1.0},
        {"dry_base": 0.5},
        {"dry_allowed_length": 0},
        {"logit_bias": {3: 101.0}},
        {"logit_bias": {3: float("nan")}},
        {"logprobs": 21},
        {"reasoning_budget": -1},
        {"drafts": 65},
        {"stop": ("",)},
        {"schema": {}, "grammar": "start: 'a'"},
    ],
)
def test_impossible_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(RequestError):
        SamplingParams(**wrong)
