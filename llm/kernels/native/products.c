/* One product at a time, for layers that PyTorch runs: x and the result are float32 or bfloat16. */
#include "inputs.h"

typedef struct {
    const hw_level *level;
    const hw_matrix *matrix;
    const void *x;
    void *out;
    hw_input input;
    hw_counter rows_drawn, pieces_drawn;
    const int64_t *ids; /* [id_count] the rows of the matrix that are wanted, or null for all */
    int64_t id_count;
    float *wide; /* [rows][columns], x in float32 */
    char *pieces; /* per thread, float32 [rows][piece] */
    size_t piece_bytes;
    int64_t piece;
    int32_t kind, out_kind; /* of x and of out */
} product;

static void prepare_rows(product *p) {
    const int64_t columns = p->matrix->columns;
    for (int64_t row; (row = hw_draw(&p->rows_drawn, 1)) < p->input.rows;) {
        if (p->kind == HW_BFLOAT16)
            p->level->widen((const uint16_t *)p->x + row * columns, columns, p->wide + row * columns);
        if (hw_is_packed(p->matrix)) hw_quantize_row(p->level, &p->input, row);
    }
}

static void multiply_pieces(product *p, int thread, int threads) {
    const int64_t rows = p->matrix->rows;
    float *narrowed = (float *)(void *)(p->pieces + (size_t)thread * p->piece_bytes);
    for (int64_t begin, end; (begin = hw_draw_rows(&p->pieces_drawn, rows, p->piece, threads, &end)) < rows;) {
        if (p->out_kind == HW_FLOAT32) {
            p->level->multiply(p->matrix, &p->input, begin, end, (float *)p->out + begin, rows);
            continue;
        }
        p->level->multiply(p->matrix, &p->input, begin, end, narrowed, p->piece);
        for (int64_t row = 0; row < p->input.rows; row++)
            p->level->narrow(narrowed + row * p->piece, end - begin, (uint16_t *)p->out + row * rows + begin);
    }
}

/* Neighbours in a panel are computed together. */
static void multiply_some(product *p, int thread) {
    const int packed = hw_is_packed(p->matrix);
    float *panel = (float *)(void *)(p->pieces + (size_t)thread * p->piece_bytes), *out = p->out;
    for (int64_t begin; (begin = hw_draw(&p->pieces_drawn, PANEL)) < p->id_count;) {
        int64_t computed = -1;
        for (int64_t index = begin; index < hw_least(begin + PANEL, p->id_count); index++) {
            const int64_t id = p->ids[index], first = packed ? id / PANEL * PANEL : id;
            const int64_t end = packed ? hw_least(first + PANEL, p->matrix->rows) : id + 1;
            if (first != computed) p->level->multiply(p->matrix, &p->input, first, end, panel, PANEL);
            computed = first;
            for (int64_t row = 0; row < p->input.rows; row++)
                out[row * p->id_count + index] = panel[row * PANEL + (id - first)];
        }
    }
}

static void work(void *argument, int thread, int threads) {
    product *p = argument;
    prepare_rows(p);
    hw_barrier(threads);
    if (p->ids)
        multiply_some(p, thread);
    else
        multiply_pieces(p, thread, threads);
}

static int multiply(product *p, int64_t rows, int32_t threads) {
    const int64_t columns = p->matrix->columns;
    const size_t wide_bytes = p->kind == HW_BFLOAT16 ? (sizeof(float) * (size_t)(rows * columns) + 63) / 64 * 64 : 0;
    const size_t input_bytes = hw_is_packed(p->matrix) ? hw_input_bytes(rows, columns) : 0;
    p->level = hw_chosen();
    p->piece = p->ids ? PANEL : hw_piece(p->matrix);
    p->piece_bytes = p->ids || p->out_kind == HW_BFLOAT16 ? sizeof(float) * (size_t)(rows * p->piece) : 0;
    hw_enter();
    char *memory = hw_workspace(64 + input_bytes + wide_bytes + p->piece_bytes * (size_t)threads);
    if (memory) {
        p->wide = (float *)(void *)(memory + input_bytes);
        p->pieces = memory + input_bytes + wide_bytes;
        p->input = hw_input_in(memory, p->kind == HW_BFLOAT16 ? p->wide : p->x, rows, columns);
        hw_run(work, p, threads);
    }
    hw_leave();
    return memory ? 0 : -1;
}

int homewit_multiply(const hw_matrix *matrix, const void *x, int64_t rows, void *out, int32_t kind, int32_t out_kind,
                     int32_t threads) {
    product p = {.matrix = matrix, .x = x, .out = out, .kind = kind, .out_kind = out_kind};
    return multiply(&p, rows, threads);
}

int homewit_multiply_some(const hw_matrix *matrix, const void *x, int64_t rows, const int64_t *ids, int64_t count,
                          float *out, int32_t kind, int32_t threads) {
    product p = {.matrix = matrix, .x = x, .out = out, .kind = kind, .ids = ids, .id_count = count};
    return multiply(&p, rows, threads);
}

typedef struct {
    const hw_level *level;
    hw_matrix *into;
    const hw_matrix *from;
    const void *rows;
    void *out;
    hw_counter drawn;
    char *scratch; /* per thread */
    size_t scratch_bytes;
    const int64_t *ids;
    int64_t count;
    int32_t kind;
} packing;

static void pack_rows(void *argument, int thread, int threads) {
    packing *p = argument;
    (void)threads;
    for (int64_t row; (row = hw_draw(&p->drawn, PANEL)) < p->count;)
        for (int64_t each = row; each < row + PANEL; each++)
            p->level->pack(p->into, p->rows, p->kind, each, (float *)(void *)(p->scratch + (size_t)thread * p->scratch_bytes));
}

int homewit_pack(hw_matrix *into, const void *rows, int32_t kind, int32_t threads) {
    const int64_t padded = hw_padded(into->columns);
    packing p = {.level = hw_chosen(), .into = into, .rows = rows, .kind = kind, .count = into->rows,
                 .scratch_bytes = (size_t)padded * 5 / 64 * 64 + 64};
    hw_enter();
    p.scratch = hw_workspace(p.scratch_bytes * (size_t)threads);
    if (p.scratch) hw_run(pack_rows, &p, threads);
    hw_leave();
    return p.scratch ? 0 : -1;
}

static void unpack_rows(void *argument, int thread, int threads) {
    packing *p = argument;
    const int64_t columns = p->from->columns;
    float *wide = (float *)(void *)(p->scratch + (size_t)thread * p->scratch_bytes);
    (void)threads;
    for (int64_t first; (first = hw_draw(&p->drawn, PANEL)) < p->count;)
        for (int64_t row = first; row < hw_least(first + PANEL, p->count); row++) {
            const int64_t at = row * columns;
            p->level->unpack(p->from, p->ids ? p->ids[row] : row, p->kind == HW_FLOAT32 ? (float *)p->out + at : wide);
            if (p->kind == HW_BFLOAT16) p->level->narrow(wide, columns, (uint16_t *)p->out + at);
        }
}

int homewit_unpack(const hw_matrix *matrix, const int64_t *ids, int64_t count, void *out, int32_t kind,
                   int32_t threads) {
    packing p = {.level = hw_chosen(), .from = matrix, .out = out, .kind = kind, .ids = ids, .count = count,
                 .scratch_bytes = (size_t)matrix->columns * 4 / 64 * 64 + 64};
    hw_enter();
    p.scratch = hw_workspace(p.scratch_bytes * (size_t)threads);
    if (p.scratch) hw_run(unpack_rows, &p, threads);
    hw_leave();
    return p.scratch ? 0 : -1;
}
