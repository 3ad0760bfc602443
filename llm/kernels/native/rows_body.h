/* What happens to single rows between the products: norm, rotation, gate, exponentials, conversions. */

ALWAYS_INLINE floats f_exp(floats x) {
    /* e^x = 2^n * e^r with |r| <= ln(2) / 2; the series to r^6 is exact to about one unit in the last place. */
    x = f_min(f_max(x, f_set(-87.3f)), f_set(88.3f));
    floats n = f_round(f_multiply(x, f_set(1.44269504f)));
    floats r = f_fma(n, f_set(-0.693145752f), x);
    r = f_fma(n, f_set(-1.42860677e-6f), r);
    floats p = f_set(1.0f / 720);
    p = f_fma(p, r, f_set(1.0f / 120));
    p = f_fma(p, r, f_set(1.0f / 24));
    p = f_fma(p, r, f_set(1.0f / 6));
    p = f_fma(p, r, f_set(0.5f));
    p = f_fma(p, r, f_set(1.0f));
    p = f_fma(p, r, f_set(1.0f));
    return f_times_power_of_two(p, n);
}

static void rms_norm(const float *x, const float *weight, float epsilon, int64_t size, float *out) {
    floats squares = f_set(0);
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES) {
        floats value = f_load(x + index);
        squares = f_fma(value, value, squares);
    }
    float sum = f_sum(squares);
    for (int64_t rest = index; rest < size; rest++) sum += x[rest] * x[rest];
    const float factor = 1.0f / sqrtf(sum / (float)size + epsilon);
    for (index = 0; index + LANES <= size; index += LANES)
        f_store(out + index, f_multiply(f_multiply(f_load(x + index), f_set(factor)), f_load(weight + index)));
    for (; index < size; index++) out[index] = x[index] * factor * weight[index];
}

/* Each pair (x[i], x[i + half]) turns by its angle. */
static void rotate(float *x, const float *cosine, const float *sine, int64_t half) {
    int64_t index = 0;
    for (; index + LANES <= half; index += LANES) {
        floats a = f_load(x + index), b = f_load(x + half + index);
        floats c = f_load(cosine + index), s = f_load(sine + index);
        f_store(x + index, f_subtract(f_multiply(a, c), f_multiply(b, s)));
        f_store(x + half + index, f_fma(a, s, f_multiply(b, c)));
    }
    for (; index < half; index++) {
        const float a = x[index], b = x[half + index];
        x[index] = a * cosine[index] - b * sine[index];
        x[half + index] = b * cosine[index] + a * sine[index];
    }
}

/* x times the logistic function of y. */
ALWAYS_INLINE floats times_logistic(floats x, floats y) {
    return f_divide(x, f_add(f_set(1), f_exp(f_subtract(f_set(0), y))));
}

ALWAYS_INLINE floats activated(floats x, int32_t activation) {
    if (activation == HW_SILU) return times_logistic(x, x);
    if (activation == HW_GELU_TANH) { /* 0.5 * (1 + tanh(u)) is the logistic function of 2u */
        floats cube = f_multiply(f_multiply(x, x), x);
        floats u = f_multiply(f_set(0.797884561f), f_fma(cube, f_set(0.044715f), x));
        return times_logistic(x, f_add(u, u));
    }
    float values[LANES];
    f_store(values, x);
    for (int lane = 0; lane < LANES; lane++) values[lane] *= 0.5f * (1 + erff(values[lane] * 0.707106781f));
    return f_load(values);
}

static void gate(const float *gates, const float *up, int64_t size, int32_t activation, float *out) {
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES)
        f_store(out + index, f_multiply(activated(f_load(gates + index), activation), f_load(up + index)));
    if (index < size) {
        float tail[2][LANES] = {{0}};
        memcpy(tail[0], gates + index, sizeof(float) * (size_t)(size - index));
        memcpy(tail[1], up + index, sizeof(float) * (size_t)(size - index));
        f_store(tail[0], f_multiply(activated(f_load(tail[0]), activation), f_load(tail[1])));
        memcpy(out + index, tail[0], sizeof(float) * (size_t)(size - index));
    }
}

static void add_scaled(const float *x, float scale, int64_t size, float *out) {
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES)
        f_store(out + index, f_fma(f_load(x + index), f_set(scale), f_load(out + index)));
    for (; index < size; index++) out[index] += scale * x[index];
}

static void widen(const uint16_t *from, int64_t size, float *out) {
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES) f_store(out + index, f_from_bfloat16(from + index));
    for (; index < size; index++) out[index] = bfloat16_to_float(from[index]);
}

static void narrow(const float *from, int64_t size, uint16_t *out) {
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES) f_to_bfloat16(out + index, f_load(from + index));
    for (; index < size; index++) out[index] = float_to_bfloat16(from[index]);
}

/* To bytes, with one scale for all, so that the largest is 127; `KVPages.write` rounds alike. */
static float to_bytes(const float *from, int64_t size, int8_t *out) {
    floats most = f_set(0);
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES) most = f_max(most, f_absolute(f_load(from + index)));
    float largest = f_largest(most);
    for (; index < size; index++) largest = fmaxf(largest, fabsf(from[index]));
    const float scale = fmaxf(largest / 127.0f, 1e-20f);
    for (index = 0; index + LANES <= size; index += LANES)
        f_to_int8(out + index, f_round(f_divide(f_load(from + index), f_set(scale))));
    for (; index < size; index++) out[index] = (int8_t)rintf(from[index] / scale);
    return scale;
}

static float largest_of(const float *x, int64_t size) {
    floats most = f_set(-INFINITY);
    int64_t index = 0;
    for (; index + LANES <= size; index += LANES) most = f_max(most, f_load(x + index));
    float result = f_largest(most);
    for (; index < size; index++) result = x[index] > result ? x[index] : result;
    return result;
}

static double sum_of_exponentials(const float *x, int64_t size, float largest) {
    double total = 0;
    for (int64_t begin = 0; begin < size; begin += 1024) { /* in pieces, so that a long sum stays exact */
        const int64_t end = hw_least(begin + 1024, size);
        floats sum = f_set(0);
        int64_t index = begin;
        for (; index + LANES <= end; index += LANES)
            sum = f_add(sum, f_exp(f_subtract(f_load(x + index), f_set(largest))));
        total += f_sum(sum);
        for (; index < end; index++) total += expf(x[index] - largest);
    }
    return total;
}

static double read_all(const uint8_t *data, int64_t size) {
    uint64_t all = 0;
    for (int64_t at = 0; at + 512 <= size; at += 512) all ^= read_block(data + at);
    return (double)(all & 1);
}
