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

/* Rows of the matrix that a thread draws at once: enough to stream, few enough to share out evenly. */
static inline int64_t hw_piece(const hw_matrix *matrix, int threads) {
    static const int64_t per_column[] = {8, 4, 2, 1}; /* half bytes */
    const int64_t row_bytes = matrix->columns * per_column[matrix->kind] / 2 + 1;
    const int64_t streams = (128 << 10) / row_bytes, share = matrix->rows / (threads * 4);
    const int64_t piece = hw_least(streams, share) / PANEL * PANEL;
    return piece < PANEL ? PANEL : hw_least(piece, 256);
}

#endif
