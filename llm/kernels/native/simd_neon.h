/* Vector primitives for NEON on 64-bit ARM; simd_avx512.h says what each name means. With DOT_PRODUCT defined, four
 * products are one instruction. */
#include <arm_neon.h>

#define LANES 4
#define ZERO_POINT 0
#define MANY_REGISTERS 1
#define LARGEST_TILE 2

typedef float32x4_t floats;
typedef int32x4_t ints;
typedef int8x16_t bytes, quads, codes;

INLINE floats f_set(float value) { return vdupq_n_f32(value); }
INLINE floats f_load(const float *from) { return vld1q_f32(from); }
INLINE void f_store(float *to, floats a) { vst1q_f32(to, a); }
INLINE floats f_add(floats a, floats b) { return vaddq_f32(a, b); }
INLINE floats f_subtract(floats a, floats b) { return vsubq_f32(a, b); }
INLINE floats f_multiply(floats a, floats b) { return vmulq_f32(a, b); }
INLINE floats f_divide(floats a, floats b) { return vdivq_f32(a, b); }
INLINE floats f_fma(floats a, floats b, floats c) { return vfmaq_f32(c, a, b); }
INLINE floats f_max(floats a, floats b) { return vmaxq_f32(a, b); }
INLINE floats f_min(floats a, floats b) { return vminq_f32(a, b); }
INLINE floats f_absolute(floats a) { return vabsq_f32(a); }
INLINE floats f_where_above(floats a, floats bound, floats value) { /* else 0 */
    return vreinterpretq_f32_u32(vandq_u32(vcgtq_f32(a, bound), vreinterpretq_u32_f32(value)));
}
INLINE floats f_round(floats a) { return vrndnq_f32(a); }
INLINE float f_sum(floats a) { return vaddvq_f32(a); }
INLINE float f_largest(floats a) { return vmaxvq_f32(a); }
INLINE floats f_times_power_of_two(floats a, floats power) { /* -126 <= power <= 127 */
    int32x4_t exponent = vaddq_s32(vcvtnq_s32_f32(power), vdupq_n_s32(127));
    return vmulq_f32(a, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
}

INLINE floats f_from_bfloat16(const uint16_t *from) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(from), 16)); }
INLINE void f_to_bfloat16(uint16_t *to, floats a) {
    uint32x4_t bits = vreinterpretq_u32_f32(a);
    uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    uint32x4_t rounded = vshrq_n_u32(vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff))), 16);
    rounded = vbslq_u32(vceqq_f32(a, a), rounded, vdupq_n_u32(0x7fc0));
    vst1_u16(to, vmovn_u32(rounded));
}
INLINE void f_two_from_bfloat16(const uint16_t *from, floats *first, floats *second) {
    *first = f_from_bfloat16(from);
    *second = f_from_bfloat16(from + LANES);
}
INLINE floats f_from_float16(const uint16_t *from) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from))); }
INLINE floats f_from_ints(ints a) { return vcvtq_f32_s32(a); }
INLINE floats f_from_int8(const int8_t *from) {
    int32_t four;
    __builtin_memcpy(&four, from, 4);
    int16x8_t words = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)));
}
INLINE void f_to_int8(int8_t *to, floats whole) {
    int16x4_t words = vqmovn_s32(vcvtnq_s32_f32(whole));
    int8x8_t narrow = vqmovn_s16(vcombine_s16(words, words));
    vst1_lane_s32((int32_t *)(void *)to, vreinterpret_s32_s8(narrow), 0);
}

INLINE void f_four_sums(const floats *a, float *sums) {
    vst1q_f32(sums, vpaddq_f32(vpaddq_f32(a[0], a[1]), vpaddq_f32(a[2], a[3])));
}

INLINE ints i_set(int32_t value) { return vdupq_n_s32(value); }
INLINE quads q_load(const int8_t *from) {
    int32_t four;
    __builtin_memcpy(&four, from, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
INLINE bytes b_load(const int8_t *from) { return vld1q_s8(from); }
INLINE codes c_load(const int8_t *codebook) { return vld1q_s8(codebook); }
INLINE void b_decode(const uint8_t *from, codes table, bytes *low, bytes *high) {
    uint8x16_t packed = vld1q_u8(from);
    *low = vqtbl1q_s8(table, vandq_u8(packed, vdupq_n_u8(15)));
    *high = vqtbl1q_s8(table, vshrq_n_u8(packed, 4));
}
INLINE ints i_dot(ints sum, bytes weights, quads x) {
#if defined(DOT_PRODUCT) && defined(__ARM_FEATURE_DOTPROD)
    return vdotq_s32(sum, weights, x);
#elif defined(DOT_PRODUCT) /* older Clang hides the intrinsic from functions that enable it for themselves */
    __asm__("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(weights), "w"(x));
    return sum;
#else
    /* Neither side is ever -128, so that two products fit into 16 bits. */
    int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(x));
    int16x8_t high = vmull_s8(vget_high_s8(weights), vget_high_s8(x));
    return vpadalq_s16(sum, vpaddq_s16(low, high));
#endif
}

INLINE uint64_t read_block(const uint8_t *from) { /* 512 bytes */
    uint8x16_t all = vld1q_u8(from);
    for (int index = 1; index < 32; index++) all = veorq_u8(all, vld1q_u8(from + 16 * index));
    return vaddvq_u64(vreinterpretq_u64_u8(all));
}
