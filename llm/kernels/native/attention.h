/* Attention cut into spans of 128 positions, so that many threads share one long sequence, and put together again. The
 * cuts do not depend on the number of threads, so neither does the result. */
#ifndef HOMEWIT_ATTENTION_H
#define HOMEWIT_ATTENTION_H

#include "level.h"

/* Results of all spans: [row][head][span]. */
typedef struct {
    float *largest, *sum; /* one each */
    float *mixed; /* [head_dim] each */
    int64_t spans; /* room for so many spans */
    int32_t heads, head_dim;
} hw_partials;

/* One thread's memory for one span: queries of all rows that share a key head. */
typedef struct {
    float *query; /* [row][query head of the group][head_dim] */
    float *scores, *largest, *sum, *mixed;
    int64_t *first, *limit;
} hw_span_memory;

size_t hw_partial_bytes(int64_t rows, int32_t heads, int32_t head_dim, int64_t spans);
hw_partials hw_partials_in(char *memory, int64_t rows, int32_t heads, int32_t head_dim, int64_t spans);
size_t hw_span_bytes(int64_t queries, int32_t head_dim);
hw_span_memory hw_span_in(char *memory, int64_t queries, int32_t head_dim);

/* The first span that a sequence of `start` tokens needs, and the one behind the last. */
static inline int64_t hw_first_span(int64_t start, int32_t window) {
    return window && start + 1 > window ? (start + 1 - window) / SPAN : 0;
}
static inline int64_t hw_end_span(int64_t start, int64_t rows) { return (start + rows + SPAN - 1) / SPAN; }

/* The queries in `memory` (`rows` of them for each of `group` heads) against one span of key head `kv_head`. */
void hw_attend_span(const hw_level *level, const hw_cache *cache, const hw_span_memory *memory,
                    const hw_partials *partials, int64_t start, int64_t rows, int64_t first_row, int32_t group,
                    int64_t kv_head, int64_t span, int32_t window);

/* Put the spans [begin, end) of a row together into out [heads][head_dim]. */
void hw_join_spans(const hw_level *level, const hw_partials *partials, int64_t row, int64_t begin, int64_t end, float *out);

#endif
