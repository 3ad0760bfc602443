/* What Python and C agree on: the structures and calls of the native kernels.
 *
 * Everything is raw pointers and sizes. Shapes and contents are checked in Python before a call; here nothing is
 * checked again. library.py mirrors each structure and compares the sizes when it loads this library. */
#ifndef HOMEWIT_KERNELS_H
#define HOMEWIT_KERNELS_H

#include <stdint.h>

#if defined(__GNUC__)
#define HOMEWIT_API __attribute__((visibility("default")))
#else
#define HOMEWIT_API
#endif

/* How numbers are stored. Matrices of the last two kinds are packed in panels, see packed_body.h. */
enum { HW_FLOAT32 = 0, HW_BFLOAT16 = 1, HW_INT8 = 2, HW_INT4 = 3 };

enum { HW_SILU = 0, HW_GELU_TANH = 1, HW_GELU = 2 };

/* A weight matrix [rows, columns]; a product with it takes x [*, columns] to [*, rows]. */
typedef struct {
    int32_t kind;
    int32_t group; /* packed kinds: columns per scale, a multiple of 32 */
    int64_t rows;
    int64_t columns;
    const void *data;
    const uint16_t *scale; /* packed kinds: float16 [panels][groups][16] */
    const int8_t *codebook; /* HW_INT4: the 16 values that a nibble stands for */
    const float *bias; /* [rows], or null */
} hw_matrix;

/* Keys and values of one layer of one sequence. The position `origin` + p of head h is at
 * page[p / page_tokens] + h * head_stride + (p % page_tokens) * token_stride, in elements. HW_INT8 has a scale for each
 * head and position, at page[p / page_tokens] + h * scale_stride + p % page_tokens. */
typedef struct {
    void *const *keys;
    void *const *values;
    float *const *key_scales; /* HW_INT8 only */
    float *const *value_scales;
    int64_t origin; /* earlier positions are not held */
    int64_t page_tokens;
    int64_t head_stride;
    int64_t token_stride;
    int64_t scale_stride;
    int32_t kind; /* HW_FLOAT32, HW_BFLOAT16 or HW_INT8 */
} hw_cache;

/* One pre-norm layer: attention with rotary positions, then a gated feed-forward. */
typedef struct {
    hw_matrix qkv, out, gate_up, down;
    const float *mixer_norm, *ffn_norm; /* [width] */
    const float *mixer_post_norm, *ffn_post_norm; /* [width], of what is added to the residual; or null */
    const float *query_norm, *key_norm; /* [head_dim], or null */
    const float *frequencies; /* [rotary / 2]: angle per position of each rotated pair */
    int32_t heads, kv_heads, head_dim;
    int32_t rotary; /* leading values of each head that rotate, halves layout */
    int32_t window; /* positions that a token sees, itself included; 0 is all */
    int32_t activation;
    float softmax_scale;
    float rotary_scale; /* multiplies cosine and sine */
} hw_layer;

typedef struct {
    const hw_layer *layers;
    hw_matrix embedding;
    const float *norm; /* [width], behind the last layer */
    int64_t width;
    int32_t layer_count;
    float epsilon;
    float embedding_scale;
} hw_model;

/* Rows `first` to `first + rows` of a step continue a sequence that holds `start` tokens. */
typedef struct {
    const hw_cache *layers;
    int64_t start;
    int32_t first, rows;
} hw_sequence;

typedef struct {
    const hw_model *model;
    const hw_sequence *sequences;
    const int64_t *tokens; /* [rows] */
    const int32_t *wanted; /* [wanted_count] rows whose final states are wanted */
    float *states; /* [wanted_count][width], behind the last norm */
    int32_t sequence_count, rows, wanted_count, threads;
} hw_step;

/* Which code runs. */
HOMEWIT_API const char *homewit_digest(void);
HOMEWIT_API const char *homewit_levels(void);
HOMEWIT_API const char *homewit_level(void);
HOMEWIT_API int homewit_use(const char *level);
HOMEWIT_API int64_t homewit_sizeof(const char *name);

/* Calls return 0, or -1 when memory for a buffer cannot be had. `kind` is that of the rows beside it. */
HOMEWIT_API int homewit_pack(hw_matrix *into, const void *rows, int32_t kind, int32_t threads);
/* The rows `ids` [count] as dense ones; null is the first `count`. */
HOMEWIT_API int homewit_unpack(const hw_matrix *matrix, const int64_t *ids, int64_t count, void *out, int32_t kind,
                               int32_t threads);
HOMEWIT_API int homewit_multiply(const hw_matrix *matrix, const void *x, int64_t rows, void *out, int32_t kind,
                                 int32_t out_kind, int32_t threads);
/* Only the rows `ids` of the matrix, which ascend: out [rows][count], float32. */
HOMEWIT_API int homewit_multiply_some(const hw_matrix *matrix, const void *x, int64_t rows, const int64_t *ids,
                                      int64_t count, float *out, int32_t kind, int32_t threads);
HOMEWIT_API int homewit_step(const hw_step *step);

/* The small kernels on their own, for tests and measurements; all rows are float32. */
HOMEWIT_API void homewit_rms_norm(const float *x, const float *weight, float epsilon, int64_t rows, int64_t size,
                                  float *out);
HOMEWIT_API void homewit_rotate(float *x, const float *frequencies, int64_t position, int64_t heads, int64_t head_dim,
                                int64_t rotary, float scale);
HOMEWIT_API void homewit_gate(const float *gate, const float *up, int64_t size, int32_t activation, float *out);
HOMEWIT_API int homewit_attend(const hw_cache *cache, const float *query, int64_t start, int64_t rows, int32_t heads,
                               int32_t kv_heads, int32_t head_dim, int32_t window, float scale, float *out,
                               int32_t threads);
HOMEWIT_API int homewit_top(const float *logits, int64_t size, int64_t count, int64_t *ids, float *log_probabilities);
/* Asks for large pages behind an address that begins one; a system without them does nothing. */
HOMEWIT_API void homewit_prefer_large_pages(void *data, int64_t bytes);
/* Reads `bytes` once with the chosen level's widest loads: what memory can give, to compare the rest with. */
HOMEWIT_API double homewit_read(const void *data, int64_t bytes, int32_t threads);

#endif
