/* The spool's quota: how large it may grow, and the space that the disk must keep. */
#include "spool_quota.h"

#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "segments.h"

bool spool_quota_allows(const struct spool_quota *quota, uint64_t bytes) {
    if (quota->free_bytes < quota->reserve_bytes + bytes)
        return false;
    uint64_t limit = quota->limit_bytes > 0 ? quota->limit_bytes : quota->free_bytes;
    return quota->spool_bytes + bytes <= limit;
}

uint64_t spool_quota_reserve(uint64_t total_bytes, uint64_t guard_percent) {
    uint64_t reserve = total_bytes / 100 * (100 - guard_percent) / 2;
    if (reserve < MIN_RESERVE_BYTES)
        return MIN_RESERVE_BYTES;
    return reserve < MAX_RESERVE_BYTES ? reserve : MAX_RESERVE_BYTES;
}

static uint64_t folder_bytes(const char *spool_folder, const char *writer) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", spool_folder, writer);
    return segments_total_bytes(path);
}

void spool_quota_measure(struct spool_quota *quota, const char *spool_folder) {
    struct statvfs status;
    quota->spool_bytes = folder_bytes(spool_folder, "mqtt") + folder_bytes(spool_folder, "http");
    /* Without an answer nothing is written. */
    quota->free_bytes = 0;
    quota->reserve_bytes = MAX_RESERVE_BYTES;
    if (statvfs(spool_folder, &status) != 0)
        return;
    quota->free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    quota->reserve_bytes =
        spool_quota_reserve((uint64_t)status.f_blocks * status.f_frsize, quota->guard_percent);
}

void spool_quota_add(struct spool_quota *quota, uint64_t bytes) {
    quota->spool_bytes += bytes;
    quota->free_bytes -= bytes < quota->free_bytes ? bytes : quota->free_bytes;
}
