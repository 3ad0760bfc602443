"""Every kernel of a GPU beside the plain PyTorch that defines it, on the device, in sizes of a real model.

An error is the largest difference, relative to the largest value of the result.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from homewit.llm.cache.layer_state import KeyValueMemory
from homewit.llm.gpu.inputs import PassInputs
from homewit.llm.gpu.operators import Heads, LayerCache, Operators
from homewit.llm.gpu.reference import ReferenceOperators
from homewit.llm.gpu.weights import dense, pack

BOUNDS = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 4e-2}
PAGE = 32


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the kernels are tried with."""

    width: int = 4096
    hidden: int = 14_336
    heads: int = 32
    kv_heads: int = 8
    head_dim: int = 128
    lengths: tuple[int, ...] = (0, 5, 700, 9000)


@dataclass(frozen=True, slots=True)
class Check:
    """How far a kernel's result is from the reference's, or what happened instead."""

    name: str
    error: float
    bound: float
    failure: str = ""

    @property
    def passed(self) -> bool:
        return not self.failure and self.error <= self.bound

    def line(self) -> str:
        """One line of a report."""
        said = self.failure or f"largest error {self.error:.1e}, at most {self.bound:.0e}"
        return f"{'pass' if self.passed else 'FAIL'}  {self.name}: {said}"


Compute = Callable[[Operators], Any]


def checks(place: torch.device, kernels: Operators, sizes: Sizes) -> list[Check]:
    """All kernels in all number formats; one that fails does not keep the others from being tried."""
    reference = ReferenceOperators()
    found = []
    with torch.inference_mode():
        for dtype in BOUNDS:
            for name, compute in computations(place, dtype, sizes):
                found.append(
                    _compare(f"{name}, {str(dtype)[6:]}", compute, kernels, reference, BOUNDS[dtype])
                )
    return found


def computations(place: torch.device, dtype: torch.dtype, sizes: Sizes) -> Iterator[tuple[str, Compute]]:
    """What is computed by both, by name."""
    random = torch.Generator(place).manual_seed(1)

    def normal(*shape: int, to: torch.dtype = dtype) -> Tensor:
        return torch.randn(shape, generator=random, device=place).to(to)

    width, hidden = sizes.width, sizes.hidden
    residual, added = normal(4, width), normal(4, width)
    post, norm = 1 + normal(2, width, to=torch.float32) / 10
    yield "norm", lambda by: by.add_norm(residual, None, None, norm, 1e-6)
    yield "addition and norm", lambda by: by.add_norm(residual, added, None, norm, 1e-6)
    yield "addition and two norms", lambda by: by.add_norm(residual, added, post, norm, 1e-6)
    gate_up = normal(4, 2 * hidden)
    for activation in ("silu", "gelu", "gelu_tanh"):
        yield f"gate by {activation}", lambda by, kind=activation: by.gate(gate_up, kind)
    matrix = normal(hidden, width, to=torch.float32) / width**0.5
    for rows in (1, 4, 32):
        x = normal(rows, width)
        yield f"product dense, {rows} rows", lambda by, x=x: by.linear(x, dense(matrix.to(dtype)))
        for kind in ("int8", "fp8", "int4"):
            weight = pack(matrix, kind)
            yield f"product {kind}, {rows} rows", lambda by, x=x, weight=weight: by.linear(x, weight)
    for window in (0, 512):
        for scattered in (False, True):
            yield from _attention(place, dtype, sizes, window, scattered, normal)


def _attention(
    place: torch.device,
    dtype: torch.dtype,
    sizes: Sizes,
    window: int,
    scattered: bool,
    normal: Callable[..., Tensor],
) -> Iterator[tuple[str, Compute]]:
    heads = Heads(sizes.heads, sizes.kv_heads, sizes.head_dim, sizes.head_dim**-0.5, window)
    cache = _cache(place, heads, sizes.lengths, scattered, normal)
    rows = len(sizes.lengths)
    query = normal(rows, heads.heads * heads.head_dim)
    lies = "scattered pages" if scattered else "one piece"
    yield f"attention, window {window}, {lies}", lambda by: by.attend(query, heads, cache)
    if window:  # which neither rotation nor storing knows of
        return
    qkv = normal(rows, (heads.heads + 2 * heads.kv_heads) * heads.head_dim)
    turns = normal(rows, heads.head_dim // 2, to=torch.float32)
    norms = 1 + normal(2, heads.head_dim, to=torch.float32) / 10

    def rotated(by: Operators) -> list[Tensor]:
        turned = by.rotate_and_store(qkv, heads, (turns.cos(), turns.sin()), norms, 1e-6, cache)
        return [turned, *(memory.block.clone() for memory in cache.memories)]

    yield f"rotation and storing, {lies}", rotated


def _cache(
    place: torch.device,
    heads: Heads,
    lengths: tuple[int, ...],
    scattered: bool,
    normal: Callable[..., Tensor],
) -> LayerCache:
    """Blocks of their own for rows behind so many tokens; pages lie backwards."""
    pages = max(lengths) // PAGE + 1
    inputs = PassInputs(len(lengths), 1, pages, place)
    cache, memories = inputs.cache(0), []
    for row, length in enumerate(lengths):
        held = length // PAGE + 1
        block = normal(2, heads.kv_heads, held * PAGE, heads.head_dim)
        order = list(range(held - 1, -1, -1)) if scattered else None
        memory = KeyValueMemory(block, 0, order, PAGE if scattered else 0)
        cache.table[row, :held] = torch.arange(held - 1, -1, -1, device=place)
        cache.positions[row], cache.sequence[row] = length, row
        where = [block.data_ptr(), block[1].data_ptr(), block.stride(1), 0, memory.page_tokens]
        cache.places[:, row] = torch.tensor(where, device=place)
        memories.append(memory)
    return LayerCache(cache.positions, cache.sequence, cache.places, cache.table, memories)


def _compare(name: str, compute: Compute, kernels: Operators, reference: Operators, bound: float) -> Check:
    try:
        pairs = zip(_tensors(compute(kernels)), _tensors(compute(reference)), strict=True)
        errors = [float((one - other).abs().max() / other.abs().max()) for one, other in pairs]
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the report
        return Check(name, float("inf"), bound, f"{type(error).__name__}: {error}")
    # max() would let a value that is no number pass.
    worst = next((error for error in errors if not error <= bound), max(errors))
    return Check(name, worst, bound)


def _tensors(result: Any) -> list[Tensor]:
    return [each.float() for each in ([result] if isinstance(result, Tensor) else result)]
