/* The files of a spool folder: their names, their sizes, and the newest frame in them. */
#ifndef QLINES_SEGMENTS_H
#define QLINES_SEGMENTS_H

#include <stdint.h>

#define SEGMENT_MAX_BYTES (16u * 1024 * 1024)
#define SEGMENT_NAME_BYTES 25 /* twenty digits, ".seg", zero */

/* The number in a segment's file name, 0 when it is no segment. */
uint64_t segment_number(const char *file_name);

void segment_name(char name[SEGMENT_NAME_BYTES], uint64_t number);

/* The number for the next segment: above every one in `folder`, and above the reader's cursor,
 * because a reader that has come to segment 57 would never look at a new segment 1. */
uint64_t segments_next_number(const char *folder);

/* The time of the newest sound frame in `folder`, 0 when there is none. */
uint64_t segments_newest_time_us(const char *folder);

/* The bytes of all segments in `folder`, 0 when it is not there. */
uint64_t segments_total_bytes(const char *folder);

#endif
