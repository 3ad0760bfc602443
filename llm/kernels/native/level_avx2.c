/* x86 processors with AVX2, FMA and F16C: about all since 2013. */
#include "level.h"

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
#endif
#include "simd_avx2.h"
#include "level_body.h"

const hw_level hw_level_avx2 = LEVEL_TABLE("avx2");

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
