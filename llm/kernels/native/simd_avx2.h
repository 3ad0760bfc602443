/* Vector primitives for AVX2 with FMA and F16C; simd_avx512.h says what each name means. */
#include <immintrin.h>

#define LANES 8
#define ZERO_POINT 0
#define MANY_REGISTERS 0
#define LARGEST_TILE 2

typedef __m256 floats;
typedef __m256i ints, bytes, quads, codes;

INLINE floats f_set(float value) { return _mm256_set1_ps(value); }
INLINE floats f_load(const float *from) { return _mm256_loadu_ps(from); }
INLINE void f_store(float *to, floats a) { _mm256_storeu_ps(to, a); }
INLINE floats f_add(floats a, floats b) { return _mm256_add_ps(a, b); }
INLINE floats f_subtract(floats a, floats b) { return _mm256_sub_ps(a, b); }
INLINE floats f_multiply(floats a, floats b) { return _mm256_mul_ps(a, b); }
INLINE floats f_divide(floats a, floats b) { return _mm256_div_ps(a, b); }
INLINE floats f_fma(floats a, floats b, floats c) { return _mm256_fmadd_ps(a, b, c); }
INLINE floats f_max(floats a, floats b) { return _mm256_max_ps(a, b); }
INLINE floats f_min(floats a, floats b) { return _mm256_min_ps(a, b); }
INLINE floats f_absolute(floats a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
INLINE floats f_where_above(floats a, floats bound, floats value) { /* else 0 */
    return _mm256_and_ps(_mm256_cmp_ps(a, bound, _CMP_GT_OQ), value);
}
INLINE floats f_round(floats a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE float f_sum(floats a) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}
INLINE float f_largest(floats a) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}
INLINE floats f_times_power_of_two(floats a, floats power) { /* -126 <= power <= 127 */
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(power), _mm256_set1_epi32(127));
    return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

INLINE floats f_from_bfloat16(const uint16_t *from) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)from));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
INLINE void f_two_from_bfloat16(const uint16_t *from, floats *first, floats *second) {
    *first = f_from_bfloat16(from);
    *second = f_from_bfloat16(from + LANES);
}
INLINE void f_to_bfloat16(uint16_t *to, floats a) {
    __m256i bits = _mm256_castps_si256(a);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
    rounded = _mm256_blendv_epi8(_mm256_srli_epi32(rounded, 16), _mm256_set1_epi32(0x7fc0), nan);
    rounded = _mm256_permute4x64_epi64(_mm256_packus_epi32(rounded, rounded), 0x08);
    _mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(rounded));
}
INLINE floats f_from_float16(const uint16_t *from) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
}
INLINE floats f_from_ints(ints a) { return _mm256_cvtepi32_ps(a); }
INLINE floats f_from_int8(const int8_t *from) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)from)));
}
INLINE void f_to_int8(int8_t *to, floats whole) {
    __m256i wide = _mm256_cvtps_epi32(whole);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packs_epi16(words, words));
}

INLINE void f_four_sums(const floats *a, float *sums) {
    __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(a[0], a[1]), _mm256_hadd_ps(a[2], a[3]));
    _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}

INLINE ints i_set(int32_t value) { return _mm256_set1_epi32(value); }
INLINE quads q_load(const int8_t *from) {
    int32_t four;
    __builtin_memcpy(&four, from, 4);
    return _mm256_set1_epi32(four);
}
INLINE bytes b_load(const int8_t *from) { return _mm256_loadu_si256((const __m256i *)from); }
INLINE codes c_load(const int8_t *codebook) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)codebook));
}
INLINE void b_decode(const uint8_t *from, codes table, bytes *low, bytes *high) {
    __m256i packed = _mm256_loadu_si256((const __m256i *)from), mask = _mm256_set1_epi8(15);
    *low = _mm256_shuffle_epi8(table, _mm256_and_si256(packed, mask));
    *high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(packed, 4), mask));
}
/* vpmaddubsw wants one unsigned side, so the sign of the weight moves to the activation. Neither side is ever -128
 * (pack and quantize see to it), so that two products fit into 16 bits. */
INLINE ints i_dot(ints sum, bytes weights, quads x) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(x, weights));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

INLINE uint64_t read_block(const uint8_t *from) { /* 512 bytes */
    __m256i all = _mm256_loadu_si256((const __m256i *)from);
    for (int index = 1; index < 16; index++)
        all = _mm256_xor_si256(all, _mm256_loadu_si256((const __m256i *)(from + 32 * index)));
    return (uint64_t)(_mm256_extract_epi64(all, 0) + _mm256_extract_epi64(all, 1) + _mm256_extract_epi64(all, 2) +
                      _mm256_extract_epi64(all, 3));
}
