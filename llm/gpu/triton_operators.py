"""The operations of a pass as Triton kernels: which kernel, in which sizes, started how.

Importing it imports Triton, which comes with the CUDA builds of PyTorch, so import it late. With
`compile_only` for `start` nothing runs and every kernel that a pass needs is compiled, which is how they are
made in the background. Dense products of several rows are left to PyTorch.

Shapes as in operators.py.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..kernels.model import CannotRun
from ..spec import Activation
from .kernels import attention, product, rotary
from .kernels import gate as gating
from .kernels import norm as norms
from .model import GpuModel
from .operators import Heads, LayerCache
from .weights import Weight

MOST_ROWS = 32  # that the product kernels multiply a packed weight with
Start = Callable[..., None]

_ACTIVATIONS = {"silu": gating.SILU, "gelu": gating.GELU, "gelu_tanh": gating.GELU_TANH}
_KINDS = {"dense": product.DENSE, "int8": product.INT8, "fp8": product.FP8, "int4": product.INT8}
_PROGRAMS_PER_PROCESSOR = 2
_MOST_PIECES = 64


def launch(kernel: Any, grid: tuple[int, ...], *arguments: Any, **constants: Any) -> None:
    """Run a kernel."""
    kernel[grid](*arguments, **constants)


def compile_only(kernel: Any, grid: tuple[int, ...], *arguments: Any, **constants: Any) -> None:
    """Have everything ready that `launch` needs, without running it. Takes tensors on the meta device."""
    compiled = kernel.warmup(*arguments, grid=grid, **constants)
    _ = compiled.run  # loads the binary and builds what starts it


def check(model: GpuModel) -> None:
    """Raise `CannotRun` for sizes that the kernels do not have."""
    for number, layer in enumerate(model.layers):
        if layer.heads.head_dim % 8 or layer.heads.head_dim > 256:
            raise CannotRun(f"layer {number} has heads of {layer.heads.head_dim} values")


class TritonOperators:
    """`Operators` for a device of so many `processors`."""

    follows_addresses = True

    def __init__(self, processors: int, start: Start = launch) -> None:
        self._processors = processors
        self._start = start

    def linear(self, x: Tensor, weight: Weight) -> Tensor:
        if weight.kind == "dense" and (x.shape[0] > 1 or weight.columns % 8):
            return F.linear(x, weight.data, weight.bias)
        out = x.new_empty(x.shape[0], weight.rows)
        if x.shape[0] > 1:
            self._few_rows(x, weight, out)
        elif weight.group:
            self._one_row_in_groups(x, weight, out)
        else:
            self._one_row(x, weight, out)
        return out

    def add_norm(
        self, residual: Tensor, added: Tensor | None, post_norm: Tensor | None, norm: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor]:
        rows, width = residual.shape
        total = residual if added is None else torch.empty_like(residual)
        normed = torch.empty_like(residual)
        block = _power_of_two(width)
        self._start(
            norms.add_norm,
            (rows,),
            residual,
            residual if added is None else added,
            norm if post_norm is None else post_norm,
            norm,
            total,
            normed,
            WIDTH=width,
            BLOCK=block,
            EPSILON=epsilon,
            HAS_ADDED=added is not None,
            HAS_POST_NORM=post_norm is not None,
            num_warps=min(16, max(1, block // 512)),
        )
        return total, normed

    def rotate_and_store(
        self,
        qkv: Tensor,
        heads: Heads,
        angles: tuple[Tensor, Tensor],
        head_norms: Tensor | None,
        epsilon: float,
        cache: LayerCache,
    ) -> Tensor:
        rows = qkv.shape[0]
        query = qkv.new_empty(rows, heads.heads * heads.head_dim)
        self._start(
            rotary.rotate_and_store,
            (rows, heads.heads + 2 * heads.kv_heads),
            qkv,
            *angles,
            angles[0] if head_norms is None else head_norms,
            query,
            *_tensors(cache),
            rows,
            PAGES=cache.table.shape[1],
            HEADS=heads.heads,
            KV_HEADS=heads.kv_heads,
            HEAD_DIM=heads.head_dim,
            BLOCK=_power_of_two(heads.head_dim),
            PAIRS=angles[0].shape[1],
            EPSILON=epsilon,
            HAS_NORMS=head_norms is not None,
            num_warps=1,
        )
        return query

    def attend(self, query: Tensor, heads: Heads, cache: LayerCache) -> Tensor:
        rows, queries = query.shape[0], heads.heads
        result = torch.empty_like(query)
        pieces = self._pieces(rows * heads.kv_heads)
        parts = (
            result
            if pieces == 1
            else query.new_empty(rows, queries, pieces, heads.head_dim, dtype=torch.float32)
        )
        # Two allocations, because a kernel is made for addresses that are multiples of 16.
        most, weight = (query.new_empty(rows, queries, pieces, dtype=torch.float32) for _ in range(2))
        dim = max(16, _power_of_two(heads.head_dim))
        self._start(
            attention.attend,
            (rows, heads.kv_heads, pieces),
            query,
            parts,
            most,
            weight,
            *_tensors(cache),
            rows,
            PAGES=cache.table.shape[1],
            KV_HEADS=heads.kv_heads,
            GROUP=queries // heads.kv_heads,
            HEAD_DIM=heads.head_dim,
            WINDOW=heads.window,
            SCALE=heads.scale * math.log2(math.e),
            PIECES=pieces,
            BLOCK_GROUP=max(16, _power_of_two(queries // heads.kv_heads)),
            BLOCK_DIM=dim,
            # So many tokens that their keys fit into registers, and with their values twice into shared
            # memory.
            BLOCK=min(64, max(16, 8192 // (dim * query.element_size()))),
            num_warps=4,
            num_stages=2,
        )
        if pieces > 1:
            self._start(
                attention.join,
                (rows * queries,),
                parts,
                most,
                weight,
                result,
                HEAD_DIM=heads.head_dim,
                PIECES=pieces,
                BLOCK_DIM=dim,
                num_warps=4 if pieces * dim > 1024 else 1,
            )
        return result

    def gate(self, gate_up: Tensor, activation: Activation) -> Tensor:
        rows, width = gate_up.shape[0], gate_up.shape[1] // 2
        hidden = gate_up.new_empty(rows, width)
        block = min(1024, _power_of_two(width))
        self._start(
            gating.gate,
            (rows, -(-width // block)),
            gate_up,
            hidden,
            WIDTH=width,
            BLOCK=block,
            ACTIVATION=_ACTIVATIONS[activation].value,
            num_warps=4,
        )
        return hidden

    def _one_row(self, x: Tensor, weight: Weight, out: Tensor) -> None:
        block_rows = 4 if weight.rows >= 4096 else 2
        self._start(
            product.one_row,
            (-(-weight.rows // block_rows),),
            x,
            weight.data,
            _or(weight.scale, out),
            _or(weight.bias, out),
            out,
            ROWS=weight.rows,
            COLUMNS=weight.columns,
            KIND=_KINDS[weight.kind].value,
            HAS_BIAS=weight.bias is not None,
            BLOCK_ROWS=block_rows,
            # Sixteen bytes for each thread, of each row.
            BLOCK=min(2048 // weight.data.element_size(), _power_of_two(weight.columns)),
            num_warps=4,
        )

    def _one_row_in_groups(self, x: Tensor, weight: Weight, out: Tensor) -> None:
        block_rows = 4 if weight.rows >= 4096 else 2
        nibbles = weight.kind == "int4"
        bytes_of_step = 1024 if nibbles else 2048
        parts = -(-weight.columns // weight.group)
        self._start(
            product.one_row_in_groups,
            (-(-weight.rows // block_rows),),
            x,
            weight.data,
            weight.scale,
            _or(weight.offset, out),
            _or(weight.bias, out),
            out,
            ROWS=weight.rows,
            COLUMNS=weight.columns,
            GROUP=weight.group,
            NIBBLES=nibbles,
            HAS_BIAS=weight.bias is not None,
            BLOCK_ROWS=block_rows,
            BLOCK_PARTS=min(max(1, bytes_of_step // weight.group), _power_of_two(parts)),
            num_warps=4,
        )

    def _few_rows(self, x: Tensor, weight: Weight, out: Tensor) -> None:
        nibbles = weight.kind == "int4"
        self._start(
            product.few_rows,
            (-(-weight.rows // 32),),
            x,
            weight.data,
            weight.scale,
            _or(weight.offset, out),
            _or(weight.bias, out),
            out,
            x.shape[0],
            ROWS=weight.rows,
            COLUMNS=weight.columns,
            GROUP=weight.group,
            KIND=_KINDS[weight.kind].value,
            NIBBLES=nibbles,
            HAS_BIAS=weight.bias is not None,
            BLOCK_ROWS=32,
            BLOCK_COUNT=max(16, _power_of_two(x.shape[0])),
            BLOCK=min(128, weight.group or 128),
            num_warps=4,
            num_stages=4,
        )

    def _pieces(self, programs: int) -> int:
        """Into how many pieces to cut what each of `programs` reads, so that they occupy the device."""
        wanted = _PROGRAMS_PER_PROCESSOR * self._processors // programs
        return min(_MOST_PIECES, 1 << max(0, wanted.bit_length() - 1))


def _tensors(cache: LayerCache) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return cache.positions, cache.sequence, cache.places, cache.table


def _or(tensor: Tensor | None, unused: Tensor) -> Tensor:
    """A tensor, or any other where the kernel has none to read."""
    return unused if tensor is None else tensor


def _power_of_two(number: int) -> int:
    """The smallest that is no smaller."""
    return 1 << max(0, number - 1).bit_length()
