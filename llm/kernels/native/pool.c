/* A persistent pool: work comes every few milliseconds and its phases last microseconds, so threads first spin and only
 * then sleep. Inside work they only spin and give way, because a sleep would cost more than the phase.
 *
 * A forked child has none of the parent's threads; the pool notices by the process id and starts anew. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_THREADS = 256, SPINS_BEFORE_SLEEP = 20000, SPINS_BEFORE_YIELD = 2000, THREAD_BITS = 16 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static struct {
    hw_work work;
    void *argument;
    int started; /* threads of the pool, without the caller */
    pid_t process;
    char *scratch;
    size_t scratch_bytes;
    uint64_t seen_at_start[MOST_THREADS];
} pool;

/* The number of the present piece of work, and how many threads it has, in one word: a thread that is not among them
 * must not look at the rest, which may already belong to the next piece. */
static _Alignas(64) _Atomic uint64_t order;
static _Alignas(64) atomic_int sleepers;
static _Alignas(64) atomic_int running;
static _Alignas(64) atomic_int arrived;
static _Alignas(64) atomic_uint barrier_round;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline int threads_of(uint64_t given) { return (int)(given & ((1u << THREAD_BITS) - 1)); }

/* `sleepers` and `order` are each written before the other is read, so either the sleeper sees the new order or hw_run
 * sees the sleeper. */
static uint64_t wait_for_order(uint64_t seen) {
    for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
        const uint64_t given = atomic_load_explicit(&order, memory_order_acquire);
        if (given != seen) return given;
        pause_briefly();
    }
    pthread_mutex_lock(&sleep_lock);
    atomic_fetch_add(&sleepers, 1);
    uint64_t given;
    while ((given = atomic_load(&order)) == seen) pthread_cond_wait(&wake, &sleep_lock);
    atomic_fetch_sub(&sleepers, 1);
    pthread_mutex_unlock(&sleep_lock);
    return given;
}

static void *serve(void *argument) {
    const int number = (int)(intptr_t)argument;
    uint64_t seen = pool.seen_at_start[number];
    for (;;) {
        seen = wait_for_order(seen);
        if (number >= threads_of(seen)) continue;
        pool.work(pool.argument, number, threads_of(seen));
        atomic_fetch_sub_explicit(&running, 1, memory_order_release);
    }
    return NULL;
}

static void start_threads(int wanted) {
    if (pool.process != getpid()) {
        pool.process = getpid();
        pool.started = 0;
        atomic_store(&sleepers, 0);
        pthread_mutex_init(&sleep_lock, NULL); /* a sleeper may have held it when the process forked */
        pthread_cond_init(&wake, NULL);
    }
    while (pool.started + 1 < wanted && pool.started + 1 < MOST_THREADS) {
        pthread_t thread;
        const int number = pool.started + 1;
        pool.seen_at_start[number] = atomic_load(&order);
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)number) != 0) return;
        pthread_detach(thread);
        pool.started = number;
    }
}

void hw_enter(void) { pthread_mutex_lock(&turn); }
void hw_leave(void) { pthread_mutex_unlock(&turn); }

/* The child of a fork must not inherit a lock that another thread held. */
static void lock_before_fork(void) { pthread_mutex_lock(&turn); }
static void unlock_after_fork(void) { pthread_mutex_unlock(&turn); }

__attribute__((constructor)) static void guard_forks(void) {
    pthread_atfork(lock_before_fork, unlock_after_fork, unlock_after_fork);
}

void hw_run(hw_work work, void *argument, int threads) {
    if (threads > 1) {
        start_threads(threads);
        if (threads > pool.started + 1) threads = pool.started + 1;
    }
    if (threads <= 1) {
        work(argument, 0, 1);
        return;
    }
    pool.work = work;
    pool.argument = argument;
    atomic_store_explicit(&arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&running, threads - 1, memory_order_relaxed);
    const uint64_t number = (atomic_load_explicit(&order, memory_order_relaxed) >> THREAD_BITS) + 1;
    atomic_store(&order, number << THREAD_BITS | (uint64_t)threads);
    if (atomic_load(&sleepers) > 0) {
        pthread_mutex_lock(&sleep_lock);
        pthread_cond_broadcast(&wake);
        pthread_mutex_unlock(&sleep_lock);
    }
    work(argument, 0, threads);
    for (int spin = 0; atomic_load_explicit(&running, memory_order_acquire) > 0; spin++) {
        pause_briefly();
        if (spin >= SPINS_BEFORE_YIELD) sched_yield();
    }
}

void hw_barrier(int threads) {
    if (threads == 1) return;
    const unsigned round = atomic_load_explicit(&barrier_round, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel) == threads - 1) {
        atomic_store_explicit(&arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&barrier_round, round + 1, memory_order_release);
        return;
    }
    for (int spin = 0; atomic_load_explicit(&barrier_round, memory_order_acquire) == round; spin++) {
        pause_briefly();
        if (spin >= SPINS_BEFORE_YIELD) sched_yield();
    }
}

void *hw_workspace(size_t bytes) {
    if (bytes > pool.scratch_bytes) {
        const size_t size = (bytes + bytes / 4 + 63) / 64 * 64;
        free(pool.scratch);
        pool.scratch = aligned_alloc(64, size);
        pool.scratch_bytes = pool.scratch ? size : 0;
    }
    return pool.scratch;
}
