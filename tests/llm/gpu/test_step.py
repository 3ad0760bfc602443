"""A pass of operations gives what the decoder gives: in plain PyTorch here, by kernels in interpreted/."""

from collections.abc import Callable, Iterator

import pytest
import torch

from homewit.llm.gpu.reference import ReferenceOperators

from ..tiny import VOCAB, expected, greedy, random_ids, tiny_decoder, tiny_scheduler
from .passes import SPECS, Replay, cache_for, decoder_of, final_states, read, scattered, step_for, warmed

pytestmark = pytest.mark.usefixtures("inference")


@pytest.fixture
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("name", SPECS)
def test_greedy_tokens_are_those_of_one_pass(name: str):
    """Through the scheduler: pages, windows and their snapshots, and again out of the cache."""
    decoder = decoder_of(SPECS[name])
    graphs: list[Replay] = []
    step = step_for(decoder, ReferenceOperators(), graphs=graphs)
    scheduler, cache = tiny_scheduler(decoder, step=step)
    warmed(step, cache, 1)
    prompt = random_ids(70, 1)
    first, _ = greedy(scheduler, decoder, prompt, 30)
    again, sequence = greedy(scheduler, decoder, prompt, 30)
    assert first == again == expected(decoder, prompt, 30)
    assert sequence.cached > 0
    assert (step.graphs.problems, len(graphs)) == ({}, 1)
    assert graphs[0].replays > 50


@pytest.mark.parametrize("name", SPECS)
def test_rows_of_several_sequences_and_of_one_agree_with_the_decoder(name: str):
    """Sequences of different lengths in scattered pages, one, three and two new tokens, in a pass of 8."""
    decoder = decoder_of(SPECS[name])
    step = step_for(decoder, ReferenceOperators())
    cache = cache_for(decoder)
    warmed(step, cache, 8)
    prompts = [random_ids(length, seed) for seed, length in enumerate((45, 20, 61))]
    new = [random_ids(count, 9) for count in (1, 3, 2)]
    states = scattered(decoder, cache, prompts)
    for state, tokens in zip(states, new, strict=True):
        state.reserve(len(tokens))
    found = step.hidden(new, states, [1, 3, 1])
    assert found is not None
    for part, prompt, tokens, tail in zip(found, prompts, new, [1, 3, 1], strict=True):
        torch.testing.assert_close(
            part, final_states(decoder, [*prompt, *tokens], tail), rtol=1e-4, atol=1e-4
        )
    for state, tokens in zip(states, new, strict=True):
        state.commit(tokens)
    following = [[5], [6], [7]]
    for state, tokens in zip(states, following, strict=True):
        state.reserve(len(tokens))
    # What the pass wrote is what the decoder reads.
    joined = decoder.hidden_joined([torch.tensor([tokens]) for tokens in following], states)
    for part, prompt, tokens, last in zip(joined, prompts, new, following, strict=True):
        torch.testing.assert_close(
            part[0], final_states(decoder, [*prompt, *tokens, *last], 1), rtol=1e-4, atol=1e-4
        )


def test_a_graph_follows_storage_that_grows():
    """A replay reads keys and values at their new addresses."""
    decoder = decoder_of(SPECS["like llama"])
    step = step_for(decoder, ReferenceOperators())
    cache = cache_for(decoder)
    warmed(step, cache, 1)
    prompt = random_ids(40, 1)
    state = cache.resume([])
    read(decoder, state, prompt)
    others = scattered(decoder, cache, [random_ids(300, 2), random_ids(300, 3)])
    state.reserve(1)
    found = step.hidden([[4]], [state], [1])
    assert found is not None
    torch.testing.assert_close(found[0], final_states(decoder, [*prompt, 4], 1), rtol=1e-4, atol=1e-4)
    assert len(others) == 2


def test_what_was_returned_stays_when_the_next_pass_runs():
    decoder = decoder_of(SPECS["like llama"])
    step = step_for(decoder, ReferenceOperators())
    cache = cache_for(decoder)
    warmed(step, cache, 1)
    states = [cache.resume([]), cache.resume([])]
    results = []
    for token, state in enumerate(states):
        state.reserve(1)
        found = step.hidden([[token]], [state], [1])
        assert found is not None
        results.append(found[0])
    assert not torch.equal(*results)
    torch.testing.assert_close(results[0], final_states(decoder, [0], 1), rtol=1e-4, atol=1e-4)


def test_a_size_that_was_not_made_yet_is_left_to_the_decoder():
    """The first pass of a size waits for nothing; the second is computed."""
    decoder = decoder_of(SPECS["like llama"])
    made: list[Callable[[], None]] = []
    step = step_for(decoder, ReferenceOperators(), background=made.append)
    cache = cache_for(decoder)
    state = cache.resume([])
    state.reserve(1)
    assert step.hidden([[1]], [state], [1]) is None
    made[0]()
    assert step.hidden([[1]], [state], [1]) is not None


def test_long_passes_and_a_cache_in_int8_are_left_to_the_decoder():
    decoder = tiny_decoder()
    step = step_for(decoder, ReferenceOperators())
    assert step.hidden([[1] * 33], [], [1]) is None
    scheduler, _ = tiny_scheduler(decoder, int8=True, step=step)
    plain, _ = tiny_scheduler(decoder, int8=True)
    prompt = random_ids(40, 1)
    assert greedy(scheduler, decoder, prompt, 10)[0] == greedy(plain, decoder, prompt, 10)[0]


def test_logits_are_those_of_the_decoder_before_and_after_a_capture():
    decoder = decoder_of(SPECS["like qwen3"])
    step = step_for(decoder, ReferenceOperators())
    states = torch.randn(2, 32, generator=torch.Generator().manual_seed(1))
    rows = torch.tensor([0, 5, VOCAB - 1])
    before = step.project(states)
    warmed(step, cache_for(decoder), 2)
    assert step.graphs.captured(2)
    torch.testing.assert_close(step.project(states), before)
    torch.testing.assert_close(before, decoder.project(states))
    torch.testing.assert_close(step.project(states, rows), before[:, rows])
