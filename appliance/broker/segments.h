/* The segments of a spool folder: their names, their sizes, and the last frame in them. */
#ifndef QLINES_SEGMENTS_H
#define QLINES_SEGMENTS_H

#include <stdint.h>

#define MAX_SEGMENT_BYTES (16u * 1024 * 1024)
#define SEGMENT_NAME_BYTES 25 /* twenty digits, ".seg", zero */

/* The number in a segment's file name; 0 for any other file. */
uint64_t segment_number(const char *file_name);

void segment_name(char name[SEGMENT_NAME_BYTES], uint64_t number);

/* The number for the next segment: above every segment in `folder`, and above the reader's cursor,
 * because a reader whose cursor is in segment 57 ignores a new segment 1. */
uint64_t segments_next_number(const char *folder);

/* The time of the last valid frame in `folder`; 0 without frames. */
uint64_t segments_last_time_us(const char *folder);

/* The bytes of all segments in `folder`; 0 when it does not exist. */
uint64_t segments_total_bytes(const char *folder);

#endif
