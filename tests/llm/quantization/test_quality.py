"""The comparison of a quantized model with its original."""

import math

import pytest
import torch

from homewit.llm.quantization.quality import compare, windows


def table(seed: int, noise: float = 0.0) -> torch.Tensor:
    """Logits [256, 256]: what follows each token."""
    random = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(256, 256, generator=random)
    return logits + noise * torch.randn(256, 256, generator=random)


IDS = torch.randint(0, 256, (1000,), generator=torch.Generator().manual_seed(5)).tolist()


def test_a_model_is_as_good_as_itself():
    quality = compare(table(1).__getitem__, table(1).__getitem__, [IDS])
    assert (quality.ratio, quality.divergence, quality.agreement) == (1.0, 0.0, 1.0)
    losses = table(1).log_softmax(-1)[IDS[:-1], IDS[1:]]
    assert math.isclose(quality.perplexity, float((-losses).mean().exp()), rel_tol=1e-4)


def test_a_more_different_model_is_told_from_a_less_different_one():
    original = table(1)
    qualities = [
        compare(original.__getitem__, table(1, noise).__getitem__, [IDS]) for noise in (0.1, 0.5, 2.0)
    ]
    divergences = [quality.divergence for quality in qualities]
    agreements = [quality.agreement for quality in qualities]
    assert divergences == sorted(divergences)
    assert agreements == sorted(agreements, reverse=True)
    assert divergences[0] > 0


@pytest.mark.parametrize("window", [1, 7, 999, 5000])
def test_every_token_but_the_first_is_predicted_once(window: int):
    """These models see one token, so the windows change nothing."""
    whole = compare(table(1).__getitem__, table(2).__getitem__, [IDS])
    cut = compare(table(1).__getitem__, table(2).__getitem__, windows(IDS, window))
    assert cut.tokens == 999
    assert math.isclose(cut.divergence, whole.divergence, rel_tol=1e-9)


def test_one_token_predicts_nothing():
    with pytest.raises(ValueError, match="at least two tokens"):
        compare(table(1).__getitem__, table(1).__getitem__, [[3], []])
