/* 64-bit ARM without dot products of bytes, such as the Cortex-A72. */
#include "level.h"

#if defined(__aarch64__)
#include "simd_neon.h"
#include "level_body.h"

const hw_level hw_level_neon = LEVEL_TABLE("neon");
#endif
