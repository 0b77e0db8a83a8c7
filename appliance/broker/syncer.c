/* A thread that brings written frames to the disk once a second, so that the broker never waits. */
#include "syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_SECONDS 1

static void sync_file(struct syncer *syncer, int file) {
    if (file >= 0 && fdatasync(file) != 0)
        atomic_store(&syncer->failed_errno, errno);
}

/* Take the work of this turn under the lock; the slow part then runs without it. */
static int take_work(struct syncer *syncer, int *segment, int retired[SYNCER_RETIRED_MAX]) {
    /* A copy of the descriptor, because the spool may retire and close its own meanwhile. */
    *segment = atomic_exchange(&syncer->dirty, false) && syncer->current >= 0
                   ? fcntl(syncer->current, F_DUPFD_CLOEXEC, 0)
                   : -1;
    int count = syncer->retired_count;
    memcpy(retired, syncer->retired, (size_t)count * sizeof *retired);
    syncer->retired_count = 0;
    return count;
}

static void turn(struct syncer *syncer) {
    int segment;
    int retired[SYNCER_RETIRED_MAX];
    int count = take_work(syncer, &segment, retired);
    pthread_mutex_unlock(&syncer->lock);
    for (int i = 0; i < count; i++) {
        sync_file(syncer, retired[i]);
        close(retired[i]);
    }
    if (count > 0 || segment >= 0)
        sync_file(syncer, syncer->folder);
    if (segment >= 0) {
        sync_file(syncer, segment);
        close(segment);
    }
    pthread_mutex_lock(&syncer->lock);
}

static void *run(void *argument) {
    struct syncer *syncer = argument;
    pthread_mutex_lock(&syncer->lock);
    while (!syncer->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += PERIOD_SECONDS;
        pthread_cond_timedwait(&syncer->wake, &syncer->lock, &until);
        turn(syncer);
    }
    turn(syncer); /* what was retired during the last one */
    pthread_mutex_unlock(&syncer->lock);
    return NULL;
}

int syncer_start(struct syncer *syncer, int folder) {
    sigset_t all;
    sigset_t before;
    memset(syncer, 0, sizeof *syncer);
    syncer->folder = folder;
    syncer->current = -1;
    pthread_mutex_init(&syncer->lock, NULL);
    pthread_cond_init(&syncer->wake, NULL);
    /* The broker handles its signals in its own thread. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&syncer->thread, NULL, run, syncer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    syncer->running = failure == 0;
    return failure;
}

void syncer_follow(struct syncer *syncer, int segment) {
    pthread_mutex_lock(&syncer->lock);
    syncer->current = segment;
    pthread_mutex_unlock(&syncer->lock);
}

void syncer_retire(struct syncer *syncer, int segment) {
    pthread_mutex_lock(&syncer->lock);
    syncer->current = -1;
    bool full = syncer->retired_count == SYNCER_RETIRED_MAX;
    if (!full)
        syncer->retired[syncer->retired_count++] = segment;
    pthread_mutex_unlock(&syncer->lock);
    if (full) {
        /* A gigabyte is waiting for the disk: now the broker has to wait with it. */
        sync_file(syncer, segment);
        close(segment);
    }
}

void syncer_stop(struct syncer *syncer) {
    if (!syncer->running)
        return;
    pthread_mutex_lock(&syncer->lock);
    syncer->stopping = true;
    pthread_cond_signal(&syncer->wake);
    pthread_mutex_unlock(&syncer->lock);
    pthread_join(syncer->thread, NULL);
    pthread_cond_destroy(&syncer->wake);
    pthread_mutex_destroy(&syncer->lock);
    syncer->running = false;
}
