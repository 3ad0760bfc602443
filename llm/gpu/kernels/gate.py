"""The gate of a feed-forward layer: activation of one half, times the other (arXiv 2002.05202)."""

import triton
import triton.language as tl

SILU: tl.constexpr = tl.constexpr(0)
GELU: tl.constexpr = tl.constexpr(1)
GELU_TANH: tl.constexpr = tl.constexpr(2)
INVERSE_ROOT_2: tl.constexpr = tl.constexpr(0.7071067811865476)
ROOT_8_BY_PI: tl.constexpr = tl.constexpr(1.5957691216057308)


@triton.jit
def gate(gate_up, hidden, WIDTH: tl.constexpr, BLOCK: tl.constexpr, ACTIVATION: tl.constexpr):
    """`gate_up` [R, 2 WIDTH] to `hidden` [R, WIDTH]; a program for each BLOCK of a row."""
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < WIDTH
    x = tl.load(gate_up + row * 2 * WIDTH + at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(gate_up + row * 2 * WIDTH + WIDTH + at, mask=inside, other=0.0).to(tl.float32)
    if ACTIVATION == SILU:
        active = x * tl.sigmoid(x)
    elif ACTIVATION == GELU:
        active = 0.5 * x * (1.0 + tl.erf(x * INVERSE_ROOT_2))
    else:
        # One half of one plus the hyperbolic tangent of z is the sigmoid of 2 z.
        active = x * tl.sigmoid((x + 0.044715 * x * x * x) * ROOT_8_BY_PI)
    tl.store(hidden + row * WIDTH + at, (active * up).to(hidden.dtype.element_ty), mask=inside)
