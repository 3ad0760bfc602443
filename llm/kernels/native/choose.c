/* Which level runs: the best one that this processor has, or the one that is asked for. */
#include <stdatomic.h>
#include <stddef.h>

#include "level.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Registers that the operating system saves; without that their instructions fault. */
static unsigned saved_state(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has(int wants_avx512) {
    unsigned a, b, c, d, more_b, more_c;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    const unsigned needed = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29; /* FMA, OSXSAVE, AVX, F16C */
    if ((c & needed) != needed || (saved_state() & 6) != 6) return 0;
    if (!__get_cpuid_count(7, 0, &a, &more_b, &more_c, &d) || !(more_b >> 5 & 1)) return 0; /* AVX2 */
    if (!wants_avx512) return 1;
    const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* F, DQ, BW, VL */
    return (more_b & avx512) == avx512 && (more_c >> 11 & 1) /* VNNI */ && (saved_state() & 0xe6) == 0xe6;
}
static int has_avx2(void) { return has(0); }
static int has_avx512(void) { return has(1); }
#endif

#if defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
static int has_dot_product(void) { return getauxval(AT_HWCAP) >> 20 & 1; } /* HWCAP_ASIMDDP */
#else
static int has_dot_product(void) { return 1; } /* every 64-bit ARM that Apple calls a Mac */
#endif
#endif

static int always(void) { return 1; }

static const struct {
    const hw_level *level;
    int (*usable)(void);
} LEVELS[] = { /* best first */
#if defined(__x86_64__)
    {&hw_level_avx512, has_avx512},
    {&hw_level_avx2, has_avx2},
#endif
#if defined(__aarch64__)
    {&hw_level_neondot, has_dot_product},
    {&hw_level_neon, always},
#endif
    {&hw_level_portable, always},
};
enum { COUNT = sizeof LEVELS / sizeof *LEVELS };

static _Atomic(const hw_level *) chosen;

const hw_level *hw_chosen(void) {
    const hw_level *level = atomic_load_explicit(&chosen, memory_order_acquire);
    for (int index = 0; !level && index < COUNT; index++)
        if (LEVELS[index].usable()) {
            level = LEVELS[index].level;
            atomic_store_explicit(&chosen, level, memory_order_release);
        }
    return level;
}

const char *homewit_level(void) { return hw_chosen()->name; }

const char *homewit_levels(void) {
    static char names[64];
    size_t length = 0;
    for (int index = 0; index < COUNT; index++)
        if (LEVELS[index].usable()) {
            const size_t size = strlen(LEVELS[index].level->name);
            if (length) names[length++] = ' ';
            memcpy(names + length, LEVELS[index].level->name, size + 1);
            length += size;
        }
    return names;
}

/* 1 when the level of that name runs from now on, 0 when this processor does not have it. */
int homewit_use(const char *name) {
    for (int index = 0; index < COUNT; index++)
        if (!strcmp(LEVELS[index].level->name, name) && LEVELS[index].usable()) {
            atomic_store_explicit(&chosen, LEVELS[index].level, memory_order_release);
            return 1;
        }
    return 0;
}
