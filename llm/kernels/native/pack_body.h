/* Weights to panels and back; packed_body.h says how a panel lies in memory.
 *
 * Plain loops: the compiler turns them into vectors for each level, and they run once per checkpoint. Numbers are
 * rounded with the scale as it is stored, so that rounding the scale costs almost nothing. */

/* Row `row` into `to` [padded]; zeros behind the end, and for rows that do not exist. */
static void padded_row(const hw_matrix *matrix, const void *rows, int32_t kind, int64_t row, int64_t padded, float *to) {
    const int64_t columns = row < matrix->rows ? matrix->columns : 0, origin = row * matrix->columns;
    if (kind == HW_BFLOAT16 && columns)
        widen((const uint16_t *)rows + origin, columns, to);
    else if (columns)
        memcpy(to, (const float *)rows + origin, sizeof(float) * (size_t)columns);
    memset(to + columns, 0, sizeof(float) * (size_t)(padded - columns));
}

static uint16_t int8_group(const float *x, int64_t size, int8_t *codes_of) {
    floats most = f_set(0);
    for (int64_t index = 0; index < size; index += LANES) most = f_max(most, f_absolute(f_load(x + index)));
    const uint16_t stored = float_to_half(f_largest(most) / 127.0f);
    const float scale = half_to_float(stored);
    if (scale == 0) {
        memset(codes_of, 0, (size_t)size);
        return stored;
    }
    for (int64_t index = 0; index < size; index += LANES) {
        floats whole = f_round(f_divide(f_load(x + index), f_set(scale)));
        f_to_int8(codes_of + index, f_min(f_max(whole, f_set(-127)), f_set(127)));
    }
    return stored;
}

/* Sixteen values in ascending order, and what lies between them. */
typedef struct {
    float value[16], middle[15], step[15];
} book;

/* The nearest value of the book, for numbers in units of it. */
ALWAYS_INLINE floats nearest(floats in_units, const book *values) {
    floats value = f_set(values->value[0]);
    for (int code = 0; code < 15; code++)
        value = f_add(value, f_where_above(in_units, f_set(values->middle[code]), f_set(values->step[code])));
    return value;
}

/* How well the book fits `size` numbers at a scale: the best scale for the values nearest to them, as it will be
 * stored, and in `error` the squared error then, less what every scale has in common. */
static float fitted_scale(const float *x, int64_t size, float scale, const book *values, float *error) {
    const floats inverse = f_set(1 / scale);
    floats along = f_set(0), across = f_set(0);
    for (int64_t index = 0; index < size; index += LANES) {
        floats number = f_load(x + index), value = nearest(f_multiply(number, inverse), values);
        along = f_fma(number, value, along);
        across = f_fma(value, value, across);
    }
    const float one = f_sum(along), two = f_sum(across), fitted = half_to_float(float_to_half(one / two));
    *error = fitted * (fitted * two - 2 * one);
    return fitted;
}

/* Tries scales that put the number furthest from zero on or near either end of the book. */
static uint16_t int4_group(const float *x, int64_t size, const book *values, int8_t *codes_of) {
    static const float fractions[] = {0.88f, 1.0f};
    float furthest = 0, best = 0, least = INFINITY;
    for (int64_t index = 0; index < size; index++) furthest = fabsf(x[index]) > fabsf(furthest) ? x[index] : furthest;
    for (int next = 0; next < 4 && furthest != 0; next++) {
        float error;
        const float start = furthest / values->value[next < 2 ? 0 : 15] * fractions[next % 2];
        const float scale = fitted_scale(x, size, start, values, &error);
        if (error < least && scale != 0) {
            least = error;
            best = scale;
        }
    }
    const floats inverse = f_set(best != 0 ? 1 / best : 0);
    for (int64_t index = 0; index < size; index += LANES) {
        floats in_units = f_multiply(f_load(x + index), inverse), code = f_set(0);
        for (int each = 0; each < 15; each++)
            code = f_add(code, f_where_above(in_units, f_set(values->middle[each]), f_set(1)));
        f_to_int8(codes_of + index, code);
    }
    return float_to_half(best);
}

static void pack_row(hw_matrix *into, const float *x, int64_t padded, const book *values, int8_t *codes_of,
                     int64_t row) {
    const int64_t groups = (padded + into->group - 1) / into->group, steps = padded / GROUP, inside = row % PANEL;
    uint16_t *scale = (uint16_t *)(uintptr_t)into->scale + row / PANEL * groups * PANEL + inside;
    for (int64_t group = 0, at = 0; group < groups; group++, at += into->group) {
        const int64_t size = hw_least(into->group, padded - at);
        scale[group * PANEL] = into->kind == HW_INT8 ? int8_group(x + at, size, codes_of + at)
                                                     : int4_group(x + at, size, values, codes_of + at);
    }
    if (into->kind == HW_INT8) {
        int8_t *panel = (int8_t *)(uintptr_t)into->data + row / PANEL * steps * PANEL * GROUP;
        for (int64_t quad = 0; quad < steps * 8; quad++) memcpy(panel + (quad * PANEL + inside) * 4, codes_of + 4 * quad, 4);
        return;
    }
    uint8_t *panel = (uint8_t *)(uintptr_t)into->data + row / PANEL * steps * PANEL * GROUP / 2;
    for (int64_t quad = 0; quad < steps * 4; quad++) {
        const int8_t *low = codes_of + quad / 4 * GROUP + quad % 4 * 4;
        uint8_t *to = panel + (quad * PANEL + inside) * 4;
        for (int column = 0; column < 4; column++) to[column] = (uint8_t)(low[column] | low[16 + column] << 4);
    }
}

/* `scratch` is [padded] floats and then [padded] bytes. */
static void pack(hw_matrix *into, const void *rows, int32_t kind, int64_t row, float *scratch) {
    const int64_t padded = hw_padded(into->columns);
    book values = {{0}, {0}, {0}};
    for (int code = 0; code < 16 && into->kind == HW_INT4; code++) values.value[code] = into->codebook[code];
    for (int code = 0; code < 15; code++) {
        values.middle[code] = 0.5f * (values.value[code] + values.value[code + 1]);
        values.step[code] = values.value[code + 1] - values.value[code];
    }
    padded_row(into, rows, kind, row, padded, scratch);
    pack_row(into, scratch, padded, &values, (int8_t *)(scratch + padded), row);
}

static void unpack(const hw_matrix *matrix, int64_t row, float *out) {
    if (matrix->kind != HW_INT8 && matrix->kind != HW_INT4) {
        padded_row(matrix, matrix->data, matrix->kind, row, matrix->columns, out);
        return;
    }
    const int64_t padded = hw_padded(matrix->columns), steps = padded / GROUP, inside = row % PANEL;
    const int64_t groups = (padded + matrix->group - 1) / matrix->group;
    const uint16_t *scale = matrix->scale + row / PANEL * groups * PANEL + inside;
    const int is_int8 = matrix->kind == HW_INT8;
    const uint8_t *panel = (const uint8_t *)matrix->data + row / PANEL * steps * PANEL * GROUP / (is_int8 ? 1 : 2);
    for (int64_t column = 0; column < matrix->columns; column++) {
        const int64_t quad = is_int8 ? column / 4 : column / GROUP * 4 + column % 16 / 4;
        const uint8_t stored = panel[(quad * PANEL + inside) * 4 + column % 4];
        const int8_t value = is_int8 ? (int8_t)stored : matrix->codebook[stored >> (column % GROUP < 16 ? 0 : 4) & 15];
        out[column] = (float)value * half_to_float(scale[column / matrix->group * PANEL]);
    }
}
