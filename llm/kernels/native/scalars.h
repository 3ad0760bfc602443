/* Single numbers between float and the 16-bit formats, for the ends of rows that fill no vector. */
#ifndef HOMEWIT_SCALARS_H
#define HOMEWIT_SCALARS_H

#include <stdint.h>
#include <string.h>

static inline float bits_to_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t float_to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float bfloat16_to_float(uint16_t value) { return bits_to_float((uint32_t)value << 16); }

static inline uint16_t float_to_bfloat16(float value) {
    uint32_t bits = float_to_bits(value);
    if (value != value) return 0x7fc0;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline float half_to_float(uint16_t value) {
    uint32_t sign = (uint32_t)(value & 0x8000) << 16, exponent = value >> 10 & 31, fraction = value & 1023;
    if (exponent == 31) return bits_to_float(sign | 0x7f800000 | fraction << 13);
    if (exponent == 0) { /* zero or below the smallest normal number, in steps of 2^-24 */
        float magnitude = (float)fraction * bits_to_float(0x33800000);
        return sign ? -magnitude : magnitude;
    }
    return bits_to_float(sign | (exponent + 112) << 23 | fraction << 13);
}

/* To the nearest, ties to even. Too large becomes infinite. */
static inline uint16_t float_to_half(float value) {
    uint32_t bits = float_to_bits(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x7f800000) return (uint16_t)(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
    if (magnitude < 0x38800000) { /* adding 2^-1 leaves the value in steps of 2^-24 in the low bits */
        float shifted = bits_to_float(magnitude) + bits_to_float(0x3f000000);
        return (uint16_t)(sign | (float_to_bits(shifted) - 0x3f000000));
    }
    return (uint16_t)(sign | (magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13);
}

#endif
