"""Penalties and biases: each changes the tokens it is about, by what it says, and no others."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm import SamplingParams
from homewit.llm.decoding.penalties import (
    add_bias,
    breaks_at,
    penalize_continuation,
    penalize_presence,
    penalize_repetition,
    penalized,
    repetitions,
)

VOCAB = 12
LOGITS = st.lists(st.integers(-80, 80).map(lambda n: n / 8), min_size=VOCAB, max_size=VOCAB).map(torch.tensor)
TOKENS = st.lists(st.integers(0, VOCAB - 1), max_size=30)


def never(_: int) -> bool:
    return False


@given(logits=LOGITS, seen=TOKENS, penalty=st.floats(1.01, 3))
def test_repetition_makes_less_likely(logits: Tensor, seen: list[int], penalty: float) -> None:
    """Tokens that occurred never gain, all others keep their logits."""
    result = penalize_repetition(logits, seen, penalty)

    assert bool((result <= logits).all())
    others = [index for index in range(VOCAB) if index not in seen]
    assert torch.equal(result[others], logits[others])


@given(logits=LOGITS, output=TOKENS, presence=st.floats(-2, 2), frequency=st.floats(-2, 2))
def test_presence_counts_once_and_frequency_each_time(
    logits: Tensor, output: list[int], presence: float, frequency: float
) -> None:
    counts = Counter(output)
    lost = [presence + frequency * counts[token] if counts[token] else 0.0 for token in range(VOCAB)]
    expected = (logits - torch.tensor(lost)).tolist()

    result = penalize_presence(logits, output, presence, frequency)

    assert result.tolist() == pytest.approx(expected, abs=1e-4)


@given(logits=LOGITS, bias=st.dictionaries(st.integers(-2, VOCAB + 2), st.floats(-100, 100), max_size=5))
def test_a_bias_is_added(logits: Tensor, bias: dict[int, float]) -> None:
    """Ids that the model lacks are left out."""
    expected = [float(x) + bias.get(i, 0) for i, x in enumerate(logits)]

    assert add_bias(logits, bias).tolist() == pytest.approx(expected, abs=1e-4)


@given(seen=st.lists(st.integers(0, 3), max_size=30), breaker=st.integers(0, 4))
def test_repetitions_are_the_longest_stretches_before_each_token(seen: list[int], breaker: int) -> None:
    """The same as looking for every end of the text before every token, without crossing a breaker."""
    expected: dict[int, int] = {}
    for length in range(1, len(seen)):
        end = seen[-length:]
        if breaker in end:
            break
        for at in range(length, len(seen)):
            if seen[at - length : at] == end and seen[at] != breaker:
                expected[seen[at]] = length

    assert repetitions(seen, lambda token: token == breaker) == expected


def test_continuing_a_repetition_costs_more_the_longer_it_is() -> None:
    """Two tokens may be repeated for free; each further one multiplies the price."""
    logits = torch.zeros(VOCAB)
    seen = [5, 1, 2, 3, 4, 9, 1, 2, 3]

    result = penalize_continuation(logits, seen, multiplier=0.8, base=1.5, allowed=2, breaks=never)

    assert {i: round(float(x), 5) for i, x in enumerate(result) if x} == {4: -1.2}
    assert torch.equal(penalize_continuation(logits, seen, 0.8, 1.5, 4, never), logits)


def test_a_long_repetition_leaves_finite_logits() -> None:
    """However long the repetition: where a grammar allows nothing else, the token must stay possible."""
    result = penalize_continuation(torch.zeros(VOCAB), [1] * 900, 100.0, 16.0, 2, never)

    assert bool(result.isfinite().all())
    assert float(result[1]) < -1000


def test_breakers_are_found_in_the_text_of_a_token() -> None:
    texts = {0: "", 1: "a\n", 2: "a b", 3: '":'}
    breaks = breaks_at(lambda ids: texts[ids[0]], ("\n", ":"))

    assert [breaks(token) for token in range(4)] == [True, True, False, True]


def test_the_prompt_counts_for_repetition_but_not_for_presence() -> None:
    """Presence and frequency look at the output, repetition at everything."""
    logits, seen = torch.ones(VOCAB), [3, 4]

    present = penalized(logits, SamplingParams(presence_penalty=0.5, frequency_penalty=0.25), seen, 1, never)
    repeated = penalized(logits, SamplingParams(repetition_penalty=2.0), seen, 1, never)

    assert {i: float(x) for i, x in enumerate(present) if x != 1} == {4: 0.25}
    assert {i: float(x) for i, x in enumerate(repeated) if x != 1} == {3: 0.5, 4: 0.5}
    assert penalized(logits, SamplingParams(), seen, 1, never) is logits
