"""Norm, rotation, gate and likeliest entries: what PyTorch computes, for sizes that fill no vector."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm.kernels import rows

each_level = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def made(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@each_level
@given(st.integers(1, 5), st.integers(1, 200), st.floats(1e-3, 1e3))
def test_the_norm_equals_that_of_pytorch(level: str, count: int, size: int, factor: float):
    x, weight = made(count, size) * factor, made(size, seed=1)
    expected = F.rms_norm(x, (size,), weight, 1e-6)
    torch.testing.assert_close(rows.rms_norm(x, weight, 1e-6), expected, rtol=1e-5, atol=1e-6)


@each_level
@given(st.integers(1, 4), st.integers(1, 70), st.integers(0, 20), st.integers(0, 5000))
def test_heads_turn_by_the_angle_of_their_position(level: str, heads, pairs, still, position):
    """Each pair is a complex number that is multiplied with a unit one; what is behind the pairs stays."""
    x = made(heads, 2 * pairs + still)
    frequencies = 10_000.0 ** -(torch.arange(pairs) / pairs)
    angles = position * frequencies
    turned = torch.complex(x[:, :pairs], x[:, pairs : 2 * pairs]) * torch.polar(
        torch.full((pairs,), 1.5), angles
    )
    expected = torch.cat((turned.real, turned.imag, x[:, 2 * pairs :]), dim=1)
    torch.testing.assert_close(rows.rotate(x, frequencies, position, 1.5), expected, rtol=1e-4, atol=2e-5)


ACTIVATIONS = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
}


@each_level
@given(st.integers(1, 200), st.sampled_from(sorted(ACTIVATIONS)))
def test_the_gate_equals_that_of_pytorch(level: str, size: int, activation: str):
    gates, up = made(size) * 5, made(size, seed=1)
    expected = ACTIVATIONS[activation](gates) * up
    torch.testing.assert_close(rows.gate(gates, up, activation), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_the_gate_stays_finite_where_exponentials_do_not(level: str, activation: str):
    gates = torch.tensor([-1e4, -100.0, -89.0, 0.0, 89.0, 100.0, 1e4] * 3)
    expected = ACTIVATIONS[activation](gates)
    torch.testing.assert_close(rows.gate(gates, torch.ones(21), activation), expected, rtol=1e-5, atol=1e-30)


@each_level
@given(st.integers(1, 3000), st.integers(1, 20))
def test_the_likeliest_entries_come_first(level: str, vocab: int, count: int):
    logits = made(vocab) * 5
    expected = logits.log_softmax(-1).topk(min(count, vocab))
    ids, log_probabilities = rows.top(logits, count)
    assert torch.equal(ids, expected.indices)
    torch.testing.assert_close(log_probabilities, expected.values, rtol=1e-5, atol=1e-5)


def test_of_equally_likely_entries_the_lower_id_comes_first(level: str):
    """As `argmax` decides, so that greedy answers agree."""
    ids, log_probabilities = rows.top(torch.tensor([0.0, 2.0, 1.0, 2.0, 2.0]), 4)
    assert ids.tolist() == [1, 3, 4, 2]
    assert log_probabilities[0] == log_probabilities[2]


def test_masked_entries_have_no_probability(level: str):
    ids, log_probabilities = rows.top(torch.tensor([-math.inf, 0.0, -math.inf]), 3)
    assert ids[0] == 1
    assert log_probabilities.tolist() == [0.0, -math.inf, -math.inf]
