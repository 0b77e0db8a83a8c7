/* A thread that brings written frames to the disk once a second, so that the broker never waits. */
#ifndef QLINES_SYNCER_H
#define QLINES_SYNCER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct syncer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running;
    bool stopping;
    const char *folder;
    uint64_t oldest;          /* the thread's own: the first segment that may not be on the disk */
    _Atomic uint64_t current; /* the segment being written to */
    atomic_bool dirty;        /* something was written since the last turn */
    atomic_int failed_errno;  /* the last failure, 0 when there was none; the broker logs it */
};

/* Sync the segments in `folder` (which must stay valid) from `number` on; 0 or an errno. */
int syncer_start(struct syncer *syncer, const char *folder, uint64_t number);

/* Say that a frame was written to the segment `number`. */
static inline void syncer_note(struct syncer *syncer, uint64_t number) {
    atomic_store_explicit(&syncer->current, number, memory_order_relaxed);
    atomic_store_explicit(&syncer->dirty, true, memory_order_release);
}

/* Sync what is left, and end the thread. */
void syncer_stop(struct syncer *syncer);

#endif
