/* 64-bit ARM with dot products of bytes (Armv8.2 and later): Apple's, Graviton 2 and what came after. */
#include "level.h"

#if defined(__aarch64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif
#define DOT_PRODUCT 1
#include "simd_neon.h"
#include "level_body.h"

const hw_level hw_level_neondot = LEVEL_TABLE("neondot");

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
