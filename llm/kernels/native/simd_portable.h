/* Vector primitives in plain C with the vector extension that GCC and Clang share; simd_avx512.h says what each name
 * means. This is the level for every processor that has no other. */
#define LANES 4
#define ZERO_POINT 0
#define MANY_REGISTERS 0
#define LARGEST_TILE 2

typedef float floats __attribute__((vector_size(16)));
typedef int32_t ints __attribute__((vector_size(16)));
typedef struct { int8_t value[4 * LANES]; } bytes;
typedef struct { int8_t value[4]; } quads;
typedef struct { int8_t value[16]; } codes;

#define EACH for (int lane = 0; lane < LANES; lane++)

INLINE floats f_set(float value) { return (floats){value, value, value, value}; }
INLINE floats f_load(const float *from) {
    floats a;
    memcpy(&a, from, sizeof a);
    return a;
}
INLINE void f_store(float *to, floats a) { memcpy(to, &a, sizeof a); }
INLINE floats f_add(floats a, floats b) { return a + b; }
INLINE floats f_subtract(floats a, floats b) { return a - b; }
INLINE floats f_multiply(floats a, floats b) { return a * b; }
INLINE floats f_divide(floats a, floats b) { return a / b; }
INLINE floats f_fma(floats a, floats b, floats c) { return a * b + c; }
INLINE floats f_max(floats a, floats b) {
    EACH a[lane] = a[lane] > b[lane] ? a[lane] : b[lane];
    return a;
}
INLINE floats f_min(floats a, floats b) {
    EACH a[lane] = a[lane] < b[lane] ? a[lane] : b[lane];
    return a;
}
INLINE floats f_absolute(floats a) {
    EACH a[lane] = fabsf(a[lane]);
    return a;
}
INLINE floats f_where_above(floats a, floats bound, floats value) { /* else 0 */
    EACH a[lane] = a[lane] > bound[lane] ? value[lane] : 0;
    return a;
}
INLINE floats f_round(floats a) { /* |a| < 2^22, which holds wherever this is used; elsewhere a stays as it is */
    const float magic = 12582912.0f; /* 1.5 * 2^23 */
    EACH a[lane] = fabsf(a[lane]) < 4194304.0f ? (a[lane] + magic) - magic : a[lane];
    return a;
}
INLINE float f_sum(floats a) { return (a[0] + a[2]) + (a[1] + a[3]); }
INLINE float f_largest(floats a) {
    float first = a[0] > a[2] ? a[0] : a[2], second = a[1] > a[3] ? a[1] : a[3];
    return first > second ? first : second;
}
INLINE floats f_times_power_of_two(floats a, floats power) { /* -126 <= power <= 127 */
    ints bits;
    EACH bits[lane] = (int32_t)((uint32_t)((int32_t)power[lane] + 127) << 23);
    floats factor;
    memcpy(&factor, &bits, sizeof factor);
    return a * factor;
}

INLINE floats f_from_bfloat16(const uint16_t *from) {
    uint32_t bits[LANES];
    EACH bits[lane] = (uint32_t)from[lane] << 16;
    floats a;
    memcpy(&a, bits, sizeof a);
    return a;
}
INLINE void f_two_from_bfloat16(const uint16_t *from, floats *first, floats *second) {
    *first = f_from_bfloat16(from);
    *second = f_from_bfloat16(from + LANES);
}
INLINE void f_to_bfloat16(uint16_t *to, floats a) {
    uint32_t bits[LANES];
    memcpy(bits, &a, sizeof a);
    EACH to[lane] = (uint16_t)(a[lane] != a[lane] ? 0x7fc0 : (bits[lane] + 0x7fff + (bits[lane] >> 16 & 1)) >> 16);
}
INLINE floats f_from_float16(const uint16_t *from) {
    floats a;
    EACH a[lane] = half_to_float(from[lane]);
    return a;
}
INLINE floats f_from_ints(ints a) {
    floats result;
    EACH result[lane] = (float)a[lane];
    return result;
}
INLINE floats f_from_int8(const int8_t *from) {
    floats result;
    EACH result[lane] = from[lane];
    return result;
}
INLINE void f_to_int8(int8_t *to, floats whole) {
    EACH to[lane] = (int8_t)(int32_t)whole[lane];
}
INLINE void f_four_sums(const floats *a, float *sums) {
    for (int index = 0; index < 4; index++) sums[index] = f_sum(a[index]);
}

INLINE ints i_set(int32_t value) { return (ints){value, value, value, value}; }
INLINE quads q_load(const int8_t *from) {
    quads x;
    memcpy(&x, from, sizeof x);
    return x;
}
INLINE bytes b_load(const int8_t *from) {
    bytes weights;
    memcpy(&weights, from, sizeof weights);
    return weights;
}
INLINE codes c_load(const int8_t *codebook) {
    codes table;
    memcpy(&table, codebook, sizeof table);
    return table;
}
INLINE void b_decode(const uint8_t *from, codes table, bytes *low, bytes *high) {
    for (int index = 0; index < 4 * LANES; index++) {
        low->value[index] = table.value[from[index] & 15];
        high->value[index] = table.value[from[index] >> 4];
    }
}
INLINE ints i_dot(ints sum, bytes weights, quads x) {
    EACH for (int column = 0; column < 4; column++)
        sum[lane] += (int32_t)weights.value[4 * lane + column] * x.value[column];
    return sum;
}

INLINE uint64_t read_block(const uint8_t *from) { /* 512 bytes */
    uint64_t all = 0, word;
    for (int index = 0; index < 64; index++) {
        memcpy(&word, from + 8 * index, 8);
        all ^= word;
    }
    return all;
}
