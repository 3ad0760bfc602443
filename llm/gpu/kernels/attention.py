"""Attention of single tokens to what their sequences hold, wherever it lies.

What a row sees is cut into pieces, so that one long sequence occupies the whole device; each piece gives a
result, its largest score and the sum of its weights, from which `join` makes what one pass over everything
would give (arXiv 1805.02867, 2205.14135). Pieces are as long as a row needs, so the grid depends on neither.
"""

import triton
import triton.language as tl

from .slots import KEYS, VALUES, base_of, slots_of


@triton.jit(
    do_not_specialize=["rows"],
    do_not_specialize_on_alignment=["positions", "sequence", "places", "table"],
)
def attend(
    query,
    result,
    most,
    weight,
    positions,
    sequence,
    places,
    table,
    rows,
    PAGES: tl.constexpr,
    KV_HEADS: tl.constexpr,
    GROUP: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    WINDOW: tl.constexpr,
    SCALE: tl.constexpr,
    PIECES: tl.constexpr,
    BLOCK_GROUP: tl.constexpr,
    BLOCK_DIM: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """A program for each row, key head and piece; it serves the GROUP queries [R, KV_HEADS, GROUP, HEAD_DIM]
    of that head. `SCALE` takes scores to powers of two.

    With one PIECE, `result` is that of the row. With several it is [R, KV_HEADS * GROUP, PIECES, HEAD_DIM],
    float32 and yet to be divided; `most` and `weight` are [R, KV_HEADS * GROUP, PIECES].
    """
    row = tl.program_id(0)
    key_head = tl.program_id(1)
    piece = tl.program_id(2)
    position = tl.load(positions + row)
    end = position + 1
    begin = tl.maximum(end - WINDOW, 0) if WINDOW > 0 else tl.zeros_like(end)
    length = tl.cdiv(tl.cdiv(end - begin, PIECES), BLOCK) * BLOCK
    low = begin + piece * length
    high = tl.minimum(low + length, end)

    group = tl.arange(0, BLOCK_GROUP)
    dim = tl.arange(0, BLOCK_DIM)
    first = (row * KV_HEADS + key_head) * GROUP
    own = (group[:, None] < GROUP) & (dim[None, :] < HEAD_DIM)
    q = tl.load(query + (first + group[:, None]) * HEAD_DIM + dim[None, :], mask=own, other=0.0)
    dtype = query.dtype.element_ty
    keys = base_of(places, row, KEYS, key_head, rows, dtype)
    values = base_of(places, row, VALUES, key_head, rows, dtype)

    largest = tl.full([BLOCK_GROUP], float("-inf"), tl.float32)
    total = tl.zeros([BLOCK_GROUP], tl.float32)
    sums = tl.zeros([BLOCK_GROUP, BLOCK_DIM], tl.float32)
    for start in range(low, high, BLOCK):
        at = start + tl.arange(0, BLOCK)
        seen = at < high
        slot = slots_of(places, table, sequence, row, at, seen, rows, PAGES)
        where = slot[:, None] * HEAD_DIM + dim[None, :]
        held = seen[:, None] & (dim[None, :] < HEAD_DIM)
        k = tl.load(keys + where, mask=held, other=0.0)
        v = tl.load(values + where, mask=held, other=0.0)
        scores = tl.dot(q, tl.trans(k), input_precision="ieee") * SCALE
        scores = tl.where(seen[None, :], scores, float("-inf"))
        larger = tl.maximum(largest, tl.max(scores, axis=1))
        shrunk = tl.exp2(largest - larger)
        shares = tl.exp2(scores - larger[:, None])
        total = total * shrunk + tl.sum(shares, axis=1)
        sums = sums * shrunk[:, None] + tl.dot(shares.to(dtype), v, input_precision="ieee")
        largest = larger

    if PIECES == 1:
        whole = sums / tl.maximum(total, 1e-30)[:, None]
        tl.store(result + (first + group[:, None]) * HEAD_DIM + dim[None, :], whole.to(dtype), mask=own)
    else:
        at = (first + group) * PIECES + piece
        tl.store(result + at[:, None] * HEAD_DIM + dim[None, :], sums, mask=own & (low < high))
        tl.store(most + at, largest, mask=group < GROUP)
        tl.store(weight + at, total, mask=group < GROUP)


@triton.jit
def join(
    pieces,
    most,
    weight,
    result,
    HEAD_DIM: tl.constexpr,
    PIECES: tl.constexpr,
    BLOCK_DIM: tl.constexpr,
):
    """The result [HEAD_DIM] of one query out of its PIECES; a program for each query."""
    first = tl.program_id(0)
    piece = tl.arange(0, PIECES)
    dim = tl.arange(0, BLOCK_DIM)
    largest = tl.load(most + first * PIECES + piece)
    # A row that fills up the pass has no pieces; it gives zeros.
    overall = tl.maximum(tl.max(largest, axis=0), -1e30)
    factor = tl.exp2(largest - overall)
    held = (factor[:, None] > 0) & (dim[None, :] < HEAD_DIM)
    # Pieces that saw nothing were never written.
    where = (first * PIECES + piece)[:, None] * HEAD_DIM + dim[None, :]
    sums = tl.sum(tl.load(pieces + where, mask=held, other=0.0) * factor[:, None], axis=0)
    total = tl.sum(tl.load(weight + first * PIECES + piece) * factor, axis=0)
    whole = sums / tl.maximum(total, 1e-30)
    tl.store(result + first * HEAD_DIM + dim, whole.to(result.dtype.element_ty), mask=dim < HEAD_DIM)
