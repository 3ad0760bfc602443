/* Products with matrices in float32 and bfloat16, stored row by row as PyTorch stores them.
 *
 * A row of the matrix is read from its beginning to its end, as prefetchers like it. Every sum has the same chains
 * whatever is computed beside it, so the result of one row of x does not depend on how many are multiplied together. */

enum { CHAINS = 4, DENSE_TILE = MANY_REGISTERS ? 4 : 2 };

/* One row of the matrix times `tile` rows of x. */
ALWAYS_INLINE void dense_tile(const hw_matrix *matrix, const int kind, int64_t index, const hw_input *input,
                              int64_t first, const int tile, float *out, int64_t stride) {
    const int64_t columns = matrix->columns, origin = index * columns;
    const int64_t size = hw_size(kind);
    const float *x = input->x + first * columns;
    floats total[DENSE_TILE][CHAINS];
    for (int row = 0; row < tile; row++)
        for (int chain = 0; chain < CHAINS; chain++) total[row][chain] = f_set(0);
    int64_t column = 0;
    for (; column + CHAINS * LANES <= columns; column += CHAINS * LANES) {
        fetch_ahead((const char *)matrix->data + (origin + column) * size, CHAINS * LANES * size);
        for (int chain = 0; chain < CHAINS; chain += 2) {
            const int64_t at = column + LANES * chain;
            floats weight[2];
            dense_load_two(matrix->data, kind, origin + at, &weight[0], &weight[1]);
            for (int row = 0; row < tile; row++)
                for (int part = 0; part < 2; part++)
                    total[row][chain + part] =
                        f_fma(weight[part], f_load(x + row * columns + at + LANES * part), total[row][chain + part]);
        }
    }
    for (; column + LANES <= columns; column += LANES) {
        floats weight = dense_load(matrix->data, kind, origin + column);
        for (int row = 0; row < tile; row++)
            total[row][0] = f_fma(weight, f_load(x + row * columns + column), total[row][0]);
    }
    for (int row = 0; row < tile; row++) {
        float sum = f_sum(f_add(f_add(total[row][0], total[row][1]), f_add(total[row][2], total[row][3])));
        for (int64_t rest = column; rest < columns; rest++)
            sum += dense_at(matrix->data, kind, origin + rest) * x[row * columns + rest];
        if (matrix->bias) sum += matrix->bias[index];
        out[(first + row) * stride] = sum;
    }
}

ALWAYS_INLINE void dense_rows(const hw_matrix *matrix, const int kind, const hw_input *input, int64_t begin,
                              int64_t end, float *out, int64_t stride) {
    for (int64_t index = begin; index < end; index++, out++) {
        int64_t first = 0;
        for (; first + DENSE_TILE <= input->rows; first += DENSE_TILE)
            dense_tile(matrix, kind, index, input, first, DENSE_TILE, out, stride);
        for (; first < input->rows; first++) dense_tile(matrix, kind, index, input, first, 1, out, stride);
    }
}

static void multiply(const hw_matrix *matrix, const hw_input *input, int64_t begin, int64_t end, float *out,
                     int64_t stride) {
    if (matrix->kind == HW_INT8 || matrix->kind == HW_INT4)
        packed_multiply(matrix, input, begin, end, out, stride);
    else if (matrix->kind == HW_BFLOAT16)
        dense_rows(matrix, HW_BFLOAT16, input, begin, end, out, stride);
    else
        dense_rows(matrix, HW_FLOAT32, input, begin, end, out, stride);
}
