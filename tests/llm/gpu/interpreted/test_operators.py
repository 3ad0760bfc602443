"""Each kernel, interpreted, beside the plain PyTorch that defines its operation."""

import itertools
from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from homewit.llm.cache.layer_state import KeyValueMemory
from homewit.llm.gpu.inputs import PassInputs
from homewit.llm.gpu.operators import Heads, LayerCache
from homewit.llm.gpu.reference import ReferenceOperators
from homewit.llm.gpu.triton_operators import TritonOperators
from homewit.llm.gpu.weights import PackedKind, Weight, dense, from_panels, pack
from homewit.llm.quantization import panels
from homewit.llm.spec import Activation

REFERENCE = ReferenceOperators()
KERNELS = TritonOperators(processors=4)
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
# The interpreter multiplies matrices of bfloat16 as if they were whole numbers.
OF_MATRICES = [torch.float32, torch.float16]
ACTIVATIONS = get_args(Activation)
PACKED = get_args(PackedKind)


def close(found: Tensor, wanted: Tensor) -> None:
    """Equal but for the rounding of one operation in the dtype."""
    tolerance = {torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}[wanted.dtype]
    torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.fixture(autouse=True)
def random() -> None:
    torch.manual_seed(1)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("width", [32, 40])
def test_addition_and_norm(dtype: torch.dtype, width: int):
    """Without something to add, with it, and with a norm of that, too."""
    residual, added = torch.randn(2, 3, width).to(dtype)
    post, norm = 1 + torch.randn(2, width)
    for arguments in ((residual, None, None), (residual, added, None), (residual, added, post)):
        found = KERNELS.add_norm(*arguments, norm, 1e-6)
        for one, other in zip(found, REFERENCE.add_norm(*arguments, norm, 1e-6), strict=True):
            close(one, other)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gate(dtype: torch.dtype, activation: Activation):
    gate_up = torch.randn(3, 2 * 33).mul(2).to(dtype)
    close(KERNELS.gate(gate_up, activation), REFERENCE.gate(gate_up, activation))


@pytest.mark.parametrize(
    ("rows", "dtype"),
    [(1, torch.float32), (1, torch.bfloat16), (3, torch.float16), (17, torch.float32)],
)
@pytest.mark.parametrize("kind", ["dense", *PACKED])
@pytest.mark.parametrize("columns", [192, 1088])
def test_product(kind: Any, dtype: torch.dtype, rows: int, columns: int):
    """Weights whose rows and columns do not fill up the kernels' blocks, with a bias and without."""
    matrix, bias = torch.randn(38, columns) / columns**0.5, torch.randn(38).to(dtype)
    x = torch.randn(rows, columns).to(dtype)
    for added in (None, bias):
        weight = dense(matrix.to(dtype), added) if kind == "dense" else pack(matrix, kind, added)
        close(KERNELS.linear(x, weight), REFERENCE.linear(x, weight))


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("bits", [8, 4])
def test_product_with_a_weight_of_a_quantized_checkpoint(rows: int, bits: panels.Bits):
    """Groups of 128 or 32, the last of which is incomplete."""
    packed = panels.pack(torch.randn(40, 208) / 14, bits)
    weight, x = from_panels(packed), torch.randn(rows, 208)
    found = KERNELS.linear(x, weight)
    close(found, REFERENCE.linear(x, weight))
    close(found, x @ panels.unpack(packed).T)


def heads_of(group: int, head_dim: int, window: int = 0) -> Heads:
    return Heads(2 * group, 2, head_dim, head_dim**-0.5, window)


def caches(
    heads: Heads, dtype: torch.dtype, lengths: list[int], scattered: bool
) -> tuple[LayerCache, list[Tensor]]:
    """A cache for one row behind so many tokens in each sequence, and the blocks; the last row is filling.

    Every sequence has a block of its own; pages lie in it backwards, other tokens in one piece that begins
    somewhere.
    """
    inputs = PassInputs(len(lengths) + 1, 1, 40, torch.device("cpu"))
    inputs.positions[:] = torch.tensor([*lengths, -1])
    inputs.sequence[:] = torch.tensor([*range(len(lengths)), 0])
    cache, memories, blocks = inputs.cache(0), [], []
    for row, length in enumerate(lengths):
        pages = -(-(length + 1) // 8)
        block = torch.randn(2, heads.kv_heads, 8 * (pages + 2), heads.head_dim).to(dtype)
        order = list(range(pages + 1, 1, -1))
        memory = KeyValueMemory(block, 0, order, 8) if scattered else KeyValueMemory(block, -5)
        cache.table[row, :pages] = torch.tensor(order, dtype=torch.int32)
        cache.places[:, row] = torch.tensor(
            [
                block.data_ptr(),
                block[1].data_ptr(),
                block.stride(1),
                memory.origin,
                memory.page_tokens,
            ]
        )
        memories.append(memory)
        blocks.append(block)
    return LayerCache(cache.positions, cache.sequence, cache.places, cache.table, memories), blocks


@pytest.mark.parametrize("dtype", OF_MATRICES, ids=str)
@pytest.mark.parametrize(
    ("group", "head_dim", "scattered", "window"),
    [(1, 24, *more) for more in itertools.product([False, True], [0, 20])]
    + [(18, 16, False, 20), (18, 16, True, 0)],
)
def test_attention(dtype: torch.dtype, scattered: bool, window: int, group: int, head_dim: int):
    """Rows behind no, few and many tokens, in one and in several pieces; filling gives zeros.

    A group of more than a block's 16 takes long, so each place and each window serves it once.
    """
    heads = heads_of(group, head_dim, window)
    cache, _ = caches(heads, dtype, [0, 3, 100], scattered)
    query = torch.randn(4, heads.heads * head_dim).to(dtype)
    wanted = REFERENCE.attend(query, heads, cache)
    for processors in (1, 16):
        found = TritonOperators(processors).attend(query, heads, cache)
        close(found, wanted)
    assert not wanted[3].any()


@pytest.mark.parametrize(
    ("dtype", "pairs"),
    [*((torch.float32, pairs) for pairs in (8, 4, 0)), *((dtype, 4) for dtype in DTYPES[1:])],
)
@pytest.mark.parametrize("scattered", [False, True])
@pytest.mark.parametrize("normed", [False, True])
def test_rotation_on_the_way_into_the_cache(dtype: torch.dtype, scattered: bool, normed: bool, pairs: int):
    """Queries, what the cache holds afterwards, and that nothing else of it was touched."""
    heads = heads_of(3, 16)
    lengths = [0, 3, 77]
    qkv = torch.randn(4, (heads.heads + 2 * heads.kv_heads) * 16).to(dtype)
    turns = torch.randn(4, pairs)
    norms = 1 + torch.randn(2, 16) if normed else None
    results = []
    for operators in (REFERENCE, KERNELS):
        torch.manual_seed(2)
        cache, blocks = caches(heads, dtype, lengths, scattered)
        query = operators.rotate_and_store(qkv, heads, (turns.cos(), turns.sin()), norms, 1e-6, cache)
        results.append((query, blocks))
    (wanted, wanted_blocks), (found, found_blocks) = results
    close(found, wanted)
    for one, other in zip(found_blocks, wanted_blocks, strict=True):
        close(one, other)


def test_the_comparison_can_fail():
    """Control: a norm by other scales is noticed."""
    x, norm = torch.randn(2, 32), torch.ones(32)
    with pytest.raises(AssertionError):
        close(
            KERNELS.add_norm(x, None, None, norm, 1e-6)[1],
            REFERENCE.add_norm(x, None, None, 1.1 * norm, 1e-6)[1],
        )


def test_a_weight_counts_its_bytes():
    weight: Weight = pack(torch.randn(8, 64), "int4")
    assert weight.nbytes == 8 * 32 + 2 * 8 * 2 * 2
