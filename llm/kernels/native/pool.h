/* Threads that wait for work, and the lock under which one piece of work at a time runs. */
#ifndef HOMEWIT_POOL_H
#define HOMEWIT_POOL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*hw_work)(void *argument, int thread, int threads);

/* Between these the caller alone runs work and owns the workspace; other callers wait. */
void hw_enter(void);
void hw_leave(void);

/* Run `work` on `threads` threads, the caller as number 0, and return when all are done. Fewer threads run when the
 * system gives no more. Only between hw_enter and hw_leave. */
void hw_run(hw_work work, void *argument, int threads);

/* Inside work: wait until all of its threads are here. */
void hw_barrier(int threads);

/* `bytes` of scratch memory, aligned to a cache line, valid until hw_leave or the next call; null when there is none. */
void *hw_workspace(size_t bytes);

/* A counter from which threads draw the next piece of a phase; alone in its cache line. */
typedef struct {
    _Alignas(64) atomic_llong next;
} hw_counter;

static inline int64_t hw_draw(hw_counter *counter, int64_t step) {
    return atomic_fetch_add_explicit(&counter->next, step, memory_order_relaxed);
}

#endif
