"""A whole pass by interpreted kernels gives what the decoder gives."""

from collections.abc import Iterator

import pytest
import torch

from homewit.llm.gpu.triton_operators import TritonOperators
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

from ...tiny import CONTEXT, VOCAB, expected, greedy, random_ids, tiny_scheduler
from ..passes import SPECS, Replay, cache_for, decoder_of, final_states, scattered, step_for, warmed

pytestmark = pytest.mark.usefixtures("inference")

# Rows of weights cost: a product of one row has a program for each two of them, and each takes milliseconds.
NARROW = ModelSpec(
    VOCAB,
    16,
    CONTEXT,
    tuple(
        LayerSpec(AttentionSpec(2, 1, 8, qk_norm=True, window=window), GatedSpec(16), post_norms=True)
        for window in (16, None)
    ),
    tie_embeddings=True,
)


@pytest.fixture
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def test_greedy_tokens_are_those_of_one_pass():
    """A few tokens behind more than a window of others, by a graph that is replayed."""
    decoder = decoder_of(NARROW)
    graphs: list[Replay] = []
    step = step_for(decoder, TritonOperators(processors=2), graphs=graphs)
    scheduler, cache = tiny_scheduler(decoder, step=step)
    warmed(step, cache, 1)
    prompt = random_ids(40, 1)
    tokens, _ = greedy(scheduler, decoder, prompt, 3)
    assert tokens == expected(decoder, prompt, 3)
    assert (step.graphs.problems, len(graphs)) == ({}, 1)
    assert graphs[0].replays >= 3


@pytest.mark.parametrize("name", SPECS)
def test_rows_of_several_sequences_and_of_one_agree_with_the_decoder(name: str):
    """In scattered pages, of storage that grew after the graph was captured."""
    decoder = decoder_of(SPECS[name])
    step = step_for(decoder, TritonOperators(processors=8))
    cache = cache_for(decoder)
    warmed(step, cache, 4)
    prompts = [random_ids(length, seed) for seed, length in enumerate((45, 90))]
    new = [[5], [6, 7, 8]]
    states = scattered(decoder, cache, prompts)
    for state, tokens in zip(states, new, strict=True):
        state.reserve(len(tokens))
    found = step.hidden(new, states, [1, 3])
    assert found is not None
    for part, prompt, tokens in zip(found, prompts, new, strict=True):
        wanted = final_states(decoder, [*prompt, *tokens], len(tokens))
        torch.testing.assert_close(part, wanted, rtol=1e-4, atol=1e-4)
