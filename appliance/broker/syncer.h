/* A thread that brings written frames to the disk once a second, so that the broker never waits. */
#ifndef QLINES_SYNCER_H
#define QLINES_SYNCER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define SYNCER_RETIRED_MAX 64

struct syncer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running;
    bool stopping;
    int folder;                      /* its directory entries are synced with the segments */
    int current;                     /* borrowed from the spool, -1 when there is none */
    int retired[SYNCER_RETIRED_MAX]; /* owned: synced, then closed */
    int retired_count;
    atomic_bool dirty;
    atomic_int failed_errno; /* the last failure, 0 when there was none; the broker logs it */
};

/* 0 or an errno. */
int syncer_start(struct syncer *syncer, int folder);

/* Say which segment is being written to now; the one before it must be retired, not closed. */
void syncer_follow(struct syncer *syncer, int segment);

/* Hand over a segment that is complete: it is synced and closed. */
void syncer_retire(struct syncer *syncer, int segment);

/* Sync what is left, and end the thread. */
void syncer_stop(struct syncer *syncer);

#endif
