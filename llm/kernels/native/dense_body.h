/* Products with matrices in float32 and bfloat16, stored row by row as PyTorch stores them.
 *
 * Every sum has two chains whatever is computed beside it, so the result of one row of x does not depend on how many
 * rows are multiplied together. */

/* `height` rows of the matrix times `tile` rows of x. */
ALWAYS_INLINE void dense_tile(const hw_matrix *matrix, const int is_bfloat16, int64_t index, const int height,
                              const hw_input *input, int64_t first, const int tile, float *out, int64_t stride) {
    const int64_t columns = matrix->columns, origin = index * columns;
    const float *x = input->x + first * columns;
    floats total[4][4][2];
    for (int high = 0; high < height; high++)
        for (int row = 0; row < tile; row++) total[high][row][0] = total[high][row][1] = f_set(0);
    int64_t column = 0;
    for (; column + 2 * LANES <= columns; column += 2 * LANES)
        for (int half = 0; half < 2; half++) {
            const int64_t at = column + LANES * half;
            floats values[4];
            for (int row = 0; row < tile; row++) values[row] = f_load(x + row * columns + at);
            for (int high = 0; high < height; high++) {
                floats weight = dense_load(matrix->data, is_bfloat16, origin + high * columns + at);
                for (int row = 0; row < tile; row++)
                    total[high][row][half] = f_fma(weight, values[row], total[high][row][half]);
            }
        }
    for (int high = 0; high < height; high++)
        for (int row = 0; row < tile; row++) {
            float sum = f_sum(f_add(total[high][row][0], total[high][row][1]));
            for (int64_t rest = column; rest < columns; rest++)
                sum += dense_at(matrix->data, is_bfloat16, origin + high * columns + rest) * x[row * columns + rest];
            if (matrix->bias) sum += matrix->bias[index + high];
            out[(first + row) * stride + high] = sum;
        }
}

ALWAYS_INLINE void dense_rows(const hw_matrix *matrix, const int is_bfloat16, int64_t index, const int height,
                              const hw_input *input, float *out, int64_t stride) {
    const int together = MANY_REGISTERS && height == 4 ? 2 : 1;
    int64_t first = 0;
    for (; first + 4 <= input->rows; first += 4)
        for (int high = 0; high < height; high += together)
            dense_tile(matrix, is_bfloat16, index + high, together, input, first, 4, out + high, stride);
    for (; first < input->rows; first++)
        dense_tile(matrix, is_bfloat16, index, height, input, first, 1, out, stride);
}

static void dense_multiply(const hw_matrix *matrix, const hw_input *input, int64_t begin, int64_t end, float *out,
                           int64_t stride) {
    int64_t index = begin;
    if (matrix->kind == HW_BFLOAT16) {
        for (; index + 4 <= end; index += 4)
            dense_rows(matrix, 1, index, 4, input, out + (index - begin), stride);
        for (; index < end; index++) dense_rows(matrix, 1, index, 1, input, out + (index - begin), stride);
    } else {
        for (; index + 4 <= end; index += 4)
            dense_rows(matrix, 0, index, 4, input, out + (index - begin), stride);
        for (; index < end; index++) dense_rows(matrix, 0, index, 1, input, out + (index - begin), stride);
    }
}

static void multiply(const hw_matrix *matrix, const hw_input *input, int64_t begin, int64_t end, float *out,
                     int64_t stride) {
    if (matrix->kind == HW_INT8 || matrix->kind == HW_INT4)
        packed_multiply(matrix, input, begin, end, out, stride);
    else
        dense_multiply(matrix, input, begin, end, out, stride);
}
