/* The spool's quota: how large it may grow, and the space that the disk must keep. */
#ifndef QLINES_SPOOL_QUOTA_H
#define QLINES_SPOOL_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/* The databases on the same disk need space to work off what the spool holds:
 * app/qlines/spool/disk_lines.py says why so much. */
#define MIN_RESERVE_BYTES (UINT64_C(64) * 1024 * 1024)
#define MAX_RESERVE_BYTES (UINT64_C(1024) * 1024 * 1024)

struct spool_quota {
    uint64_t limit_bytes;   /* 0: the spool may be as large as the free space beside it */
    uint64_t guard_percent; /* how full the disk may be before old data is deleted */
    uint64_t spool_bytes;   /* of all writers together */
    uint64_t free_bytes;
    uint64_t reserve_bytes; /* of the free bytes, those that messages may not use */
};

/* Pure: return whether `bytes` more may be written. */
bool spool_quota_allows(const struct spool_quota *quota, uint64_t bytes);

/* Pure: return the reserve of a disk of this size. */
uint64_t spool_quota_reserve(uint64_t total_bytes, uint64_t guard_percent);

/* Measure the folders mqtt and http in `spool_folder`, and the free space of their disk. */
void spool_quota_measure(struct spool_quota *quota, const char *spool_folder);

/* Count what was written since the last measurement. */
void spool_quota_add(struct spool_quota *quota, uint64_t bytes);

#endif
