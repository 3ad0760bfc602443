/* Attention of a few queries to one span of positions of one key head.
 *
 * Keys and values are found through a table of pages, so a cache in one block is a table with one entry. The result
 * is not divided yet: spans are put together by their largest score and sum. Bytes are read as they are, and what a
 * byte stands for is multiplied into the scores and the weights. */

/* Positions from `begin` that lie behind one another in one page. */
static int64_t end_of_run(const hw_cache *cache, int64_t begin, int64_t end) {
    const int64_t page = (begin - cache->origin) / cache->page_tokens;
    return hw_least(end, cache->origin + (page + 1) * cache->page_tokens);
}

enum { QUERY_TILE = MANY_REGISTERS ? 4 : 2 };

/* Scores of `together` queries against `there` positions, at most four, that lie `stride` values apart. */
ALWAYS_INLINE void score_four(const float *queries, const int together, int head_dim, const void *keys,
                              const int kind, int64_t stride, const int there, float *scores) {
    const int whole = head_dim / LANES * LANES;
    floats sums[QUERY_TILE][4];
    for (int query = 0; query < together; query++)
        for (int next = 0; next < 4; next++) sums[query][next] = f_set(0);
    int index = 0;
    for (; index + 2 * LANES <= whole; index += 2 * LANES)
        for (int next = 0; next < 4; next++) {
            floats near, far;
            dense_load_two(keys, kind, (next < there ? next : 0) * stride + index, &near, &far);
            for (int query = 0; query < together; query++) {
                const float *of_query = queries + query * head_dim + index;
                sums[query][next] = f_fma(f_load(of_query), near, sums[query][next]);
                sums[query][next] = f_fma(f_load(of_query + LANES), far, sums[query][next]);
            }
        }
    for (; index < whole; index += LANES) {
        floats key[4];
        for (int next = 0; next < 4; next++)
            key[next] = dense_load(keys, kind, (next < there ? next : 0) * stride + index);
        for (int query = 0; query < together; query++) {
            floats q = f_load(queries + query * head_dim + index);
            for (int next = 0; next < 4; next++) sums[query][next] = f_fma(q, key[next], sums[query][next]);
        }
    }
    for (int query = 0; query < together; query++) {
        float four[4];
        f_four_sums(sums[query], four);
        for (int index = whole; index < head_dim; index++)
            for (int next = 0; next < there; next++)
                four[next] += queries[query * head_dim + index] * dense_at(keys, kind, next * stride + index);
        for (int next = 0; next < there; next++) scores[query * SPAN + next] = four[next];
    }
}

ALWAYS_INLINE void score_run(const float *queries, const int together, int head_dim, const void *keys,
                             const int kind, int64_t stride, int64_t count, float *scores) {
    const int64_t size = hw_size(kind);
    int64_t position = 0;
    for (; position + 4 <= count; position += 4) {
        const char *four = (const char *)keys + position * stride * size;
        fetch_ahead(four, 4 * head_dim * size);
        score_four(queries, together, head_dim, four, kind, stride, 4, scores + position);
    }
    for (; position < count; position++)
        score_four(queries, together, head_dim, (const char *)keys + position * stride * size, kind, stride, 1,
                   scores + position);
}

ALWAYS_INLINE void score_queries(const hw_span *span, const void *keys, const int kind, int64_t at, int64_t count) {
    const int head_dim = span->head_dim;
    const int64_t stride = span->cache->token_stride;
    for (int query = 0; query < span->queries;) {
        const float *from = span->query + query * head_dim;
        float *scores = span->scores + query * SPAN + at;
        const int together = (int)hw_least(QUERY_TILE, span->queries - query);
#define TILE(size)                                                          \
    case size:                                                              \
        score_run(from, size, head_dim, keys, kind, stride, count, scores); \
        break;
        switch (together) {
#if MANY_REGISTERS
            TILE(4) TILE(3)
#endif
            TILE(2) TILE(1)
        }
#undef TILE
        query += together;
    }
}

/* mixed += weight * value over the positions, for `together` queries and `parts` vectors of each value. */
ALWAYS_INLINE void mix_run(const float *weights, const int together, const void *values, const int kind,
                           int64_t stride, int64_t count, const int parts, float *mixed, int head_dim) {
    const int64_t size = hw_size(kind);
    floats total[4][4];
    for (int query = 0; query < together; query++)
        for (int part = 0; part < parts; part++) total[query][part] = f_load(mixed + query * head_dim + LANES * part);
    for (int64_t position = 0; position < count; position++) {
        fetch_ahead((const char *)values + position * stride * size, parts * LANES * size);
        floats value[4];
        if (parts == 1)
            value[0] = dense_load(values, kind, position * stride);
        for (int part = 0; part + 2 <= parts; part += 2)
            dense_load_two(values, kind, position * stride + LANES * part, &value[part], &value[part + 1]);
        for (int query = 0; query < together; query++) {
            floats weight = f_set(weights[query * SPAN + position]);
            for (int part = 0; part < parts; part++)
                total[query][part] = f_fma(weight, value[part], total[query][part]);
        }
    }
    for (int query = 0; query < together; query++)
        for (int part = 0; part < parts; part++) f_store(mixed + query * head_dim + LANES * part, total[query][part]);
}

ALWAYS_INLINE void mix_queries(const float *weights, const int together, const void *values, const int kind,
                               int64_t stride, int64_t count, float *mixed, int head_dim) {
    const int64_t size = hw_size(kind);
    int index = 0;
    for (; index + 4 * LANES <= head_dim; index += 4 * LANES)
        mix_run(weights, together, (const char *)values + index * size, kind, stride, count, 4, mixed + index,
                head_dim);
    for (; index + LANES <= head_dim; index += LANES)
        mix_run(weights, together, (const char *)values + index * size, kind, stride, count, 1, mixed + index,
                head_dim);
    for (; index < head_dim; index++)
        for (int query = 0; query < together; query++)
            for (int64_t position = 0; position < count; position++)
                mixed[query * head_dim + index] += weights[query * SPAN + position] *
                                                   dense_at(values, kind, position * stride + index);
}

/* Scores or weights of the positions from `at`, times the scales of their keys or values. */
static void scale_run(const hw_span *span, const float *scales, int64_t at, int64_t count) {
    for (int query = 0; query < span->queries; query++) {
        float *scores = span->scores + query * SPAN + at;
        int64_t index = 0;
        for (; index + LANES <= count; index += LANES)
            f_store(scores + index, f_multiply(f_load(scores + index), f_load(scales + index)));
        for (; index < count; index++) scores[index] *= scales[index];
    }
}

/* Scores of one query to weights; what it does not see weighs nothing. */
static void softmax_of(const hw_span *span, int query) {
    const int64_t low = span->first[query] > span->begin ? span->first[query] - span->begin : 0;
    const int64_t high = hw_least(span->limit[query], span->end) - span->begin;
    float *scores = span->scores + query * SPAN;
    span->largest[query] = -INFINITY;
    span->sum[query] = 0;
    if (low >= high) {
        memset(scores, 0, sizeof(float) * SPAN);
        return;
    }
    const float largest = largest_of(scores + low, high - low);
    floats total = f_set(0);
    int64_t index = low;
    for (; index + LANES <= high; index += LANES) {
        floats weight = f_exp(f_subtract(f_load(scores + index), f_set(largest)));
        f_store(scores + index, weight);
        total = f_add(total, weight);
    }
    float sum = f_sum(total);
    for (; index < high; index++) sum += scores[index] = expf(scores[index] - largest);
    memset(scores, 0, sizeof(float) * (size_t)low);
    memset(scores + high, 0, sizeof(float) * (size_t)(SPAN - high));
    span->largest[query] = largest;
    span->sum[query] = sum;
}

ALWAYS_INLINE void attend_kind(const hw_span *span, const int kind) {
    const hw_cache *cache = span->cache;
    const int head_dim = span->head_dim, queries = span->queries;
    for (int64_t at = span->begin, end; at < span->end; at = end) {
        end = end_of_run(cache, at, span->end);
        const void *keys = hw_position(cache, cache->keys, span->head, at);
        score_queries(span, keys, kind, at - span->begin, end - at);
        if (kind == HW_INT8)
            scale_run(span, hw_scale(cache, cache->key_scales, span->head, at), at - span->begin, end - at);
    }
    for (int query = 0; query < queries; query++) softmax_of(span, query);
    memset(span->mixed, 0, sizeof(float) * (size_t)(queries * head_dim));
    for (int64_t at = span->begin, end; at < span->end; at = end) {
        end = end_of_run(cache, at, span->end);
        const void *values = hw_position(cache, cache->values, span->head, at);
        if (kind == HW_INT8)
            scale_run(span, hw_scale(cache, cache->value_scales, span->head, at), at - span->begin, end - at);
        const float *weights = span->scores + (at - span->begin);
        for (int query = 0; query < queries;) {
            float *mixed = span->mixed + query * head_dim;
            const float *of_query = weights + query * SPAN;
            const int together = (int)hw_least(4, queries - query);
            if (together == 4)
                mix_queries(of_query, 4, values, kind, cache->token_stride, end - at, mixed, head_dim);
            else if (together == 3)
                mix_queries(of_query, 3, values, kind, cache->token_stride, end - at, mixed, head_dim);
            else if (together == 2)
                mix_queries(of_query, 2, values, kind, cache->token_stride, end - at, mixed, head_dim);
            else
                mix_queries(of_query, 1, values, kind, cache->token_stride, end - at, mixed, head_dim);
            query += together;
        }
    }
}

static void attend(const hw_span *span) {
    if (span->cache->kind == HW_INT8)
        attend_kind(span, HW_INT8);
    else if (span->cache->kind == HW_BFLOAT16)
        attend_kind(span, HW_BFLOAT16);
    else
        attend_kind(span, HW_FLOAT32);
}
