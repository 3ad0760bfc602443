"""A whole decode step: what plain PyTorch computes, however the tokens are cut into steps and shared out."""

import threading
from dataclasses import replace

import pytest
import torch

from homewit.llm.kernels.caches import SequenceCaches
from homewit.llm.kernels.matrix import NativeMatrix
from homewit.llm.kernels.model import CannotRun, NativeModel
from homewit.llm.kernels.step import Continuation

from .dense import Dense, Shape, as_int8

PLAIN = Shape()
SHAPES = {
    "plain": PLAIN,
    "norms of queries and keys": replace(PLAIN, head_norms=True),
    "biases": replace(PLAIN, bias=True),
    "windows": replace(PLAIN, windows=(5, 0)),
    "norms behind, scaled embeddings, another gate": replace(
        PLAIN, post_norms=True, embedding_scale=7.0, activation="gelu_tanh"
    ),
    "part of a head turns": replace(PLAIN, rotary=6),
    "nothing turns": replace(PLAIN, rotary=0),
    "one key head": replace(PLAIN, heads=5, kv_heads=1),
    "sizes that fill no vector": replace(
        PLAIN, width=45, heads=3, kv_heads=3, head_dim=10, hidden=37, rotary=10
    ),
    "large heads": replace(PLAIN, heads=2, kv_heads=1, head_dim=256, rotary=256),
}
TOKENS = torch.randint(0, 97, (300,), generator=torch.Generator().manual_seed(3)).tolist()


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_tokens_one_by_one_give_what_pytorch_gives_at_once(level: str, name: str):
    """Every kind of layer, over more tokens than one span of attention holds."""
    dense = Dense(SHAPES[name])
    tokens = TOKENS[:140]
    caches = dense.caches(len(tokens))
    states = torch.cat([dense.run([token], at, caches) for at, token in enumerate(tokens)])
    torch.testing.assert_close(states, dense.expected(tokens), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["float32", "bfloat16", 8, 4])
@pytest.mark.parametrize("sizes", [(1, 1, 8, 3, 8, 2), (7, 16, 1), (24,)])
def test_the_size_of_the_steps_changes_nothing(level: str, kind, sizes: tuple[int, ...]):
    """Bit for bit: tokens read together, drafted or one by one give the same states."""
    dense = Dense(replace(PLAIN, kind=kind))
    tokens = TOKENS[: sum(sizes)]
    alone, together = dense.caches(len(tokens)), dense.caches(len(tokens))
    expected = torch.cat([dense.run([token], at, alone) for at, token in enumerate(tokens)])
    states, at = [], 0
    for size in sizes:
        states.append(dense.run(tokens[at : at + size], at, together))
        at += size
    assert torch.equal(torch.cat(states), expected)


@pytest.mark.parametrize(("kind", "tolerance"), [(8, 0.03), (4, 0.03), ("bfloat16", 1e-3)])
def test_small_weights_give_what_pytorch_gives_with_them(level: str, kind, tolerance: float):
    """Only the activations are rounded besides: the error is a few percent of a state's size."""
    dense = Dense(replace(PLAIN, kind=kind))
    tokens = TOKENS[:40]
    states, expected = dense.run(tokens, 0, dense.caches(40)), dense.expected(tokens)
    assert (states - expected).norm() < tolerance * expected.norm()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.int8])
def test_keys_and_values_in_fewer_bits_cost_a_little_exactness(level: str, dtype: torch.dtype):
    dense = Dense(PLAIN)
    tokens = TOKENS[:150]
    states = dense.run(tokens, 0, dense.caches(150, dtype))
    expected = dense.expected(tokens)
    assert 0 < (states - expected).norm() < 0.01 * expected.norm()


@pytest.mark.parametrize("name", ["plain", "one key head", "sizes that fill no vector", "large heads"])
def test_keys_and_values_in_int8_are_rounded_as_pytorch_rounds_them(level: str, name: str):
    """Bit for bit what the cache makes of the numbers that the first layer stores in float32."""
    dense = Dense(SHAPES[name])
    tokens = TOKENS[:40]
    plain, rounded = dense.caches(40), dense.caches(40, torch.int8)
    exact = dense.block(40)
    held = dense.block(40, torch.int8)
    plain.set_block(0, *exact)
    rounded.set_block(0, *held)
    dense.run(tokens, 0, plain)
    dense.run(tokens, 0, rounded)
    block, scales = as_int8(exact[0])
    assert held[2] is not None
    assert torch.equal(held[0], block)
    assert torch.equal(held[2], scales)


@pytest.mark.parametrize("sizes", [(1, 1, 8, 3, 8, 2), (24,)])
def test_the_size_of_the_steps_changes_nothing_in_int8(level: str, sizes: tuple[int, ...]):
    """A token sees itself and those read with it as it will see them later, through what was rounded."""
    dense = Dense(PLAIN)
    tokens = TOKENS[: sum(sizes)]
    alone, together = dense.caches(len(tokens), torch.int8), dense.caches(len(tokens), torch.int8)
    expected = torch.cat([dense.run([token], at, alone) for at, token in enumerate(tokens)])
    ends = [sum(sizes[: count + 1]) for count in range(len(sizes))]
    states = [
        dense.run(tokens[end - size : end], end - size, together)
        for size, end in zip(sizes, ends, strict=True)
    ]
    assert torch.equal(torch.cat(states), expected)


def test_sequences_in_one_step_do_not_touch_each_other(level: str):
    """Three sequences of different length, one with several new tokens, give what each gives alone."""
    dense = Dense(replace(PLAIN, windows=(5, 0)))
    held = [TOKENS[:20], TOKENS[20:170], TOKENS[170:171]]
    new = [[5], [6, 7, 8], [9]]
    expected, continuations = [], []
    for tokens, following in zip(held, new, strict=True):
        alone, shared = dense.caches(200), dense.caches(200)
        for caches in (alone, shared):
            dense.run(tokens, 0, caches)
        expected.append(dense.run(following, len(tokens), alone)[-1])
        continuations.append(Continuation(following, len(tokens), shared))
    assert torch.equal(dense.step(continuations), torch.stack(expected))


@pytest.mark.parametrize("dtype", [torch.float32, torch.int8])
def test_a_cache_in_pages_gives_what_one_block_gives(level: str, dtype: torch.dtype):
    """Pages of 16 tokens in a mixed-up order, as sequences that share pages have them."""
    dense = Dense(PLAIN)
    tokens = TOKENS[:140]
    pages = torch.randperm(12, generator=torch.Generator().manual_seed(1)).tolist()
    caches = SequenceCaches(3)
    for layer in range(3):
        block, origin, scales = dense.block(12 * 16, dtype)
        caches.set_pages(layer, block, pages[:9], 16, origin, scales)
    assert torch.equal(dense.run(tokens, 0, caches), dense.run(tokens, 0, dense.caches(140, dtype)))


def test_a_window_needs_no_earlier_keys(level: str):
    """A block that begins where the window does, as the state of a windowed layer keeps it."""
    dense = Dense(replace(PLAIN, windows=(5,)))
    whole = dense.caches(60)
    blocks = [torch.zeros(2, 2, 60, 16) for _ in range(3)]
    for layer, block in enumerate(blocks):
        whole.set_block(layer, block)
    dense.run(TOKENS[:50], 0, whole)
    rest = SequenceCaches(3)
    for layer, block in enumerate(blocks):
        rest.set_block(layer, block[:, :, 46:].clone(), 46)
    assert torch.equal(dense.run([3], 50, rest), dense.run([3], 50, whole))


def test_going_back_and_on_again_gives_the_same(level: str):
    """What stands behind the length is written over, whatever it is."""
    dense = Dense(PLAIN)
    caches = dense.caches(64)
    dense.run(TOKENS[:30], 0, caches)
    first = dense.run([1, 2, 3], 30, caches)
    dense.run([50, 60, 70, 80], 30, caches)
    assert torch.equal(dense.run([1, 2, 3], 30, caches), first)


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_the_result_does_not_depend_on_the_number_of_threads(level: str, threads: int):
    dense = Dense(replace(PLAIN, kind=8))
    expected = dense.run(TOKENS[:200], 0, dense.caches(200))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert torch.equal(dense.run(TOKENS[:200], 0, dense.caches(200)), expected)
    finally:
        torch.set_num_threads(before)


def test_calls_from_several_threads_take_turns(level: str):
    """Eight threads, each with its own sequence, all get what one thread gets."""
    dense = Dense(PLAIN)
    expected = dense.run(TOKENS[:30], 0, dense.caches(30))
    results: list[torch.Tensor] = []

    def work() -> None:
        caches = dense.caches(30)
        parts = [dense.run([token], at, caches) for at, token in enumerate(TOKENS[:30])]
        results.append(torch.cat(parts))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [torch.equal(result, expected) for result in results] == [True] * 8


@pytest.mark.parametrize("tokens", [[], [97], [-1]])
def test_tokens_outside_of_the_vocabulary_are_refused(level: str, tokens: list[int]):
    """An id is an offset into the embeddings, so a wrong one would read foreign memory."""
    dense = Dense(PLAIN)
    with pytest.raises(ValueError, match="tokens of the vocabulary"):
        dense.run(tokens, 0, dense.caches(4))


def test_a_model_whose_sizes_do_not_fit_is_refused(level: str):
    """Nothing behind this check looks at sizes again."""
    dense = Dense(PLAIN)
    layer = replace(dense.native.layers[0], heads=12)
    embedding = NativeMatrix(torch.zeros(97, 48))
    with pytest.raises(CannotRun, match="layer 0 do not fit"):
        NativeModel([layer], embedding, torch.ones(48), 1e-6)
