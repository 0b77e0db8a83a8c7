/* The broker's spool: appends frames to numbered segments, or says why it cannot. */
#ifndef QLINES_SPOOL_H
#define QLINES_SPOOL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "room.h"
#include "syncer.h"

enum spool_result {
    SPOOL_WRITTEN = 0,
    SPOOL_FULL,   /* the limit, or the space that must stay free, is reached */
    SPOOL_FAILED, /* the write failed: see failed_errno */
};

struct spool {
    char spool_folder[PATH_MAX]; /* …/spool, holds the folders of all writers */
    char folder_path[PATH_MAX];  /* …/spool/mqtt */
    int folder;
    int segment;          /* -1: the next frame opens one */
    uint64_t next_number; /* of the segment after it */
    uint64_t segment_bytes;
    uint64_t last_time_us;
    uint64_t measured_at_us; /* steady clock */
    bool sync_always;
    int failed_errno;
    struct room room;
    struct syncer syncer;
    uint8_t buffer[FRAME_MAX_BYTES];
};

/* Make the folder and find the next number and time; 0 or an errno. */
int spool_open(struct spool *spool, const char *data_dir, bool sync_always, uint64_t limit_bytes);

/* Append one frame with the next time; when this returns SPOOL_WRITTEN the kernel has all of it,
 * and with `sync_always` the disk too. */
enum spool_result spool_append(struct spool *spool, const struct frame *frame);

/* Whether a frame of this size would be refused. */
bool spool_is_full(struct spool *spool, uint64_t bytes);

/* Once a second: notice a segment that was deleted under us. */
void spool_turn(struct spool *spool);

void spool_close(struct spool *spool);

#endif
