"""Attention over a cache in one block or in pages: what PyTorch computes over the same keys and values."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm.kernels.caches import SequenceCaches, attend

from .dense import as_int8

each_level = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
SIZES = st.tuples(
    st.integers(0, 400),  # positions before
    st.integers(1, 8),  # new rows
    st.integers(1, 3),  # key heads
    st.integers(1, 5),  # queries per key head
    st.sampled_from([3, 8, 16, 32, 50, 64, 128, 256]),  # head size
)


def made(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def expected(query: Tensor, block: Tensor, start: int, scale: float, window: int = 0) -> Tensor:
    rows, end = query.shape[0], start + query.shape[0]
    seen = torch.ones(rows, end, dtype=torch.bool).tril(start)
    if window:
        seen = seen.triu(start - window + 1)
    key, value = block.float()[:, None, :, :end]
    attended = F.scaled_dot_product_attention(
        query.transpose(0, 1)[None], key, value, attn_mask=seen, scale=scale, enable_gqa=True
    )
    return attended[0].transpose(0, 1)


def stored(block: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor | None, Tensor]:
    """What a cache of that dtype holds of `block`: numbers, their scales, and both as float32."""
    if dtype == torch.int8:
        held, scales = as_int8(block)
        return held, scales, held * scales
    return block.to(dtype), None, block.to(dtype).float()


DTYPES = [torch.float32, torch.bfloat16, torch.int8]


@each_level
@given(SIZES, st.sampled_from(DTYPES), st.sampled_from([0, 1, 17, 129, 300]))
def test_attention_equals_that_of_pytorch(level: str, sizes, dtype: torch.dtype, window: int):
    """Grouped queries, several new rows that do not see ahead, windows, and lengths around a span's end."""
    start, rows, kv_heads, group, head_dim = sizes
    block, scales, plain = stored(made(2, kv_heads, start + rows + 5, head_dim), dtype)
    query = made(rows, kv_heads * group, head_dim, seed=1)
    caches = SequenceCaches(1)
    caches.set_block(0, block, scales=scales)
    result = attend(caches, 0, query, start, kv_heads, head_dim**-0.5, window)
    torch.testing.assert_close(
        result, expected(query, plain, start, head_dim**-0.5, window), rtol=1e-4, atol=1e-5
    )


@each_level
@given(
    st.integers(0, 300),
    st.integers(1, 4),
    st.sampled_from([1, 7, 16, 100]),
    st.sampled_from(DTYPES),
    st.randoms(use_true_random=False),
)
def test_pages_in_any_order_are_read_as_one_block_would_be(
    level: str, start, rows, page_tokens, dtype, random
):
    """Bit for bit, also where a page ends within a span."""
    pages = list(range(-(-(start + rows) // page_tokens) + 2))
    random.shuffle(pages)
    slots, scales, _ = stored(made(2, 2, len(pages) * page_tokens, 32), dtype)
    order = (torch.tensor(pages)[:, None] * page_tokens + torch.arange(page_tokens)).flatten()
    block, of_block = slots[:, :, order].contiguous(), None if scales is None else scales[:, :, order]
    query = made(rows, 6, 32, seed=1)
    whole, paged = SequenceCaches(1), SequenceCaches(1)
    whole.set_block(0, block, scales=of_block)
    paged.set_pages(0, slots, pages, page_tokens, scales=scales)
    assert torch.equal(attend(paged, 0, query, start, 2, 0.2), attend(whole, 0, query, start, 2, 0.2))


@pytest.mark.parametrize("origin", [0, 1, 100, 128, 250])
def test_a_window_needs_only_the_positions_that_it_sees(level: str, origin: int):
    """A cache that begins at a later position gives what the whole one gives."""
    start, window = 300, 300 - origin + 1
    block = made(2, 2, 301, 16)
    query = made(1, 4, 16, seed=1)
    whole, rest = SequenceCaches(1), SequenceCaches(1)
    whole.set_block(0, block)
    rest.set_block(0, block[:, :, origin:].contiguous(), origin)
    result = attend(rest, 0, query, start, 2, 0.25, window)
    torch.testing.assert_close(result, attend(whole, 0, query, start, 2, 0.25, window))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_result_does_not_depend_on_the_number_of_threads(level: str, threads: int):
    """The spans that are shared out are the same for any number of threads."""
    caches = SequenceCaches(1)
    caches.set_block(0, made(2, 3, 700, 64))
    query = made(2, 9, 64, seed=1)
    expected_result = attend(caches, 0, query, 690, 3, 0.125)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert torch.equal(attend(caches, 0, query, 690, 3, 0.125), expected_result)
    finally:
        torch.set_num_threads(before)


def test_a_strong_score_far_away_outweighs_everything(level: str):
    """Scores that would overflow an exponential are compared before it, across spans, too."""
    block = made(2, 1, 400, 16)
    block[0, 0, 7] = 1000.0
    caches = SequenceCaches(1)
    caches.set_block(0, block)
    result = attend(caches, 0, torch.ones(1, 1, 16), 399, 1, 1.0)
    torch.testing.assert_close(result[0, 0], block[1, 0, 7])


def test_a_block_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="cannot read keys and values"):
        SequenceCaches(1).set_block(0, torch.zeros(2, 1, 4, 8, dtype=torch.float16))


@pytest.mark.parametrize(
    ("dtype", "scales"),
    [
        (torch.int8, None),
        (torch.int8, torch.ones(2, 1, 3, 1)),
        (torch.int8, torch.ones(2, 1, 4, 1, dtype=torch.float64)),
        (torch.int8, torch.ones(2, 1, 8, 1)[:, :, ::2]),
        (torch.float32, torch.ones(2, 1, 4, 1)),
    ],
)
def test_scales_that_do_not_fit_are_refused(dtype: torch.dtype, scales: Tensor | None):
    """The kernels would read past their end, or what is none of theirs."""
    block = torch.zeros(2, 1, 4, 8, dtype=dtype)
    with pytest.raises(ValueError, match="one in float32 for each head and position"):
        SequenceCaches(1).set_block(0, block, scales=scales)
    with pytest.raises(ValueError, match="one in float32 for each head and position"):
        SequenceCaches(1).set_pages(0, block, [1, 0], 2, scales=scales)
