/* Counts refused connections by address, for one log line per second. */
#ifndef QLINES_REFUSALS_H
#define QLINES_REFUSALS_H

#include <stddef.h>
#include <stdint.h>

#define REFUSAL_ADDRESSES 16 /* shown in a line; all others are counted together */
#define ADDRESS_BYTES 64

struct refusals {
    struct {
        char address[ADDRESS_BYTES];
        uint64_t count;
    } addresses[REFUSAL_ADDRESSES];
    size_t used;
    uint64_t others;
    uint64_t since_line;
};

void refusals_count(struct refusals *refusals, const char *address);

/* Write "10.0.0.5 12, 10.0.0.6 1, others 3" to `line`, return the sum, and reset the counts. */
uint64_t refusals_take(struct refusals *refusals, char *line, size_t line_bytes);

#endif
