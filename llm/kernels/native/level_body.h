/* Everything that a level computes. Each level_*.c includes its simd_*.h before this file and gets a table of
 * functions; the same source thus becomes a level for each kind of processor. */

static const int8_t NO_CODEBOOK[16] = {0};

/* Numbers that lie in a row, of a kind that is known when this is compiled. */
ALWAYS_INLINE floats dense_load(const void *data, const int kind, int64_t offset) {
    if (kind == HW_INT8) return f_from_int8((const int8_t *)data + offset);
    return kind == HW_BFLOAT16 ? f_from_bfloat16((const uint16_t *)data + offset) : f_load((const float *)data + offset);
}

ALWAYS_INLINE float dense_at(const void *data, const int kind, int64_t offset) {
    if (kind == HW_INT8) return ((const int8_t *)data)[offset];
    return kind == HW_BFLOAT16 ? bfloat16_to_float(((const uint16_t *)data)[offset]) : ((const float *)data)[offset];
}

/* The same for two vectors behind one another, which some processors widen together. */
ALWAYS_INLINE void dense_load_two(const void *data, const int kind, int64_t offset, floats *first, floats *second) {
    if (kind == HW_BFLOAT16) {
        f_two_from_bfloat16((const uint16_t *)data + offset, first, second);
    } else {
        *first = dense_load(data, kind, offset);
        *second = dense_load(data, kind, offset + LANES);
    }
}

/* Processors fetch a stream ahead by themselves, but only to the end of a page of memory. Asking for what lies a
 * little further on made int4 and bfloat16 products a fifth faster, and int8 ones no faster. */
ALWAYS_INLINE void fetch_ahead(const void *data, int size) {
    enum { AHEAD = 1024, LINE = 64 };
    for (int offset = 0; offset < size; offset += LINE) __builtin_prefetch((const char *)data + AHEAD + offset);
}

#include "rows_body.h"
#include "attend_body.h"
#include "packed_body.h"
#include "dense_body.h"
#include "pack_body.h"

#define LEVEL_TABLE(level_name)                                                                                 \
    {                                                                                                           \
        .name = level_name, .quantize = quantize, .multiply = multiply, .pack = pack, .unpack = unpack,         \
        .rms_norm = rms_norm, .rotate = rotate, .gate = gate, .attend = attend,                                 \
        .add_scaled = add_scaled, .widen = widen, .narrow = narrow, .to_bytes = to_bytes,                       \
        .largest = largest_of, .sum_of_exponentials = sum_of_exponentials, .read = read_all,                    \
    }
