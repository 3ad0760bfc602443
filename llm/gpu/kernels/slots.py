"""Where the tokens of a sequence lie in its cache, for kernels: through pages, or in one piece."""

import triton
import triton.language as tl

# Rows of `LayerCache.places`, as in operators.py.
KEYS: tl.constexpr = tl.constexpr(0)
VALUES: tl.constexpr = tl.constexpr(1)
HEAD_STRIDE: tl.constexpr = tl.constexpr(2)
ORIGIN: tl.constexpr = tl.constexpr(3)
PAGE_TOKENS: tl.constexpr = tl.constexpr(4)


@triton.jit
def base_of(places, row, side, head, rows, dtype: tl.constexpr):
    """The address of slot 0 of a key head, among keys or values."""
    kind = tl.pointer_type(dtype)  # pyright: ignore[reportArgumentType]
    address = tl.load(places + side * rows + row).to(kind)
    # True because heads have a multiple of eight values (triton_operators.py); lets loads be wide.
    return tl.multiple_of(address + head * tl.load(places + HEAD_STRIDE * rows + row), 16)


@triton.jit
def slots_of(places, table, sequence, row, positions, held, rows, PAGES: tl.constexpr):
    """The slot of each of `positions`, int64; only those that are `held` mean something."""
    page_tokens = tl.load(places + PAGE_TOKENS * rows + row)
    origin = tl.load(places + ORIGIN * rows + row)
    divisor = tl.maximum(page_tokens, 1)
    listed = table + tl.load(sequence + row) * PAGES + positions // divisor
    page = tl.load(listed, mask=held & (page_tokens > 0), other=0).to(tl.int64)
    return tl.where(page_tokens > 0, page * page_tokens + positions % divisor, positions - origin)
