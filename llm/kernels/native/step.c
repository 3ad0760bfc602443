/* A whole step of a dense decoder: new rows of one or several sequences in, final states out, all layers in one call.
 *
 * All threads walk through the layers together. What is shared out ends at a barrier; what is small (norms, rounding to
 * bytes) every thread does for itself, because that is cheaper than another barrier. Each layer has five phases:
 *
 *   1 norm; queries, keys, values   2 attention   3 output   4 norm; gate and up   5 down
 *
 * The residual is one of the small things: every thread keeps its own, and all are equal. */
#include "attention.h"
#include "inputs.h"

enum { PHASES = 5, GATE_PIECE = 64 };

typedef struct {
    const hw_level *level;
    const hw_step *step;
    const hw_model *model;
    hw_counter *counters; /* one for each phase of each layer */
    float *added; /* [rows][width]: what the residual is to grow by */
    float *qkv; /* [rows][widest qkv] */
    float *gated; /* [rows][widest feed-forward] */
    char *partials; /* of the spans of one layer */
    char *own; /* per thread */
    size_t own_bytes;
    int64_t spans; /* of the longest sequence */
} run;

/* One thread's memory. */
typedef struct {
    float *residual; /* [rows][width] */
    float *x; /* [rows][widest input]: a norm's result, or what attention gave */
    char *input; /* its quantized form */
    float *piece; /* [rows][2 * GATE_PIECE] */
    float *key; /* [head_dim] */
    float *cosine, *sine; /* [rows][widest head / 2], for the layer whose frequencies are `turned` */
    const float *turned;
    char *span;
} own;

typedef struct {
    int64_t width, input, qkv, hidden, head_dim, group, heads_dim;
} widest;

static widest widest_of(const hw_model *model) {
    widest most = {.width = model->width, .input = model->width};
    for (int32_t index = 0; index < model->layer_count; index++) {
        const hw_layer *layer = &model->layers[index];
        const int64_t heads_dim = (int64_t)layer->heads * layer->head_dim, group = layer->heads / layer->kv_heads;
        if (heads_dim > most.heads_dim) most.heads_dim = heads_dim;
        if (layer->qkv.rows > most.qkv) most.qkv = layer->qkv.rows;
        if (layer->down.columns > most.hidden) most.hidden = layer->down.columns;
        if (layer->head_dim > most.head_dim) most.head_dim = layer->head_dim;
        if (group > most.group) most.group = group;
    }
    if (most.heads_dim > most.input) most.input = most.heads_dim;
    return most;
}

static size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }
static size_t floats_of(int64_t count) { return rounded(sizeof(float) * (size_t)count); }

static int64_t input_columns(const widest *most) { return most->hidden > most->input ? most->hidden : most->input; }

static size_t own_size(const widest *most, int64_t rows) {
    return floats_of(rows * most->width) + floats_of(rows * most->input) + hw_input_bytes(rows, input_columns(most)) + floats_of(rows * 2 * GATE_PIECE) +
           floats_of(most->head_dim) + 2 * floats_of(rows * most->head_dim) + hw_span_bytes(rows * most->group, (int32_t)most->head_dim);
}

static own own_of(const run *r, int thread) {
    const widest most = widest_of(r->model);
    const int64_t rows = r->step->rows;
    char *at = r->own + (size_t)thread * r->own_bytes;
    own mine;
    mine.residual = (float *)(void *)at, at += floats_of(rows * most.width);
    mine.x = (float *)(void *)at, at += floats_of(rows * most.input);
    mine.input = at, at += hw_input_bytes(rows, input_columns(&most));
    mine.piece = (float *)(void *)at, at += floats_of(rows * 2 * GATE_PIECE);
    mine.key = (float *)(void *)at, at += floats_of(most.head_dim);
    mine.cosine = (float *)(void *)at, at += floats_of(rows * most.head_dim);
    mine.sine = (float *)(void *)at, at += floats_of(rows * most.head_dim);
    mine.turned = NULL;
    mine.span = at;
    return mine;
}

/* The residual takes up what the threads computed together, then gives its norm. */
static void normalize(const run *r, const own *mine, int takes_up, const float *post_norm, const float *norm) {
    const int64_t width = r->model->width;
    for (int64_t row = 0; row < r->step->rows; row++) {
        float *residual = mine->residual + row * width, *x = mine->x + row * width;
        const float *added = r->added + row * width;
        if (post_norm) {
            r->level->rms_norm(added, post_norm, r->model->epsilon, width, x);
            added = x;
        }
        if (takes_up) r->level->add_scaled(added, 1.0f, width, residual);
        r->level->rms_norm(residual, norm, r->model->epsilon, width, x);
    }
}

/* The pieces of a product that this thread draws, into out or onto it. */
static void product(const run *r, const hw_matrix *matrix, const hw_input *input, hw_counter *counter, int threads,
                    float *out) {
    const int64_t piece = hw_piece(matrix, threads);
    for (int64_t begin; (begin = hw_draw(counter, piece)) < matrix->rows;)
        r->level->multiply(matrix, input, begin, hw_least(begin + piece, matrix->rows), out + begin, matrix->rows);
}

/* Cosine and sine of every row's position, kept as long as the layers turn alike. */
static void turn_to(const run *r, const hw_layer *layer, own *mine) {
    const int32_t pairs = layer->rotary / 2;
    if (mine->turned == layer->frequencies) return;
    for (int32_t each = 0; each < r->step->sequence_count; each++) {
        const hw_sequence *sequence = &r->step->sequences[each];
        for (int64_t row = 0; row < sequence->rows; row++) {
            float *cosine = mine->cosine + (sequence->first + row) * pairs;
            float *sine = mine->sine + (sequence->first + row) * pairs;
            for (int32_t pair = 0; pair < pairs; pair++) {
                const float angle = (float)(sequence->start + row) * layer->frequencies[pair];
                cosine[pair] = cosf(angle) * layer->rotary_scale;
                sine[pair] = sinf(angle) * layer->rotary_scale;
            }
        }
    }
    mine->turned = layer->frequencies;
}

/* Norm of a head, if there is one, then its rotation. */
static void place_head(const run *r, const hw_layer *layer, const float *norm, const own *mine, int64_t row, float *head) {
    const int64_t pairs = layer->rotary / 2;
    if (norm) r->level->rms_norm(head, norm, r->model->epsilon, layer->head_dim, head);
    r->level->rotate(head, mine->cosine + row * pairs, mine->sine + row * pairs, pairs);
}

static void store(const run *r, const hw_cache *cache, void *const *pages, int64_t head, int64_t position,
                  const float *from, int64_t head_dim) {
    void *to = hw_position(cache, pages, head, position);
    if (cache->kind == HW_BFLOAT16)
        r->level->narrow(from, head_dim, to);
    else
        memcpy(to, from, sizeof(float) * (size_t)head_dim);
}

/* A row's key and value of one head go into the cache. */
static void append(const run *r, int32_t index, const own *mine, const hw_sequence *sequence, int64_t kv_head,
                   int64_t row) {
    const hw_layer *layer = &r->model->layers[index];
    const hw_cache *cache = &sequence->layers[index];
    const int64_t head_dim = layer->head_dim, position = sequence->start + row, step_row = sequence->first + row;
    const float *key = r->qkv + step_row * layer->qkv.rows + (layer->heads + kv_head) * head_dim;
    memcpy(mine->key, key, sizeof(float) * (size_t)head_dim);
    place_head(r, layer, layer->key_norm, mine, step_row, mine->key);
    store(r, cache, cache->keys, kv_head, position, mine->key, head_dim);
    store(r, cache, cache->values, kv_head, position, key + layer->kv_heads * head_dim, head_dim);
}

/* One span of one key head of one sequence: its new keys and values are stored, then its queries attend to it. */
static void attend(const run *r, const hw_partials *partials, int32_t index, const own *mine,
                   const hw_sequence *sequence, int64_t kv_head, int64_t span) {
    const hw_layer *layer = &r->model->layers[index];
    const int32_t head_dim = layer->head_dim, group = layer->heads / layer->kv_heads;
    hw_span_memory memory = hw_span_in(mine->span, (int64_t)sequence->rows * group, head_dim);
    for (int64_t row = 0; row < sequence->rows; row++) {
        const int64_t step_row = sequence->first + row;
        float *query = memory.query + row * group * head_dim;
        memcpy(query, r->qkv + step_row * layer->qkv.rows + kv_head * group * head_dim,
               sizeof(float) * (size_t)(group * head_dim));
        for (int32_t head = 0; head < group; head++)
            place_head(r, layer, layer->query_norm, mine, step_row, query + head * head_dim);
        for (int32_t each = 0; each < group * head_dim; each++) query[each] *= layer->softmax_scale;
        if ((sequence->start + row) / SPAN == span) append(r, index, mine, sequence, kv_head, row);
    }
    hw_attend_span(r->level, &sequence->layers[index], &memory, partials, sequence->start, sequence->rows,
                   sequence->first, group, kv_head, span, layer->window);
}

static void attention_phase(const run *r, const hw_partials *partials, int32_t index, const own *mine,
                            hw_counter *counter) {
    const hw_layer *layer = &r->model->layers[index];
    int64_t piece = hw_draw(counter, 1), before = 0;
    for (int32_t each = 0; each < r->step->sequence_count; each++) {
        const hw_sequence *sequence = &r->step->sequences[each];
        const int64_t begin = hw_first_span(sequence->start, layer->window);
        const int64_t spans = hw_end_span(sequence->start, sequence->rows) - begin, pieces = spans * layer->kv_heads;
        for (; piece < before + pieces; piece = hw_draw(counter, 1))
            attend(r, partials, index, mine, sequence, (piece - before) / spans, begin + (piece - before) % spans);
        before += pieces;
    }
}

static void join_phase(const run *r, const hw_partials *partials, const hw_layer *layer, float *out) {
    const int64_t heads_dim = (int64_t)layer->heads * layer->head_dim;
    for (int32_t each = 0; each < r->step->sequence_count; each++) {
        const hw_sequence *sequence = &r->step->sequences[each];
        const int64_t begin = hw_first_span(sequence->start, layer->window);
        const int64_t end = hw_end_span(sequence->start, sequence->rows);
        for (int64_t row = sequence->first; row < sequence->first + sequence->rows; row++)
            hw_join_spans(r->level, partials, row, begin, end, out + row * heads_dim);
    }
}

/* Gate and up rows of the same index by the same thread, so that only their product is written. */
static void gate_phase(const run *r, const hw_layer *layer, const hw_input *input, const own *mine, hw_counter *counter) {
    const int64_t hidden = layer->down.columns, stride = 2 * GATE_PIECE;
    for (int64_t begin; (begin = hw_draw(counter, GATE_PIECE)) < hidden;) {
        const int64_t end = hw_least(begin + GATE_PIECE, hidden);
        r->level->multiply(&layer->gate_up, input, begin, end, mine->piece, stride);
        r->level->multiply(&layer->gate_up, input, hidden + begin, hidden + end, mine->piece + GATE_PIECE, stride);
        for (int64_t row = 0; row < r->step->rows; row++)
            r->level->gate(mine->piece + row * stride, mine->piece + row * stride + GATE_PIECE, end - begin,
                           layer->activation, r->gated + row * hidden + begin);
    }
}

static void run_layer(const run *r, int32_t index, own *mine, hw_counter *counters, int threads) {
    const hw_layer *layer = &r->model->layers[index];
    const int64_t rows = r->step->rows;
    const hw_partials partials = hw_partials_in(r->partials, rows, layer->heads, layer->head_dim, r->spans);
    turn_to(r, layer, mine);
    normalize(r, mine, index > 0, index > 0 ? layer[-1].ffn_post_norm : NULL, layer->mixer_norm);
    hw_input input = hw_prepare(r->level, &layer->qkv, mine->input, mine->x, rows);
    product(r, &layer->qkv, &input, &counters[0], threads, r->qkv);
    hw_barrier(threads);
    attention_phase(r, &partials, index, mine, &counters[1]);
    hw_barrier(threads);
    join_phase(r, &partials, layer, mine->x);
    input = hw_prepare(r->level, &layer->out, mine->input, mine->x, rows);
    product(r, &layer->out, &input, &counters[2], threads, r->added);
    hw_barrier(threads);
    normalize(r, mine, 1, layer->mixer_post_norm, layer->ffn_norm);
    input = hw_prepare(r->level, &layer->gate_up, mine->input, mine->x, rows);
    gate_phase(r, layer, &input, mine, &counters[3]);
    hw_barrier(threads);
    input = hw_prepare(r->level, &layer->down, mine->input, r->gated, rows);
    product(r, &layer->down, &input, &counters[4], threads, r->added);
    hw_barrier(threads);
}

/* The last norm, by one thread: it is all that is left. */
static void leave(const run *r, const own *mine) {
    const hw_step *step = r->step;
    const int64_t width = r->model->width;
    normalize(r, mine, 1, r->model->layers[r->model->layer_count - 1].ffn_post_norm, r->model->norm);
    for (int32_t index = 0; index < step->wanted_count; index++)
        memcpy(step->states + index * width, mine->x + step->wanted[index] * width, sizeof(float) * (size_t)width);
}

static void embed(const run *r, const own *mine) {
    const int64_t width = r->model->width;
    for (int64_t row = 0; row < r->step->rows; row++) {
        float *to = mine->residual + row * width;
        r->level->unpack(&r->model->embedding, r->step->tokens[row], to);
        for (int64_t index = 0; index < width; index++) to[index] *= r->model->embedding_scale;
    }
}

static void work(void *argument, int thread, int threads) {
    const run *r = argument;
    own mine = own_of(r, thread);
    embed(r, &mine);
    for (int32_t index = 0; index < r->model->layer_count; index++)
        run_layer(r, index, &mine, r->counters + PHASES * index, threads);
    if (thread == 0) leave(r, &mine);
}

static int64_t spans_of(const hw_step *step) {
    int64_t most = 0;
    for (int32_t each = 0; each < step->sequence_count; each++) {
        const int64_t spans = hw_end_span(step->sequences[each].start, step->sequences[each].rows);
        if (spans > most) most = spans;
    }
    return most;
}

static size_t partials_of(const hw_model *model, int64_t rows, int64_t spans) {
    size_t most = 0;
    for (int32_t index = 0; index < model->layer_count; index++) {
        const size_t bytes = hw_partial_bytes(rows, model->layers[index].heads, model->layers[index].head_dim, spans);
        if (bytes > most) most = bytes;
    }
    return most;
}

int homewit_step(const hw_step *step) {
    run r = {.level = hw_chosen(), .step = step, .model = step->model, .spans = spans_of(step)};
    const int64_t rows = step->rows;
    const widest most = widest_of(r.model);
    const size_t counter_bytes = sizeof(hw_counter) * (size_t)(PHASES * r.model->layer_count);
    const size_t partial_bytes = partials_of(r.model, rows, r.spans);
    r.own_bytes = own_size(&most, rows);
    hw_enter();
    char *at = hw_workspace(counter_bytes + floats_of(rows * r.model->width) + floats_of(rows * most.qkv) +
                            floats_of(rows * most.hidden) + partial_bytes + r.own_bytes * (size_t)step->threads);
    if (at) {
        r.counters = memset(at, 0, counter_bytes), at += counter_bytes;
        r.added = (float *)(void *)at, at += floats_of(rows * r.model->width);
        r.qkv = (float *)(void *)at, at += floats_of(rows * most.qkv);
        r.gated = (float *)(void *)at, at += floats_of(rows * most.hidden);
        r.partials = at, at += partial_bytes;
        r.own = at;
        hw_run(work, &r, step->threads);
    }
    hw_leave();
    return r.own ? 0 : -1;
}
