/* Products with packed matrices: int8, or int4 through a codebook.
 *
 * A panel is 16 rows. Within it, every 32 columns ("step") lie together as eight quads of four columns:
 *   int8  [panel][step][quad 0..7][row 0..15][column 0..3]
 *   int4  [panel][step][quad 0..3][row 0..15][column 0..3], low nibble for this quad, high nibble for quad + 4
 * so that one vector holds the same four columns of neighbouring rows, the activations are broadcast, and no sum ever
 * crosses lanes. Rows and columns are padded with zeros. The result of one row of x does not depend on how many rows
 * are multiplied together. */

enum { VECTORS = PANEL / LANES };

/* The sums of products of one step for `tile` rows of x. */
ALWAYS_INLINE void int8_step(const int8_t *weights, const hw_input *input, int64_t first, int64_t step, const int tile,
                             ints sums[][VECTORS]) {
    for (int quad = 0; quad < 8; quad++) {
        bytes rows[VECTORS];
        for (int part = 0; part < VECTORS; part++) rows[part] = b_load(weights + 64 * quad + 4 * LANES * part);
        for (int row = 0; row < tile; row++) {
            quads x = q_load(input->bytes + (first + row) * input->padded + GROUP * step + 4 * quad);
            for (int part = 0; part < VECTORS; part++) sums[row][part] = i_dot(sums[row][part], rows[part], x);
        }
    }
}

ALWAYS_INLINE void int4_step(const uint8_t *weights, codes table, const hw_input *input, int64_t first, int64_t step,
                             const int tile, ints sums[][VECTORS]) {
    fetch_ahead(weights, PANEL * GROUP / 2);
    for (int quad = 0; quad < 4; quad++) {
        bytes low[VECTORS], high[VECTORS];
        for (int part = 0; part < VECTORS; part++)
            b_decode(weights + 64 * quad + 4 * LANES * part, table, &low[part], &high[part]);
        for (int row = 0; row < tile; row++) {
            const int8_t *from = input->bytes + (first + row) * input->padded + GROUP * step + 4 * quad;
            quads near = q_load(from), far = q_load(from + 16);
            for (int part = 0; part < VECTORS; part++) {
                sums[row][part] = i_dot(sums[row][part], low[part], near);
                sums[row][part] = i_dot(sums[row][part], high[part], far);
            }
        }
    }
}

ALWAYS_INLINE void packed_tile(const hw_matrix *matrix, int64_t panel, const hw_input *input, int64_t first,
                               const int tile, const int is_int4, floats total[][VECTORS]) {
    const int64_t steps = input->padded / GROUP, per_scale = matrix->group / GROUP;
    const int64_t step_bytes = is_int4 ? PANEL * GROUP / 2 : PANEL * GROUP;
    const uint8_t *weights = (const uint8_t *)matrix->data + panel * steps * step_bytes;
    const uint16_t *scale = matrix->scale + panel * ((steps + per_scale - 1) / per_scale) * PANEL;
    codes table = c_load(is_int4 ? matrix->codebook : NO_CODEBOOK);
    for (int row = 0; row < tile; row++)
        for (int part = 0; part < VECTORS; part++) total[row][part] = f_set(0);
    for (int64_t begin = 0; begin < steps; begin += per_scale, scale += PANEL) {
        floats of_rows[VECTORS];
        for (int part = 0; part < VECTORS; part++) of_rows[part] = f_from_float16(scale + LANES * part);
        const int64_t end = hw_least(begin + per_scale, steps);
        for (int64_t step = begin; step < end; step++, weights += step_bytes) {
            ints sums[LARGEST_TILE][VECTORS];
            for (int row = 0; row < tile; row++) {
                ints start = i_set(ZERO_POINT ? -ZERO_POINT * input->sums[(first + row) * steps + step] : 0);
                for (int part = 0; part < VECTORS; part++) sums[row][part] = start;
            }
            if (is_int4)
                int4_step(weights, table, input, first, step, tile, sums);
            else
                int8_step((const int8_t *)weights, input, first, step, tile, sums);
            for (int row = 0; row < tile; row++) {
                floats of_x = f_set(input->scales[(first + row) * steps + step]);
                for (int part = 0; part < VECTORS; part++)
                    total[row][part] =
                        f_fma(f_from_ints(sums[row][part]), f_multiply(of_rows[part], of_x), total[row][part]);
            }
        }
    }
}

ALWAYS_INLINE void packed_rows(const hw_matrix *matrix, int64_t panel, const hw_input *input, int64_t first,
                               const int tile, const int is_int4, float *out, int64_t stride) {
    floats total[LARGEST_TILE][VECTORS];
    packed_tile(matrix, panel, input, first, tile, is_int4, total);
    const int64_t begin = panel * PANEL, count = hw_least(PANEL, matrix->rows - begin);
    if (count == PANEL && !matrix->bias) {
        for (int row = 0; row < tile; row++)
            for (int part = 0; part < VECTORS; part++)
                f_store(out + (first + row) * stride + LANES * part, total[row][part]);
        return;
    }
    for (int row = 0; row < tile; row++) {
        float *to = out + (first + row) * stride, values[PANEL];
        for (int part = 0; part < VECTORS; part++) f_store(values + LANES * part, total[row][part]);
        for (int64_t index = 0; index < count; index++)
            to[index] = values[index] + (matrix->bias ? matrix->bias[begin + index] : 0);
    }
}

static void packed_panel(const hw_matrix *matrix, int64_t panel, const hw_input *input, int64_t first, int64_t last,
                         float *out, int64_t stride) {
#define TILE(count)                                                                     \
    case count:                                                                         \
        if (matrix->kind == HW_INT4)                                                    \
            packed_rows(matrix, panel, input, first, count, 1, out, stride);       \
        else                                                                            \
            packed_rows(matrix, panel, input, first, count, 0, out, stride);       \
        first += count;                                                                 \
        break;
    while (first < last) {
        switch (hw_least(last - first, LARGEST_TILE)) {
#if LARGEST_TILE == 8
            TILE(8) TILE(7) TILE(6) TILE(5) TILE(4) TILE(3)
#endif
            TILE(2) TILE(1)
        }
    }
#undef TILE
}

/* `begin` is a multiple of 16. Rows of x go in blocks that stay in the second-level cache across the panels. */
static void packed_multiply(const hw_matrix *matrix, const hw_input *input, int64_t begin, int64_t end, float *out,
                            int64_t stride) {
    enum { BLOCK = 64 };
    for (int64_t first = 0; first < input->rows; first += BLOCK)
        for (int64_t row = begin; row < end; row += PANEL)
            packed_panel(matrix, row / PANEL, input, first, hw_least(first + BLOCK, input->rows), out + (row - begin),
                         stride);
}

/* x to bytes: each group of 32 by its own scale, so that the largest of them is 127. */
static void quantize(const float *x, int64_t columns, int64_t padded, int8_t *to, float *scales, int32_t *sums) {
    for (int64_t begin = 0; begin < padded; begin += GROUP, to += GROUP) {
        float tail[GROUP] = {0};
        const float *from = x + begin;
        if (begin + GROUP > columns) {
            memcpy(tail, from, sizeof(float) * (size_t)(columns - begin));
            from = tail;
        }
        floats most = f_set(0), total = f_set(0);
        for (int part = 0; part < GROUP; part += LANES) most = f_max(most, f_absolute(f_load(from + part)));
        const float largest = f_largest(most);
        /* Below this the inverse overflows; what is that small adds nothing. */
        const float inverse = largest > 1e-35f ? 127.0f / largest : 0.0f;
        for (int part = 0; part < GROUP; part += LANES) {
            floats whole = f_round(f_multiply(f_load(from + part), f_set(inverse)));
            total = f_add(total, whole);
            f_to_int8(to + part, whole);
        }
        scales[begin / GROUP] = largest / 127.0f;
        sums[begin / GROUP] = (int32_t)f_sum(total);
    }
}
