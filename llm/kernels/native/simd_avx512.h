/* Vector primitives for AVX-512 (F, BW, DQ, VL) with VNNI. Every simd_*.h defines the same names:
 *
 *   floats f_*   LANES floats; ints i_*: LANES int32
 *   bytes b_*    LANES times four weights of four neighbouring columns, one int32 lane per row
 *   quads        four activations, repeated in each lane; i_dot multiplies bytes by quads and adds up each lane
 *   ZERO_POINT   what `bytes` hold on top of the weight: vpdpbusd takes unsigned bytes on one side
 */
#include <immintrin.h>

#define LANES 16
#define ZERO_POINT 128
#define MANY_REGISTERS 1
#define LARGEST_TILE 8

typedef __m512 floats;
typedef __m512i ints, bytes, quads, codes;

INLINE floats f_set(float value) { return _mm512_set1_ps(value); }
INLINE floats f_load(const float *from) { return _mm512_loadu_ps(from); }
INLINE void f_store(float *to, floats a) { _mm512_storeu_ps(to, a); }
INLINE floats f_add(floats a, floats b) { return _mm512_add_ps(a, b); }
INLINE floats f_subtract(floats a, floats b) { return _mm512_sub_ps(a, b); }
INLINE floats f_multiply(floats a, floats b) { return _mm512_mul_ps(a, b); }
INLINE floats f_divide(floats a, floats b) { return _mm512_div_ps(a, b); }
INLINE floats f_fma(floats a, floats b, floats c) { return _mm512_fmadd_ps(a, b, c); }
INLINE floats f_max(floats a, floats b) { return _mm512_max_ps(a, b); }
INLINE floats f_min(floats a, floats b) { return _mm512_min_ps(a, b); }
INLINE floats f_absolute(floats a) { return _mm512_abs_ps(a); }
INLINE floats f_where_above(floats a, floats bound, floats value) { /* else 0 */
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, bound, _CMP_GT_OQ), value);
}
INLINE floats f_round(floats a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE float f_sum(floats a) { return _mm512_reduce_add_ps(a); }
INLINE float f_largest(floats a) { return _mm512_reduce_max_ps(a); }
INLINE floats f_times_power_of_two(floats a, floats power) { return _mm512_scalef_ps(a, power); }

INLINE floats f_from_bfloat16(const uint16_t *from) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)from));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
/* Two vectors at once need one load and one shuffle each: every second half of a lane is taken, the others are 0. */
INLINE void f_two_from_bfloat16(const uint16_t *from, floats *first, floats *second) {
    const __m512i all = _mm512_loadu_si512(from);
    const __m512i places = _mm512_set_epi16(15, 0, 14, 0, 13, 0, 12, 0, 11, 0, 10, 0, 9, 0, 8, 0, 7, 0, 6, 0, 5, 0, 4, 0,
                                            3, 0, 2, 0, 1, 0, 0, 0);
    const __m512i later = _mm512_add_epi16(places, _mm512_set1_epi16(16));
    *first = _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xaaaaaaaau, places, all));
    *second = _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xaaaaaaaau, later, all));
}
INLINE void f_to_bfloat16(uint16_t *to, floats a) {
    __m512i bits = _mm512_castps_si512(a);
    __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    __mmask16 nan = _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
    rounded = _mm512_mask_set1_epi32(_mm512_srli_epi32(rounded, 16), nan, 0x7fc0);
    _mm256_storeu_si256((__m256i *)to, _mm512_cvtepi32_epi16(rounded));
}
INLINE floats f_from_float16(const uint16_t *from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
}
INLINE floats f_from_ints(ints a) { return _mm512_cvtepi32_ps(a); }
INLINE floats f_from_int8(const int8_t *from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)from)));
}
INLINE void f_to_int8(int8_t *to, floats whole) {
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(whole)));
}

/* Four sums at once share their additions: two vectors at a time are folded into one. */
INLINE void f_four_sums(const floats *a, float *sums) {
    __m512 first = _mm512_add_ps(_mm512_unpacklo_ps(a[0], a[1]), _mm512_unpackhi_ps(a[0], a[1]));
    __m512 second = _mm512_add_ps(_mm512_unpacklo_ps(a[2], a[3]), _mm512_unpackhi_ps(a[2], a[3]));
    __m512 all = _mm512_add_ps(_mm512_shuffle_ps(first, second, 0x44), _mm512_shuffle_ps(first, second, 0xee));
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
    _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}

INLINE ints i_set(int32_t value) { return _mm512_set1_epi32(value); }
INLINE quads q_load(const int8_t *from) {
    int32_t four;
    __builtin_memcpy(&four, from, 4);
    return _mm512_set1_epi32(four);
}
INLINE bytes b_load(const int8_t *from) {
    return _mm512_xor_si512(_mm512_loadu_si512(from), _mm512_set1_epi8((char)0x80));
}
INLINE codes c_load(const int8_t *codebook) {
    __m128i table = _mm_xor_si128(_mm_loadu_si128((const __m128i *)codebook), _mm_set1_epi8((char)0x80));
    return _mm512_broadcast_i32x4(table);
}
INLINE void b_decode(const uint8_t *from, codes table, bytes *low, bytes *high) {
    __m512i packed = _mm512_loadu_si512(from), mask = _mm512_set1_epi8(15);
    *low = _mm512_shuffle_epi8(table, _mm512_and_si512(packed, mask));
    *high = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(packed, 4), mask));
}
INLINE ints i_dot(ints sum, bytes weights, quads x) { return _mm512_dpbusd_epi32(sum, weights, x); }

INLINE uint64_t read_block(const uint8_t *from) { /* 512 bytes */
    __m512i all = _mm512_loadu_si512(from);
    for (int index = 1; index < 8; index++) all = _mm512_xor_si512(all, _mm512_loadu_si512(from + 64 * index));
    return (uint64_t)_mm512_reduce_add_epi64(all);
}
