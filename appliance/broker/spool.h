/* The broker's spool: appends frames to numbered segments, or returns why it cannot. */
#ifndef QLINES_SPOOL_H
#define QLINES_SPOOL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "spool_quota.h"
#include "syncer.h"

enum spool_result {
    SPOOL_WRITTEN = 0,
    SPOOL_FULL,   /* the quota, or the space that must stay free, is used up */
    SPOOL_FAILED, /* the write failed: see failed_errno */
};

struct spool {
    char spool_folder[PATH_MAX]; /* …/spool, with the folders of all writers */
    char folder_path[PATH_MAX];  /* …/spool/mqtt */
    int folder;
    int segment;          /* -1: the next frame opens one */
    uint64_t next_number; /* of the segment that is opened next */
    uint64_t segment_bytes;
    uint64_t last_time_us; /* of the last frame */
    struct frame_times times;
    uint64_t clock_behind_us; /* > 0: the clock stepped back so far; housekeeping logs it */
    uint64_t measured_at_us;  /* steady clock */
    bool sync_always;
    int failed_errno; /* of the last failure */
    struct spool_quota quota;
    struct syncer syncer;
    uint8_t buffer[MAX_FRAME_BYTES];
};

/* Create the folder, and continue after its last segment and frame. Return 0 or an errno. */
int spool_open(struct spool *spool, const char *data_dir, bool sync_always, uint64_t limit_bytes,
               uint64_t guard_percent, char side);

/* Append one frame. After SPOOL_WRITTEN the kernel has all of it, and with `sync_always` the disk
 * too. */
enum spool_result spool_append(struct spool *spool, const struct frame *frame);

/* Return whether a frame of this size would be refused. */
bool spool_is_full(struct spool *spool, uint64_t bytes);

/* Close the segment when its file was deleted by hand. Call it once a second. */
void spool_check_segment(struct spool *spool);

void spool_close(struct spool *spool);

#endif
