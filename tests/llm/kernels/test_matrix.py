"""Products with dense and packed weights: what PyTorch computes, for odd shapes and for many rows."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from homewit.llm.kernels.matrix import NativeMatrix, pack
from homewit.llm.quantization.panels import unpack

each_level = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
SHAPES = st.tuples(st.integers(1, 90), st.integers(1, 300), st.integers(1, 20))  # rows, columns, rows of x
GROUPS = st.sampled_from([32, 64, 128, 1024])


def made(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def rounded_by_groups(x: Tensor) -> Tensor:
    """What a packed product takes x for: bytes with a scale for each 32 columns."""
    columns = x.shape[-1]
    groups = torch.nn.functional.pad(x, (0, -columns % 32)).unflatten(-1, (-1, 32))
    scale = groups.abs().amax(-1, keepdim=True) / 127
    units = torch.where(scale > 0, groups / scale, torch.zeros(()))
    return (units.round() * scale).flatten(-2)[..., :columns]


@each_level
@given(SHAPES, st.sampled_from([torch.float32, torch.bfloat16]), st.booleans())
def test_a_dense_product_equals_that_of_pytorch(level: str, shape, dtype: torch.dtype, has_bias: bool):
    """Weights in float32 and bfloat16, x in float32; sums may differ in their last places only."""
    rows, columns, count = shape
    weight, x = made(rows, columns).to(dtype), made(count, columns, seed=1)
    bias = made(rows, seed=2) if has_bias else None
    expected = torch.nn.functional.linear(x, weight.float(), bias)
    torch.testing.assert_close(NativeMatrix(weight, bias).multiply(x), expected, rtol=1e-5, atol=1e-4)


@each_level
@given(SHAPES, st.sampled_from([4, 8]), GROUPS, st.booleans())
def test_a_packed_product_is_that_of_the_rounded_numbers(level: str, shape, bits, group, has_bias: bool):
    """Weights as unpacked, x rounded to bytes: with these the product is exact but for the order of sums."""
    rows, columns, count = shape
    packed = pack(made(rows, columns), bits, group)
    x, bias = made(count, columns, seed=1), made(rows, seed=2) if has_bias else None
    expected = torch.nn.functional.linear(rounded_by_groups(x), unpack(packed), bias)
    # A number half way between two bytes may go either way: a step of x times a weight.
    torch.testing.assert_close(NativeMatrix(packed, bias).multiply(x), expected, rtol=1e-4, atol=2e-2)


@each_level
@given(SHAPES, st.sampled_from(["float32", "bfloat16", 8, 4]))
def test_a_row_does_not_depend_on_the_rows_beside_it(level: str, shape, kind):
    """Bit for bit: so a prompt read at once and token by token gives the same."""
    rows, columns, count = shape
    weight = made(rows, columns)
    matrix = NativeMatrix(
        pack(weight, kind, 32) if isinstance(kind, int) else weight.to(getattr(torch, kind))
    )
    x = made(count, columns, seed=1)
    together = matrix.multiply(x)
    alone = torch.stack([matrix.multiply(row) for row in x])
    assert torch.equal(together, alone)


@pytest.mark.parametrize("bits", [4, 8])
def test_rows_in_bfloat16_give_rows_in_bfloat16(level: str, bits):
    """The result is that of the same rows in float32, rounded once."""
    matrix = NativeMatrix(pack(made(70, 96), bits))
    x = made(3, 5, 96, seed=1).bfloat16()
    assert torch.equal(matrix.multiply(x), matrix.multiply(x.float()).bfloat16())
    assert matrix.multiply(x).shape == (3, 5, 70)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_the_result_does_not_depend_on_the_number_of_threads(level: str, threads: int):
    """More threads than processors work as well, only not faster."""
    matrix, x = NativeMatrix(pack(made(500, 200), 8)), made(6, 200, seed=1)
    expected = matrix.multiply(x)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert torch.equal(matrix.multiply(x), expected)
    finally:
        torch.set_num_threads(before)


def test_large_and_tiny_numbers_keep_their_ratio(level: str):
    """Groups of very different size do not disturb each other; zeros give zeros, not a division by zero."""
    x = torch.cat((made(1, 32) * 1e6, torch.zeros(1, 32), made(1, 32) * 1e-6), dim=1)
    weight = torch.eye(96)
    product = NativeMatrix(pack(weight, 8, 32)).multiply(x)
    torch.testing.assert_close(product, rounded_by_groups(x), rtol=1e-2, atol=0)


@pytest.mark.parametrize(
    ("x", "problem"),
    [
        (torch.zeros(2, 33), "33 numbers cannot be multiplied with 32 columns"),
        (torch.zeros(2, 32, dtype=torch.float64), "not cpu torch.float64"),
        (torch.zeros(2, 32, device="meta"), "not meta torch.float32"),
    ],
)
def test_what_a_kernel_would_misread_is_refused(level: str, x: Tensor, problem: str):
    """Pointers carry neither sizes nor types, so they are checked before."""
    with pytest.raises(ValueError, match=problem):
        NativeMatrix(made(4, 32)).multiply(x)


def test_a_bias_of_another_size_is_refused(level: str):
    with pytest.raises(ValueError, match="does not fit 4 rows"):
        NativeMatrix(made(4, 32), torch.zeros(5))


def test_no_rows_give_no_rows(level: str):
    assert NativeMatrix(made(4, 32)).multiply(torch.zeros(0, 32)).shape == (0, 4)
