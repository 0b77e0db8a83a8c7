/* A thread that syncs written frames to the disk once a second, so that the broker never waits. */
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
    uint64_t oldest;          /* used by the thread only: the first segment not synced yet */
    _Atomic uint64_t current; /* the segment being written to */
    atomic_bool dirty;        /* a frame was written since the last sync */
    atomic_int failed_errno;  /* the last failure, else 0; housekeeping logs it */
};

/* Start the thread, for the segments in `folder` (which must stay valid) with `number` or higher.
 * Return 0 or an errno. */
int syncer_start(struct syncer *syncer, const char *folder, uint64_t number);

/* Call it after a frame was written to the segment `number`. */
static inline void syncer_note(struct syncer *syncer, uint64_t number) {
    atomic_store_explicit(&syncer->current, number, memory_order_relaxed);
    atomic_store_explicit(&syncer->dirty, true, memory_order_release);
}

/* Sync the rest, and end the thread. */
void syncer_stop(struct syncer *syncer);

#endif
