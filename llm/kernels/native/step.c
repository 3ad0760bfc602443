/* A whole step of a dense decoder: new rows of one or several sequences in, final states out, all layers in one call.
 *
 * All threads walk through the layers together, and what is shared out ends at a barrier. Each layer has six phases:
 *
 *   1 norm; queries, keys, values   2 rotation, and keys and values into the cache   3 attention
 *   4 output   5 norm; gate and up   6 down
 *
 * Norms and rounding to bytes come before a product. With few rows every thread does them for itself, the residual
 * included, because that is cheaper than another barrier; with many rows each thread does its share of them. */
#include "attention.h"
#include "inputs.h"

enum { PHASES = 6, GATE_PIECE = 64, FEW_ROWS = 3 };

typedef struct {
    const hw_level *level;
    const hw_step *step;
    const hw_model *model;
    hw_counter *counters; /* one for each phase of each layer */
    float *added; /* [rows][width]: what the residual is to grow by */
    float *qkv; /* [rows][widest qkv] */
    float *gated; /* [rows][widest feed-forward] */
    char *partials; /* of the spans of one layer */
    char *rows_memory; /* a row_set for all threads, or one for each */
    char *own; /* per thread */
    size_t row_set_bytes, own_bytes;
    int64_t spans; /* of the longest sequence */
    int shared; /* whether the row_set is one for all */
} run;

/* What a thread keeps of the rows, or all threads together. */
typedef struct {
    float *residual; /* [rows][width] */
    float *x; /* [rows][widest input]: a norm's result, or what attention gave */
    char *input; /* its quantized form */
} row_set;

/* One thread's memory, and the rows [first, last) that are its affair. */
typedef struct {
    row_set rows;
    int64_t first, last;
    float *piece; /* [rows][2 * GATE_PIECE] */
    float *cosine, *sine; /* [rows][widest head / 2], for the layer whose frequencies are `turned` */
    const float *turned;
    char *span;
    int threads;
} own;

typedef struct {
    int64_t width, input, columns, qkv, hidden, head_dim, group;
} widest;

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static widest widest_of(const hw_model *model) {
    widest most = {.width = model->width, .input = model->width};
    for (int32_t index = 0; index < model->layer_count; index++) {
        const hw_layer *layer = &model->layers[index];
        most.input = larger(most.input, (int64_t)layer->heads * layer->head_dim);
        most.qkv = larger(most.qkv, layer->qkv.rows);
        most.hidden = larger(most.hidden, layer->down.columns);
        most.head_dim = larger(most.head_dim, layer->head_dim);
        most.group = larger(most.group, layer->heads / layer->kv_heads);
    }
    most.columns = larger(most.input, most.hidden);
    return most;
}

static size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }
static size_t floats_of(int64_t count) { return rounded(sizeof(float) * (size_t)count); }

static size_t row_set_size(const widest *most, int64_t rows) {
    return floats_of(rows * most->width) + floats_of(rows * most->input) + hw_input_bytes(rows, most->columns);
}

static row_set row_set_in(char *at, const widest *most, int64_t rows) {
    row_set set = {.residual = (float *)(void *)at};
    set.x = (float *)(void *)(at += floats_of(rows * most->width));
    set.input = at + floats_of(rows * most->input);
    return set;
}

static size_t own_size(const widest *most, int64_t rows) {
    return floats_of(rows * 2 * GATE_PIECE) + 2 * floats_of(rows * most->head_dim) +
           hw_span_bytes(hw_least(rows, ROW_BLOCK) * most->group, (int32_t)most->head_dim);
}

static own own_of(const run *r, int thread, int threads) {
    const widest most = widest_of(r->model);
    const int64_t rows = r->step->rows;
    char *at = r->own + (size_t)thread * r->own_bytes;
    own mine = {.first = 0, .last = rows, .turned = NULL, .threads = threads};
    if (r->shared) {
        mine.first = rows * thread / threads;
        mine.last = rows * (thread + 1) / threads;
    }
    mine.rows = row_set_in(r->rows_memory + (r->shared ? 0 : (size_t)thread * r->row_set_bytes), &most, rows);
    mine.piece = (float *)(void *)at, at += floats_of(rows * 2 * GATE_PIECE);
    mine.cosine = (float *)(void *)at, at += floats_of(rows * most.head_dim);
    mine.sine = (float *)(void *)at, at += floats_of(rows * most.head_dim);
    mine.span = at;
    return mine;
}

/* The form of x that `matrix` multiplies with, once every row is there. */
static hw_input prepared(const run *r, const own *mine, const hw_matrix *matrix, const float *x) {
    hw_input input = hw_input_in(mine->rows.input, x, r->step->rows, matrix->columns);
    if (hw_is_packed(matrix))
        for (int64_t row = mine->first; row < mine->last; row++) hw_quantize_row(r->level, &input, row);
    if (r->shared) hw_barrier(mine->threads);
    return input;
}

/* The residual takes up what the threads computed together, then gives its norm. */
static void normalize(const run *r, const own *mine, int takes_up, const float *post_norm, const float *norm) {
    const int64_t width = r->model->width;
    for (int64_t row = mine->first; row < mine->last; row++) {
        float *residual = mine->rows.residual + row * width, *x = mine->rows.x + row * width;
        const float *added = r->added + row * width;
        if (post_norm) {
            r->level->rms_norm(added, post_norm, r->model->epsilon, width, x);
            added = x;
        }
        if (takes_up) r->level->add_scaled(added, 1.0f, width, residual);
        r->level->rms_norm(residual, norm, r->model->epsilon, width, x);
    }
}

/* The pieces of a product that this thread draws. */
static void product(const run *r, const own *mine, const hw_matrix *matrix, const hw_input *input, hw_counter *counter,
                    float *out) {
    const int64_t rows = matrix->rows, most = hw_piece(matrix);
    for (int64_t begin, end; (begin = hw_draw_rows(counter, rows, most, mine->threads, &end)) < rows;)
        r->level->multiply(matrix, input, begin, end, out + begin, rows);
    hw_barrier(mine->threads);
}

/* The sequence that a row of the step belongs to. */
static const hw_sequence *sequence_of(const run *r, int64_t row) {
    const hw_sequence *sequence = r->step->sequences;
    while (row >= sequence->first + sequence->rows) sequence++;
    return sequence;
}

/* Cosine and sine of every row's position, kept as long as the layers turn alike. */
static void turn_to(const run *r, const hw_layer *layer, own *mine) {
    const int32_t pairs = layer->rotary / 2;
    if (mine->turned == layer->frequencies) return;
    for (int64_t row = 0; row < r->step->rows; row++) {
        const hw_sequence *sequence = sequence_of(r, row);
        const float position = (float)(sequence->start + row - sequence->first);
        for (int32_t pair = 0; pair < pairs; pair++) {
            const float angle = position * layer->frequencies[pair];
            mine->cosine[row * pairs + pair] = cosf(angle) * layer->rotary_scale;
            mine->sine[row * pairs + pair] = sinf(angle) * layer->rotary_scale;
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

static void store(const run *r, const hw_cache *cache, void *const *pages, float *const *scales, int64_t head,
                  int64_t position, const float *from, int64_t head_dim) {
    void *to = hw_position(cache, pages, head, position);
    if (cache->kind == HW_INT8)
        *hw_scale(cache, scales, head, position) = r->level->to_bytes(from, head_dim, to);
    else if (cache->kind == HW_BFLOAT16)
        r->level->narrow(from, head_dim, to);
    else
        memcpy(to, from, sizeof(float) * (size_t)head_dim);
}

/* For each row and key head: its queries are placed and scaled, its key is placed, key and value are stored. */
static void place_phase(const run *r, int32_t index, const own *mine, hw_counter *counter) {
    const hw_layer *layer = &r->model->layers[index];
    const int64_t head_dim = layer->head_dim, group = layer->heads / layer->kv_heads;
    for (int64_t piece; (piece = hw_draw(counter, 1)) < r->step->rows * layer->kv_heads;) {
        const int64_t row = piece / layer->kv_heads, kv_head = piece % layer->kv_heads;
        const hw_sequence *sequence = sequence_of(r, row);
        const int64_t position = sequence->start + row - sequence->first;
        const hw_cache *cache = &sequence->layers[index];
        float *queries = r->qkv + row * layer->qkv.rows + kv_head * group * head_dim;
        for (int64_t head = 0; head < group; head++)
            place_head(r, layer, layer->query_norm, mine, row, queries + head * head_dim);
        for (int64_t each = 0; each < group * head_dim; each++) queries[each] *= layer->softmax_scale;
        float *key = r->qkv + row * layer->qkv.rows + (layer->heads + kv_head) * head_dim;
        place_head(r, layer, layer->key_norm, mine, row, key);
        const float *value = key + layer->kv_heads * head_dim;
        store(r, cache, cache->keys, cache->key_scales, kv_head, position, key, head_dim);
        store(r, cache, cache->values, cache->value_scales, kv_head, position, value, head_dim);
    }
    hw_barrier(mine->threads);
}

/* A block of rows of one sequence against one span of one key head. */
static void attend_block(const run *r, const hw_partials *partials, int32_t index, const own *mine,
                         const hw_sequence *sequence, int64_t first, int64_t kv_head, int64_t span) {
    const hw_layer *layer = &r->model->layers[index];
    const int64_t rows = hw_least(ROW_BLOCK, sequence->rows - first);
    const int32_t group = layer->heads / layer->kv_heads, size = group * layer->head_dim;
    hw_span_memory memory = hw_span_in(mine->span, rows * group, layer->head_dim);
    for (int64_t row = 0; row < rows; row++)
        memcpy(memory.query + row * size,
               r->qkv + (sequence->first + first + row) * layer->qkv.rows + kv_head * size, sizeof(float) * (size_t)size);
    hw_attend_span(r->level, &sequence->layers[index], &memory, partials, sequence->start + first, rows,
                   sequence->first + first, group, kv_head, span, layer->window);
}

static void attention_phase(const run *r, const hw_partials *partials, int32_t index, const own *mine,
                            hw_counter *counter) {
    const hw_layer *layer = &r->model->layers[index];
    int64_t piece = hw_draw(counter, 1), before = 0;
    for (int32_t each = 0; each < r->step->sequence_count; each++) {
        const hw_sequence *sequence = &r->step->sequences[each];
        for (int64_t first = 0; first < sequence->rows; first += ROW_BLOCK) {
            const int64_t start = sequence->start + first, rows = hw_least(ROW_BLOCK, sequence->rows - first);
            const int64_t begin = hw_first_span(start, layer->window), spans = hw_end_span(start, rows) - begin;
            for (; piece < before + spans * layer->kv_heads; piece = hw_draw(counter, 1))
                attend_block(r, partials, index, mine, sequence, first, (piece - before) / spans,
                             begin + (piece - before) % spans);
            before += spans * layer->kv_heads;
        }
    }
    hw_barrier(mine->threads);
}

static void join_spans(const run *r, const hw_partials *partials, const hw_layer *layer, const own *mine) {
    const int64_t size = (int64_t)layer->heads * layer->head_dim;
    for (int64_t row = mine->first; row < mine->last; row++) {
        const hw_sequence *sequence = sequence_of(r, row);
        const int64_t position = sequence->start + row - sequence->first;
        hw_join_spans(r->level, partials, row, hw_first_span(position, layer->window), hw_end_span(position, 1),
                      mine->rows.x + row * size);
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
    hw_barrier(mine->threads);
}

static void run_layer(const run *r, int32_t index, own *mine, hw_counter *counters) {
    const hw_layer *layer = &r->model->layers[index];
    const hw_partials partials = hw_partials_in(r->partials, r->step->rows, layer->heads, layer->head_dim, r->spans);
    turn_to(r, layer, mine);
    normalize(r, mine, index > 0, index > 0 ? layer[-1].ffn_post_norm : NULL, layer->mixer_norm);
    hw_input input = prepared(r, mine, &layer->qkv, mine->rows.x);
    product(r, mine, &layer->qkv, &input, &counters[0], r->qkv);
    place_phase(r, index, mine, &counters[1]);
    attention_phase(r, &partials, index, mine, &counters[2]);
    join_spans(r, &partials, layer, mine);
    input = prepared(r, mine, &layer->out, mine->rows.x);
    product(r, mine, &layer->out, &input, &counters[3], r->added);
    normalize(r, mine, 1, layer->mixer_post_norm, layer->ffn_norm);
    input = prepared(r, mine, &layer->gate_up, mine->rows.x);
    gate_phase(r, layer, &input, mine, &counters[4]);
    input = prepared(r, mine, &layer->down, r->gated);
    product(r, mine, &layer->down, &input, &counters[5], r->added);
}

static void embed(const run *r, const own *mine) {
    const int64_t width = r->model->width;
    for (int64_t row = mine->first; row < mine->last; row++) {
        float *to = mine->rows.residual + row * width;
        r->level->unpack(&r->model->embedding, r->step->tokens[row], to);
        for (int64_t index = 0; index < width; index++) to[index] *= r->model->embedding_scale;
    }
}

/* The last norm of the wanted rows, by whoever has them; without sharing that is everybody, so the first does it. */
static void leave(const run *r, const own *mine) {
    const hw_step *step = r->step;
    const int64_t width = r->model->width;
    normalize(r, mine, 1, r->model->layers[r->model->layer_count - 1].ffn_post_norm, r->model->norm);
    for (int32_t index = 0; index < step->wanted_count; index++) {
        const int64_t row = step->wanted[index];
        if (row >= mine->first && row < mine->last)
            memcpy(step->states + index * width, mine->rows.x + row * width, sizeof(float) * (size_t)width);
    }
}

static void work(void *argument, int thread, int threads) {
    const run *r = argument;
    own mine = own_of(r, thread, threads);
    embed(r, &mine);
    for (int32_t index = 0; index < r->model->layer_count; index++)
        run_layer(r, index, &mine, r->counters + PHASES * index);
    if (r->shared || thread == 0) leave(r, &mine);
}

static int64_t spans_of(const hw_step *step) {
    int64_t most = 0;
    for (int32_t each = 0; each < step->sequence_count; each++)
        most = larger(most, hw_end_span(step->sequences[each].start, step->sequences[each].rows));
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
    run r = {.level = hw_chosen(), .step = step, .model = step->model, .spans = spans_of(step),
             .shared = step->rows > FEW_ROWS};
    const int64_t rows = step->rows;
    const widest most = widest_of(r.model);
    const size_t counter_bytes = sizeof(hw_counter) * (size_t)(PHASES * r.model->layer_count);
    const size_t partial_bytes = partials_of(r.model, rows, r.spans), threads = (size_t)step->threads;
    r.row_set_bytes = row_set_size(&most, rows);
    r.own_bytes = own_size(&most, rows);
    hw_enter();
    char *at = hw_workspace(counter_bytes + floats_of(rows * most.width) + floats_of(rows * most.qkv) +
                            floats_of(rows * most.hidden) + partial_bytes +
                            r.row_set_bytes * (r.shared ? 1 : threads) + r.own_bytes * threads);
    if (at) {
        r.counters = memset(at, 0, counter_bytes), at += counter_bytes;
        r.added = (float *)(void *)at, at += floats_of(rows * most.width);
        r.qkv = (float *)(void *)at, at += floats_of(rows * most.qkv);
        r.gated = (float *)(void *)at, at += floats_of(rows * most.hidden);
        r.partials = at, at += partial_bytes;
        r.rows_memory = at, at += r.row_set_bytes * (r.shared ? 1 : threads);
        r.own = at;
        hw_run(work, &r, step->threads);
    }
    hw_leave();
    return r.own ? 0 : -1;
}
