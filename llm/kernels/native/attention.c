/* See attention.h. */
#include "attention.h"

#include "pool.h"

static size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

size_t hw_partial_bytes(int64_t rows, int32_t heads, int32_t head_dim, int64_t spans) {
    return rounded(sizeof(float) * (size_t)(rows * heads * spans * (head_dim + 2)));
}

hw_partials hw_partials_in(char *memory, int64_t rows, int32_t heads, int32_t head_dim, int64_t spans) {
    float *largest = (float *)(void *)memory;
    const int64_t count = rows * heads * spans;
    return (hw_partials){.largest = largest, .sum = largest + count, .mixed = largest + 2 * count, .spans = spans,
                         .heads = heads, .head_dim = head_dim};
}

size_t hw_span_bytes(int64_t queries, int32_t head_dim) {
    return rounded(sizeof(float) * (size_t)(queries * (2 * head_dim + SPAN + 2)) + 16 * (size_t)queries);
}

hw_span_memory hw_span_in(char *memory, int64_t queries, int32_t head_dim) {
    hw_span_memory parts;
    parts.first = (int64_t *)(void *)memory;
    parts.limit = parts.first + queries;
    parts.query = (float *)(parts.limit + queries);
    parts.mixed = parts.query + queries * head_dim;
    parts.scores = parts.mixed + queries * head_dim;
    parts.largest = parts.scores + queries * SPAN;
    parts.sum = parts.largest + queries;
    return parts;
}

void hw_attend_span(const hw_level *level, const hw_cache *cache, const hw_span_memory *memory,
                    const hw_partials *partials, int64_t start, int64_t rows, int64_t first_row, int32_t group,
                    int64_t kv_head, int64_t span, int32_t window) {
    const int32_t head_dim = partials->head_dim;
    for (int64_t row = 0, query = 0; row < rows; row++)
        for (int32_t head = 0; head < group; head++, query++) {
            memory->limit[query] = start + row + 1;
            memory->first[query] = window && start + row + 1 > window ? start + row + 1 - window : 0;
        }
    const int64_t begin = span * SPAN < cache->origin ? cache->origin : span * SPAN;
    hw_span work = {.cache = cache, .query = memory->query, .first = memory->first, .limit = memory->limit,
                    .begin = begin, .end = hw_least((span + 1) * SPAN, start + rows), .head = kv_head,
                    .queries = (int32_t)rows * group, .head_dim = head_dim, .scores = memory->scores,
                    .largest = memory->largest, .sum = memory->sum, .mixed = memory->mixed};
    level->attend(&work);
    for (int64_t row = 0, query = 0; row < rows; row++)
        for (int32_t head = 0; head < group; head++, query++) {
            const int64_t of_head = (first_row + row) * partials->heads + kv_head * group + head;
            const int64_t at = of_head * partials->spans + span;
            partials->largest[at] = memory->largest[query];
            partials->sum[at] = memory->sum[query];
            memcpy(partials->mixed + at * head_dim, memory->mixed + query * head_dim, sizeof(float) * (size_t)head_dim);
        }
}

void hw_join_spans(const hw_level *level, const hw_partials *partials, int64_t row, int64_t begin, int64_t end,
                   float *out) {
    const int32_t head_dim = partials->head_dim;
    for (int32_t head = 0; head < partials->heads; head++, out += head_dim) {
        const int64_t at = (row * partials->heads + head) * partials->spans;
        float largest = -INFINITY, total = 0;
        for (int64_t span = begin; span < end; span++) largest = fmaxf(largest, partials->largest[at + span]);
        memset(out, 0, sizeof(float) * (size_t)head_dim);
        for (int64_t span = begin; span < end; span++) {
            if (partials->sum[at + span] == 0) continue; /* a span that this row does not see */
            const float weight = expf(partials->largest[at + span] - largest);
            total += weight * partials->sum[at + span];
            level->add_scaled(partials->mixed + (at + span) * head_dim, weight, head_dim, out);
        }
        for (int32_t index = 0; index < head_dim; index++) out[index] /= total;
    }
}

typedef struct {
    const hw_level *level;
    const hw_cache *cache;
    const float *query;
    float *out;
    hw_partials partials;
    char *memory;
    size_t memory_bytes;
    hw_counter spans_drawn, rows_drawn;
    int64_t start, rows, first_span, end_span;
    int32_t kv_heads, window;
    float scale;
} attention;

static void work(void *argument, int thread, int threads) {
    attention *a = argument;
    const int32_t heads = a->partials.heads, head_dim = a->partials.head_dim, group = heads / a->kv_heads;
    const int64_t spans = a->end_span - a->first_span;
    hw_span_memory memory = hw_span_in(a->memory + (size_t)thread * a->memory_bytes, a->rows * group, head_dim);
    for (int64_t piece; (piece = hw_draw(&a->spans_drawn, 1)) < spans * a->kv_heads;) {
        const int64_t kv_head = piece / spans, span = a->first_span + piece % spans;
        float *to = memory.query;
        for (int64_t row = 0; row < a->rows; row++)
            for (int32_t index = 0; index < group * head_dim; index++)
                *to++ = a->query[(row * heads + kv_head * group) * head_dim + index] * a->scale;
        hw_attend_span(a->level, a->cache, &memory, &a->partials, a->start, a->rows, 0, group, kv_head, span, a->window);
    }
    hw_barrier(threads);
    for (int64_t row; (row = hw_draw(&a->rows_drawn, 1)) < a->rows;)
        hw_join_spans(a->level, &a->partials, row, a->first_span, a->end_span, a->out + row * heads * head_dim);
}

int homewit_attend(const hw_cache *cache, const float *query, int64_t start, int64_t rows, int32_t heads,
                   int32_t kv_heads, int32_t head_dim, int32_t window, float scale, float *out, int32_t threads) {
    attention a = {.level = hw_chosen(), .cache = cache, .query = query, .out = out, .start = start, .rows = rows,
                   .first_span = hw_first_span(start, window), .end_span = hw_end_span(start, rows),
                   .kv_heads = kv_heads, .window = window, .scale = scale};
    const size_t partial_bytes = hw_partial_bytes(rows, heads, head_dim, a.end_span);
    a.memory_bytes = hw_span_bytes(rows * (heads / kv_heads), head_dim);
    hw_enter();
    char *memory = hw_workspace(partial_bytes + a.memory_bytes * (size_t)threads);
    if (memory) {
        a.partials = hw_partials_in(memory, rows, heads, head_dim, a.end_span);
        a.memory = memory + partial_bytes;
        hw_run(work, &a, threads);
    }
    hw_leave();
    return memory ? 0 : -1;
}
