"""Norm of the heads, rotary positions (arXiv 2104.09864) and the way of keys and values into the cache."""

import triton
import triton.language as tl

from .slots import base_of, slots_of


@triton.jit(
    do_not_specialize=["rows"],
    do_not_specialize_on_alignment=["positions", "sequence", "places", "table"],
)
def rotate_and_store(
    qkv,
    cos,
    sin,
    head_norms,
    query,
    positions,
    sequence,
    places,
    table,
    rows,
    PAGES: tl.constexpr,
    HEADS: tl.constexpr,
    KV_HEADS: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    BLOCK: tl.constexpr,
    PAIRS: tl.constexpr,
    EPSILON: tl.constexpr,
    HAS_NORMS: tl.constexpr,
):
    """`qkv` [R, (HEADS + 2 KV_HEADS) * HEAD_DIM]; a program for each row and each of its heads."""
    row = tl.program_id(0)
    head = tl.program_id(1)
    is_query = head < HEADS
    is_value = head >= HEADS + KV_HEADS
    at = tl.arange(0, BLOCK)
    inside = at < HEAD_DIM
    rotated = at < 2 * PAIRS
    other = tl.where(at < PAIRS, at + PAIRS, at - PAIRS)
    first = qkv + (row * (HEADS + 2 * KV_HEADS) + head) * HEAD_DIM
    x = tl.load(first + at, mask=inside, other=0.0)
    own = x.to(tl.float32)
    partner = tl.load(first + other, mask=rotated, other=0.0).to(tl.float32)
    if HAS_NORMS:
        factor = tl.rsqrt(tl.sum(own * own, axis=0) / HEAD_DIM + EPSILON)
        scales = head_norms + tl.where(is_query, 0, HEAD_DIM)
        own = own * factor * tl.load(scales + at, mask=inside, other=0.0)
        partner = partner * factor * tl.load(scales + other, mask=rotated, other=0.0)
        # Rounded as PyTorch rounds what it rotates.
        own = own.to(x.dtype).to(tl.float32)
        partner = partner.to(x.dtype).to(tl.float32)
    angle = row * PAIRS + tl.where(at < PAIRS, at, at - PAIRS)
    c = tl.load(cos + angle, mask=rotated, other=1.0)
    s = tl.load(sin + angle, mask=rotated, other=0.0)
    turned = own * c + tl.where(at < PAIRS, -partner, partner) * s
    result = tl.where(is_value, x, turned.to(x.dtype))

    tl.store(query + (row * HEADS + head) * HEAD_DIM + at, result, mask=inside & is_query)
    position = tl.load(positions + row)
    held = position >= 0
    slot = slots_of(places, table, sequence, row, position, held, rows, PAGES)
    key_head = tl.maximum(head - HEADS, 0) - tl.where(is_value, KV_HEADS, 0)
    side = tl.where(is_value, 1, 0)
    base = base_of(places, row, side, key_head, rows, query.dtype.element_ty)
    tl.store(base + slot * HEAD_DIM + at, result, mask=inside & held & (head >= HEADS))
