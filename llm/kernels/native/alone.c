/* The small kernels as calls of their own, and what a caller asks about this library. */
#include "level.h"
#include "pool.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#ifndef HOMEWIT_DIGEST
#define HOMEWIT_DIGEST ""
#endif

/* Of the sources that this library was built from. */
const char *homewit_digest(void) { return HOMEWIT_DIGEST; }

int64_t homewit_sizeof(const char *name) {
    static const struct {
        const char *name;
        int64_t size;
    } sizes[] = {{"hw_matrix", sizeof(hw_matrix)}, {"hw_cache", sizeof(hw_cache)}, {"hw_layer", sizeof(hw_layer)},
                 {"hw_model", sizeof(hw_model)}, {"hw_sequence", sizeof(hw_sequence)}, {"hw_step", sizeof(hw_step)}};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++)
        if (!strcmp(sizes[index].name, name)) return sizes[index].size;
    return -1;
}

void homewit_rms_norm(const float *x, const float *weight, float epsilon, int64_t rows, int64_t size, float *out) {
    for (int64_t row = 0; row < rows; row++)
        hw_chosen()->rms_norm(x + row * size, weight, epsilon, size, out + row * size);
}

void homewit_rotate(float *x, const float *frequencies, int64_t position, int64_t heads, int64_t head_dim,
                    int64_t rotary, float scale) {
    enum { AT_ONCE = 64 };
    float cosine[AT_ONCE], sine[AT_ONCE], pairs[2 * AT_ONCE];
    const int64_t half = rotary / 2;
    for (int64_t begin = 0; begin < half; begin += AT_ONCE) {
        const int64_t count = hw_least(AT_ONCE, half - begin);
        const size_t size = sizeof(float) * (size_t)count;
        for (int64_t pair = 0; pair < count; pair++) {
            const float angle = (float)position * frequencies[begin + pair];
            cosine[pair] = cosf(angle) * scale;
            sine[pair] = sinf(angle) * scale;
        }
        for (int64_t head = 0; head < heads; head++) {
            float *first = x + head * head_dim + begin;
            memcpy(pairs, first, size);
            memcpy(pairs + count, first + half, size);
            hw_chosen()->rotate(pairs, cosine, sine, count);
            memcpy(first, pairs, size);
            memcpy(first + half, pairs + count, size);
        }
    }
}

void homewit_gate(const float *gate, const float *up, int64_t size, int32_t activation, float *out) {
    hw_chosen()->gate(gate, up, size, activation, out);
}

/* The `count` likeliest entries, best first, the earlier of two equals first, with their log-probabilities. */
int homewit_top(const float *logits, int64_t size, int64_t count, int64_t *ids, float *log_probabilities) {
    const float largest = hw_chosen()->largest(logits, size);
    const double log_sum = log(hw_chosen()->sum_of_exponentials(logits, size, largest));
    int64_t held = 0;
    for (int64_t id = 0; id < size; id++) {
        if (held == count && !(logits[id] > logits[ids[held - 1]])) continue;
        int64_t place = held < count ? held++ : held - 1;
        for (; place > 0 && logits[id] > logits[ids[place - 1]]; place--) ids[place] = ids[place - 1];
        ids[place] = id;
    }
    for (int64_t place = 0; place < held; place++)
        log_probabilities[place] = (float)((double)logits[ids[place]] - (double)largest - log_sum);
    return (int)held;
}

void homewit_prefer_large_pages(void *data, int64_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    madvise(data, (size_t)bytes, MADV_HUGEPAGE); /* a wish: what comes of it is nobody's concern */
#else
    (void)data, (void)bytes;
#endif
}

typedef struct {
    const uint8_t *data;
    int64_t bytes;
    _Atomic int64_t odd;
} reading;

static void read_part(void *argument, int thread, int threads) {
    reading *r = argument;
    const int64_t part = r->bytes / threads / 4096 * 4096;
    r->odd += (int64_t)hw_chosen()->read(r->data + part * thread, part);
}

/* What comes back means nothing; it only keeps the reads from being left out. */
double homewit_read(const void *data, int64_t bytes, int32_t threads) {
    reading r = {.data = data, .bytes = bytes};
    hw_enter();
    hw_run(read_part, &r, threads);
    hw_leave();
    return (double)r.odd;
}
