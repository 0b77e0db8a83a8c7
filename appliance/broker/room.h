/* Whether the spool may grow: the limit, and the space that the disk must keep. */
#ifndef QLINES_ROOM_H
#define QLINES_ROOM_H

#include <stdbool.h>
#include <stdint.h>

/* The databases beside the spool need room to work off what it holds. */
#define FREE_MIN_BYTES (UINT64_C(64) * 1024 * 1024)

struct room {
    uint64_t limit_bytes; /* 0: as much as is free beside it, half of what was free at first */
    uint64_t spool_bytes; /* of all writers together */
    uint64_t free_bytes;
};

/* Pure: whether `bytes` more may be written. */
bool room_has(const struct room *room, uint64_t bytes);

/* Look at the folders mqtt and http below `spool_folder` and at their file system. */
void room_measure(struct room *room, const char *spool_folder);

/* Count what was written since the last measurement. */
void room_use(struct room *room, uint64_t bytes);

#endif
