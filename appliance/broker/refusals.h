/* Counts the connections that were refused, by address, for one log line a second. */
#ifndef QLINES_REFUSALS_H
#define QLINES_REFUSALS_H

#include <stddef.h>
#include <stdint.h>

#define REFUSAL_ADDRESSES 16 /* a line shows no more; the rest is counted together */
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

/* Write "10.0.0.5 12, 10.0.0.6 1, others 3" to `line` and start again; 0 when none was refused. */
uint64_t refusals_take(struct refusals *refusals, char *line, size_t line_bytes);

#endif
