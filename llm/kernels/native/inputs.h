/* Rows of x made ready for a product, and products shared out among threads. */
#ifndef HOMEWIT_INPUTS_H
#define HOMEWIT_INPUTS_H

#include "level.h"
#include "pool.h"

static inline int hw_is_packed(const hw_matrix *matrix) { return matrix->kind == HW_INT8 || matrix->kind == HW_INT4; }

/* Bytes that the quantized form of `rows` rows of up to `columns` takes. */
static inline size_t hw_input_bytes(int64_t rows, int64_t columns) {
    const int64_t padded = hw_padded(columns);
    return (size_t)(rows * (padded + padded / GROUP * 8) + 64) / 64 * 64 + 64;
}

/* Lay out the quantized form of `rows` rows in `memory`. */
static inline hw_input hw_input_in(char *memory, const float *x, int64_t rows, int64_t columns) {
    const int64_t padded = hw_padded(columns), groups = padded / GROUP;
    float *scales = (float *)(void *)(memory + rows * padded);
    return (hw_input){.x = x, .bytes = (int8_t *)memory, .scales = scales, .sums = (int32_t *)(scales + rows * groups),
                      .columns = columns, .padded = padded, .rows = rows};
}

static inline void hw_quantize_row(const hw_level *level, const hw_input *input, int64_t row) {
    const int64_t groups = input->padded / GROUP;
    level->quantize(input->x + row * input->columns, input->columns, input->padded,
                    (int8_t *)(uintptr_t)input->bytes + row * input->padded,
                    (float *)(uintptr_t)input->scales + row * groups, (int32_t *)(uintptr_t)input->sums + row * groups);
}

/* The form that `matrix` multiplies with, of all rows, by this thread alone. */
static inline hw_input hw_prepare(const hw_level *level, const hw_matrix *matrix, char *memory, const float *x,
                                  int64_t rows) {
    hw_input input = hw_input_in(memory, x, rows, matrix->columns);
    if (hw_is_packed(matrix))
        for (int64_t row = 0; row < rows; row++) hw_quantize_row(level, &input, row);
    return input;
}

/* Most rows of the matrix that a thread draws at once: enough to stream. */
static inline int64_t hw_piece(const hw_matrix *matrix) {
    static const int64_t per_column[] = {8, 4, 2, 1}; /* half bytes */
    const int64_t row_bytes = matrix->columns * per_column[matrix->kind] / 2 + 1;
    const int64_t piece = (128 << 10) / row_bytes / PANEL * PANEL;
    return piece < PANEL ? PANEL : hw_least(piece, 256);
}

/* The next rows of a matrix with `rows` for one of `threads`: pieces become smaller towards the end, so that all
 * threads end together. Returns where it begins, and sets `end`; begins at `rows` when nothing is left. */
static inline int64_t hw_draw_rows(hw_counter *counter, int64_t rows, int64_t most, int threads, int64_t *end) {
    long long begin = atomic_load_explicit(&counter->next, memory_order_relaxed);
    while (begin < rows) {
        int64_t piece = (rows - begin) / (2 * threads) / PANEL * PANEL;
        piece = piece < PANEL ? PANEL : hw_least(piece, most);
        if (atomic_compare_exchange_weak_explicit(&counter->next, &begin, begin + piece, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            *end = hw_least(begin + piece, rows);
            return begin;
        }
    }
    return rows;
}

#endif
