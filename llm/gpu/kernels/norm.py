"""Residual addition and root-mean-square norm in one reading of a row (arXiv 1910.07467)."""

import triton
import triton.language as tl


@triton.jit
def add_norm(
    residual,
    added,
    post_norm,
    norm,
    total,
    normed,
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
    EPSILON: tl.constexpr,
    HAS_ADDED: tl.constexpr,
    HAS_POST_NORM: tl.constexpr,
):
    """One program for each row [WIDTH]. Between its steps it rounds as PyTorch does."""
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    first = tl.program_id(0).to(tl.int64) * WIDTH
    x = tl.load(residual + first + at, mask=inside, other=0.0).to(tl.float32)
    if HAS_ADDED:
        more = tl.load(added + first + at, mask=inside, other=0.0).to(tl.float32)
        if HAS_POST_NORM:
            scale = tl.load(post_norm + at, mask=inside, other=0.0)
            more = more * tl.rsqrt(tl.sum(more * more, axis=0) / WIDTH + EPSILON) * scale
            more = more.to(total.dtype.element_ty).to(tl.float32)
        rounded = (x + more).to(total.dtype.element_ty)
        tl.store(total + first + at, rounded, mask=inside)
        x = rounded.to(tl.float32)
    scale = tl.load(norm + at, mask=inside, other=0.0)
    x = x * tl.rsqrt(tl.sum(x * x, axis=0) / WIDTH + EPSILON) * scale
    tl.store(normed + first + at, x.to(normed.dtype.element_ty), mask=inside)
