/* The broker's spool: appends frames to numbered segments, or returns why it cannot. */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "segments.h"

#define MEASURE_EVERY_US 1000000

static int create_folder(const char *path) {
    return mkdir(path, 0750) == 0 || errno == EEXIST ? 0 : errno;
}

static int open_folder(struct spool *spool, const char *data_dir) {
    int length = snprintf(spool->spool_folder, sizeof spool->spool_folder, "%s/spool", data_dir);
    if (length < 0 || (size_t)length + sizeof "/mqtt" + SEGMENT_NAME_BYTES > PATH_MAX)
        return ENAMETOOLONG;
    snprintf(spool->folder_path, sizeof spool->folder_path, "%s/spool/mqtt", data_dir);
    int failure = create_folder(spool->spool_folder);
    if (failure == 0)
        failure = create_folder(spool->folder_path);
    if (failure != 0)
        return failure;
    spool->folder = open(spool->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return spool->folder >= 0 ? 0 : errno;
}

int spool_open(struct spool *spool, const char *data_dir, bool sync_always, uint64_t limit_bytes,
               uint64_t guard_percent, char side) {
    memset(spool, 0, sizeof *spool);
    spool->folder = -1;
    spool->segment = -1;
    spool->sync_always = sync_always;
    spool->times = frame_times_of(side);
    spool->quota.limit_bytes = limit_bytes;
    spool->quota.guard_percent = guard_percent;
    int failure = open_folder(spool, data_dir);
    if (failure == 0 && faccessat(spool->folder, ".", W_OK | X_OK, 0) != 0)
        failure = errno;
    if (failure == 0) {
        spool->next_number = segments_next_number(spool->folder_path);
        spool->last_time_us = segments_last_time_us(spool->folder_path);
    }
    if (failure == 0 && !sync_always)
        failure = syncer_start(&spool->syncer, spool->folder_path, spool->next_number);
    if (failure != 0)
        spool_close(spool);
    return failure;
}

static void retire_segment(struct spool *spool) {
    if (spool->segment >= 0)
        close(spool->segment);
    spool->segment = -1;
}

static bool open_segment(struct spool *spool) {
    char name[SEGMENT_NAME_BYTES];
    segment_name(name, spool->next_number);
    int segment =
        openat(spool->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
    if (segment < 0) {
        spool->failed_errno = errno;
        /* Another writer's file: without a new number every later attempt would fail too. */
        if (errno == EEXIST)
            spool->next_number = segments_next_number(spool->folder_path);
        return false;
    }
    spool->next_number++;
    spool->segment = segment;
    spool->segment_bytes = 0;
    if (spool->sync_always)
        fsync(spool->folder);
    return true;
}

static bool ready_segment(struct spool *spool, size_t length) {
    if (spool->segment >= 0 && spool->segment_bytes + length > MAX_SEGMENT_BYTES)
        retire_segment(spool);
    return spool->segment >= 0 || open_segment(spool);
}

/* Cut off what a failed write left behind. If that fails too, start a new segment: the reader skips
 * the torn tail of every segment but the newest. */
static void undo_write(struct spool *spool) {
    if (ftruncate(spool->segment, (off_t)spool->segment_bytes) != 0)
        retire_segment(spool);
}

static bool write_frame(struct spool *spool, size_t length) {
    ssize_t written;
    do
        written = write(spool->segment, spool->buffer, length);
    while (written < 0 && errno == EINTR);
    if (written == (ssize_t)length && (!spool->sync_always || fdatasync(spool->segment) == 0)) {
        spool->segment_bytes += length;
        return true;
    }
    /* A short write means that the disk is full. */
    spool->failed_errno = written >= 0 && written < (ssize_t)length ? ENOSPC : errno;
    undo_write(spool);
    return false;
}

bool spool_is_full(struct spool *spool, uint64_t bytes) {
    uint64_t now_us = steady_us();
    if (spool->measured_at_us == 0 || now_us - spool->measured_at_us >= MEASURE_EVERY_US) {
        spool_quota_measure(&spool->quota, spool->spool_folder);
        spool->measured_at_us = now_us;
    }
    return !spool_quota_allows(&spool->quota, bytes);
}

/* The reader never deletes the newest segment: a spool that is full because of this one would stay
 * full forever. So an empty segment follows it. */
static void retire_segment_when_full(struct spool *spool) {
    if (spool->segment < 0 || spool->segment_bytes == 0)
        return;
    retire_segment(spool);
    open_segment(spool);
}

enum spool_result spool_append(struct spool *spool, const struct frame *frame) {
    uint64_t time_us = frame_time_after(spool->last_time_us, wall_us(), spool->times);
    size_t length = frame_encode(spool->buffer, time_us, frame);
    if (length == 0) {
        spool->failed_errno = EMSGSIZE;
        return SPOOL_FAILED;
    }
    if (spool_is_full(spool, length)) {
        retire_segment_when_full(spool);
        return SPOOL_FULL;
    }
    if (!ready_segment(spool, length) || !write_frame(spool, length))
        return SPOOL_FAILED;
    if (spool->last_time_us > time_us)
        spool->clock_behind_us = spool->last_time_us - time_us;
    spool->last_time_us = time_us;
    spool_quota_add(&spool->quota, length);
    if (!spool->sync_always)
        syncer_note(&spool->syncer, spool->next_number - 1);
    return SPOOL_WRITTEN;
}

void spool_check_segment(struct spool *spool) {
    struct stat status;
    if (spool->segment >= 0 && fstat(spool->segment, &status) == 0 && status.st_nlink == 0)
        retire_segment(spool);
}

void spool_close(struct spool *spool) {
    retire_segment(spool);
    syncer_stop(&spool->syncer);
    if (spool->folder >= 0)
        close(spool->folder);
    spool->folder = -1;
}
