/* The spool's quota: how large it may grow, and the space that the disk must keep. */
#ifndef QLINES_SPOOL_QUOTA_H
#define QLINES_SPOOL_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/* The databases on the same disk need space to work off what the spool holds. */
#define MIN_FREE_BYTES (UINT64_C(64) * 1024 * 1024)

struct spool_quota {
    uint64_t limit_bytes; /* 0: the spool may be as large as the free space beside it */
    uint64_t spool_bytes; /* of all writers together */
    uint64_t free_bytes;
};

/* Pure: return whether `bytes` more may be written. */
bool spool_quota_allows(const struct spool_quota *quota, uint64_t bytes);

/* Measure the folders mqtt and http in `spool_folder`, and the free space of their disk. */
void spool_quota_measure(struct spool_quota *quota, const char *spool_folder);

/* Count what was written since the last measurement. */
void spool_quota_add(struct spool_quota *quota, uint64_t bytes);

#endif
