/* A thread that syncs written frames to the disk once a second, so that the broker never waits.
 *
 * It opens the segments by name and shares no file descriptors with the broker: if threads share
 * them, the kernel counts references at every system call, and mosquitto makes ten per message
 * (measured: 1 of 20 µs).
 */
#include "syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "segments.h"

#define PERIOD_SECONDS 1

static void sync_path(struct syncer *syncer, const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return; /* the reader has published and deleted it */
    if (file < 0 || fdatasync(file) != 0)
        atomic_store(&syncer->failed_errno, errno);
    if (file >= 0)
        close(file);
}

static void sync_segment(struct syncer *syncer, uint64_t number) {
    char path[PATH_MAX];
    char name[SEGMENT_NAME_BYTES];
    segment_name(name, number);
    snprintf(path, sizeof path, "%s/%s", syncer->folder, name);
    sync_path(syncer, path);
}

static void sync_written(struct syncer *syncer) {
    if (!atomic_exchange_explicit(&syncer->dirty, false, memory_order_acquire))
        return;
    uint64_t current = atomic_load_explicit(&syncer->current, memory_order_relaxed);
    sync_path(syncer, syncer->folder);
    for (; syncer->oldest < current; syncer->oldest++)
        sync_segment(syncer, syncer->oldest);
    sync_segment(syncer, current);
}

static void *run(void *argument) {
    struct syncer *syncer = argument;
    /* An old kernel without this call keeps them shared, which is only slower. */
    (void)close_range(3, ~0U, CLOSE_RANGE_UNSHARE);
    pthread_mutex_lock(&syncer->lock);
    while (!syncer->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += PERIOD_SECONDS;
        pthread_cond_timedwait(&syncer->wake, &syncer->lock, &until);
        pthread_mutex_unlock(&syncer->lock);
        sync_written(syncer);
        pthread_mutex_lock(&syncer->lock);
    }
    pthread_mutex_unlock(&syncer->lock);
    return NULL;
}

int syncer_start(struct syncer *syncer, const char *folder, uint64_t number) {
    sigset_t all;
    sigset_t before;
    memset(syncer, 0, sizeof *syncer);
    syncer->folder = folder;
    syncer->oldest = number;
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

void syncer_stop(struct syncer *syncer) {
    if (!syncer->running)
        return;
    pthread_mutex_lock(&syncer->lock);
    syncer->stopping = true;
    pthread_cond_signal(&syncer->wake);
    pthread_mutex_unlock(&syncer->lock);
    pthread_join(syncer->thread, NULL);
    sync_written(syncer); /* what was written during the thread's last sync */
    pthread_cond_destroy(&syncer->wake);
    pthread_mutex_destroy(&syncer->lock);
    syncer->running = false;
}
