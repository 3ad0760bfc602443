/* A level is one way to compute everything: portable C, AVX2, AVX-512, NEON. Each is the same source (the *_body.h
 * files) compiled over another set of vector primitives; choose.c picks one when the library loads. */
#ifndef HOMEWIT_LEVEL_H
#define HOMEWIT_LEVEL_H

#include <math.h>
#include <string.h>

#include "kernels.h"
#include "scalars.h"

#define INLINE static inline
#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum {
    PANEL = 16, /* rows of a packed matrix that are stored and computed together */
    GROUP = 32, /* activations that share a scale */
    SPAN = 128, /* positions that one piece of attention covers */
    ROW_BLOCK = 16, /* new rows of a sequence that one piece of attention covers */
};

/* Rows to multiply with. The bytes exist only where the matrix is packed. */
typedef struct {
    const float *x; /* [rows][columns] */
    const int8_t *bytes; /* [rows][padded], x rounded to scale * byte */
    const float *scales; /* [rows][padded / GROUP] */
    const int32_t *sums; /* [rows][padded / GROUP], of the bytes */
    int64_t columns, padded, rows;
} hw_input;

/* Queries of one key head against the positions [begin, end) of one span. */
typedef struct {
    const hw_cache *cache;
    const float *query; /* [queries][head_dim], rotated and scaled */
    const int64_t *first, *limit; /* [queries]: positions first <= p < limit are seen */
    int64_t begin, end, head;
    int32_t queries, head_dim;
    float *scores; /* [queries][SPAN], scratch */
    float *largest, *sum; /* [queries] */
    float *mixed; /* [queries][head_dim], sum of exp(score - largest) * value */
} hw_span;

typedef struct {
    const char *name;
    void (*quantize)(const float *x, int64_t columns, int64_t padded, int8_t *bytes, float *scales, int32_t *sums);
    /* Rows [begin, end) of the product into out[row * stride + (index - begin)]. */
    void (*multiply)(const hw_matrix *matrix, const hw_input *input, int64_t begin, int64_t end, float *out,
                     int64_t stride);
    void (*pack)(hw_matrix *into, const void *rows, int32_t kind, int64_t row, float *scratch);
    void (*unpack)(const hw_matrix *matrix, int64_t row, float *out);
    void (*rms_norm)(const float *x, const float *weight, float epsilon, int64_t size, float *out);
    void (*rotate)(float *x, const float *cosine, const float *sine, int64_t half);
    void (*gate)(const float *gate, const float *up, int64_t size, int32_t activation, float *out);
    void (*attend)(const hw_span *span);
    void (*add_scaled)(const float *x, float scale, int64_t size, float *out);
    void (*widen)(const uint16_t *from, int64_t size, float *out);
    void (*narrow)(const float *from, int64_t size, uint16_t *out);
    float (*to_bytes)(const float *from, int64_t size, int8_t *out); /* returns what a byte is multiplied with */
    float (*largest)(const float *x, int64_t size);
    double (*sum_of_exponentials)(const float *x, int64_t size, float largest);
    double (*read)(const uint8_t *data, int64_t bytes);
} hw_level;

extern const hw_level hw_level_portable, hw_level_avx2, hw_level_avx512, hw_level_neon, hw_level_neondot;

/* The level in use. */
const hw_level *hw_chosen(void);

static inline int64_t hw_padded(int64_t columns) { return (columns + GROUP - 1) / GROUP * GROUP; }
/* Bytes of one number that is not packed. */
static inline int64_t hw_size(int32_t kind) { return kind == HW_FLOAT32 ? 4 : kind == HW_BFLOAT16 ? 2 : 1; }
/* Where the values of one position of one head begin. */
static inline void *hw_position(const hw_cache *cache, void *const *pages, int64_t head, int64_t position) {
    const int64_t row = position - cache->origin;
    const int64_t offset = head * cache->head_stride + row % cache->page_tokens * cache->token_stride;
    return (char *)pages[row / cache->page_tokens] + offset * hw_size(cache->kind);
}
/* Where the scale of that position is; those of the same page follow. */
static inline float *hw_scale(const hw_cache *cache, float *const *pages, int64_t head, int64_t position) {
    const int64_t row = position - cache->origin;
    return pages[row / cache->page_tokens] + head * cache->scale_stride + row % cache->page_tokens;
}
static inline int64_t hw_least(int64_t a, int64_t b) { return a < b ? a : b; }

#endif
