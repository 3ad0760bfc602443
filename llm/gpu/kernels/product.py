"""Products of few rows with a weight that is read once, packed or not, and unpacked in registers.

One row is a sum per output, which memory alone limits. More rows are a product of small blocks, in which the
weight stands on the left, because its side is the long one. The offsets and scales of a group are applied to
sums over the group where that is possible. `weights.py` defines the forms.
"""

import triton
import triton.language as tl

DENSE: tl.constexpr = tl.constexpr(0)
INT8: tl.constexpr = tl.constexpr(1)
FP8: tl.constexpr = tl.constexpr(2)
# What e4m3 lacks to the exponent of a float16 with the same bits.
FP8_FACTOR: tl.constexpr = tl.constexpr(256.0)


@triton.jit
def value_of(stored, KIND: tl.constexpr):
    """Float32 of what is stored, for e4m3 yet to be multiplied with `FP8_FACTOR`.

    Its bits are moved to their places in a float16, so that it works on every device.
    """
    if KIND == FP8:
        bits = stored.to(tl.uint16)
        half = ((bits & 0x80) << 8) | ((bits & 0x7F) << 7)
        return half.to(tl.float16, bitcast=True).to(tl.float32)
    else:
        return stored.to(tl.float32)


@triton.jit
def finish(total, scale, bias, row, held, KIND: tl.constexpr, HAS_BIAS: tl.constexpr):
    """Sums of rows [BLOCK_ROWS] with the scale of their rows, if they have one, and their bias."""
    if KIND != DENSE:
        total = total * tl.load(scale + row, mask=held, other=0.0).to(tl.float32)
    if KIND == FP8:
        total = total * FP8_FACTOR
    if HAS_BIAS:
        total = total + tl.load(bias + row, mask=held, other=0.0).to(tl.float32)
    return total


@triton.jit
def one_row(
    x,
    data,
    scale,
    bias,
    out,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    KIND: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """`x` [COLUMNS] by a weight with one scale per row or none; a program for each BLOCK_ROWS outputs."""
    row = tl.program_id(0) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    held = row < ROWS
    start = row.to(tl.int64)[:, None] * COLUMNS
    sums = tl.zeros([BLOCK_ROWS, BLOCK], tl.float32)
    for first in range(0, COLUMNS, BLOCK):
        column = first + tl.arange(0, BLOCK)
        inside = column < COLUMNS
        part = tl.load(x + column, mask=inside, other=0.0).to(tl.float32)
        stored = tl.load(
            data + start + column[None, :],
            mask=held[:, None] & inside[None, :],
            other=0,
            eviction_policy="evict_first",
        )
        sums += value_of(stored, KIND) * part[None, :]
    total = finish(tl.sum(sums, axis=1), scale, bias, row, held, KIND, HAS_BIAS)
    tl.store(out + row, total.to(out.dtype.element_ty), mask=held)


@triton.jit
def one_row_in_groups(
    x,
    data,
    scale,
    offset,
    bias,
    out,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    GROUP: tl.constexpr,
    NIBBLES: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK_PARTS: tl.constexpr,
):
    """The same with a scale for each GROUP of columns, in bytes, or in NIBBLES with an offset, too.

    Of NIBBLES, GROUP bytes hold two groups, one in their low halves and the next in their high ones. A part
    is what GROUP bytes hold.
    """
    row = tl.program_id(0) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    held = row < ROWS
    # Columns in a byte, and groups in a part.
    each: tl.constexpr = 2 if NIBBLES else 1  # pyright: ignore[reportAssignmentType]
    groups: tl.constexpr = (COLUMNS + GROUP - 1) // GROUP
    at = tl.arange(0, GROUP)
    start = row.to(tl.int64)[:, None, None] * (COLUMNS // each)
    sums = tl.zeros([BLOCK_ROWS, BLOCK_PARTS, GROUP], tl.float32)
    for first in range(0, groups // each, BLOCK_PARTS):
        number = first + tl.arange(0, BLOCK_PARTS)
        byte = number[:, None] * GROUP + at[None, :]
        column = number[:, None] * GROUP * each + at[None, :]
        inside = column < COLUMNS
        stored = tl.load(
            data + start + byte[None, :, :],
            mask=held[:, None, None] & inside[None, :, :],
            other=0,
            eviction_policy="evict_first",
        )
        # Loaded flat, so that the layout of the many bytes decides, not that of the few scales.
        of_group = row[:, None] * groups + (number * each)[None, :]
        there = held[:, None] & (number * each < groups)[None, :]
        factor = tl.load(scale + of_group, mask=there, other=0.0).to(tl.float32)[:, :, None]
        part = tl.load(x + column, mask=inside, other=0.0).to(tl.float32)[None, :, :]
        if NIBBLES:
            added = tl.load(offset + of_group, mask=there, other=0.0).to(tl.float32)[:, :, None]
            sums += ((stored & 15).to(tl.float32) * factor + added) * part
            factor = tl.load(scale + of_group + 1, mask=there, other=0.0).to(tl.float32)[:, :, None]
            added = tl.load(offset + of_group + 1, mask=there, other=0.0).to(tl.float32)[:, :, None]
            part = tl.load(x + column + GROUP, mask=inside, other=0.0).to(tl.float32)[None, :, :]
            sums += ((stored >> 4).to(tl.float32) * factor + added) * part
        else:
            sums += stored.to(tl.float32) * factor * part
    total = tl.sum(tl.sum(sums, axis=2), axis=1)
    total = finish(total, scale, bias, row, held, DENSE, HAS_BIAS)
    tl.store(out + row, total.to(out.dtype.element_ty), mask=held)


@triton.jit(do_not_specialize=["count"])
def few_rows(
    x,
    data,
    scale,
    offset,
    bias,
    out,
    count,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    GROUP: tl.constexpr,
    KIND: tl.constexpr,
    NIBBLES: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK_COUNT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """`x` [count, COLUMNS], at most BLOCK_COUNT rows, by a packed weight, with one scale per row if GROUP is
    0.

    BLOCK bytes of a weight's row are read at a time; they never belong to two groups.
    """
    row = tl.program_id(0) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    held = row < ROWS
    number = tl.arange(0, BLOCK_COUNT)
    wanted = number < count
    bytes_of_row: tl.constexpr = COLUMNS // 2 if NIBBLES else COLUMNS
    start = row.to(tl.int64)[:, None] * bytes_of_row
    of_x = x + number.to(tl.int64)[None, :] * COLUMNS
    sums = tl.zeros([BLOCK_ROWS, BLOCK_COUNT], tl.float32)
    for first in range(0, bytes_of_row, BLOCK):
        byte = first + tl.arange(0, BLOCK)
        inside = byte < bytes_of_row
        stored = tl.load(data + start + byte[None, :], mask=held[:, None] & inside[None, :], other=0)
        visible = wanted[None, :] & inside[:, None]
        if NIBBLES:
            # So many bytes hold one group in their low halves and the next in their high ones.
            group = first // GROUP * 2
            of_group = row * (COLUMNS // GROUP) + group
            few = tl.load(of_x + (first + byte)[:, None], mask=visible, other=0.0)
            part = tl.dot((stored & 15).to(tl.float32).to(few.dtype), few, input_precision="ieee")
            factor = tl.load(scale + of_group, mask=held, other=0.0).to(tl.float32)
            added = tl.load(offset + of_group, mask=held, other=0.0).to(tl.float32)
            whole = tl.sum(few.to(tl.float32), axis=0)
            sums += part * factor[:, None] + added[:, None] * whole[None, :]
            few = tl.load(of_x + (first + byte)[:, None] + GROUP, mask=visible, other=0.0)
            part = tl.dot((stored >> 4).to(tl.float32).to(few.dtype), few, input_precision="ieee")
            factor = tl.load(scale + of_group + 1, mask=held, other=0.0).to(tl.float32)
            added = tl.load(offset + of_group + 1, mask=held, other=0.0).to(tl.float32)
            whole = tl.sum(few.to(tl.float32), axis=0)
            sums += part * factor[:, None] + added[:, None] * whole[None, :]
        else:
            few = tl.load(of_x + byte[:, None], mask=visible, other=0.0)
            part = tl.dot(value_of(stored, KIND).to(few.dtype), few, input_precision="ieee")
            if GROUP > 0:
                of_group = row * ((COLUMNS + GROUP - 1) // GROUP) + first // GROUP
                part *= tl.load(scale + of_group, mask=held, other=0.0).to(tl.float32)[:, None]
            sums += part
    if GROUP == 0:
        sums *= tl.load(scale + row, mask=held, other=0.0).to(tl.float32)[:, None]
    if KIND == FP8:
        sums *= FP8_FACTOR
    if HAS_BIAS:
        sums += tl.load(bias + row, mask=held, other=0.0).to(tl.float32)[:, None]
    to = out + number.to(tl.int64)[None, :] * ROWS + row[:, None]
    tl.store(to, sums.to(out.dtype.element_ty), mask=held[:, None] & wanted[None, :])
