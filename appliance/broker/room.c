/* Whether the spool may grow: the limit, and the space that the disk must keep. */
#include "room.h"

#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "segments.h"

bool room_has(const struct room *room, uint64_t bytes) {
    if (room->free_bytes < FREE_MIN_BYTES + bytes)
        return false;
    uint64_t limit = room->limit_bytes > 0 ? room->limit_bytes : room->free_bytes;
    return room->spool_bytes + bytes <= limit;
}

static uint64_t folder_bytes(const char *spool_folder, const char *writer) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", spool_folder, writer);
    return segments_total_bytes(path);
}

void room_measure(struct room *room, const char *spool_folder) {
    struct statvfs facts;
    room->spool_bytes = folder_bytes(spool_folder, "mqtt") + folder_bytes(spool_folder, "http");
    /* A file system that cannot even be looked at gets nothing written. */
    room->free_bytes = 0;
    if (statvfs(spool_folder, &facts) == 0)
        room->free_bytes = (uint64_t)facts.f_bavail * facts.f_frsize;
}

void room_use(struct room *room, uint64_t bytes) {
    room->spool_bytes += bytes;
    room->free_bytes -= bytes < room->free_bytes ? bytes : room->free_bytes;
}
