/* Counts refused connections by address, for one log line per second. */
#include "refusals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void refusals_count(struct refusals *refusals, const char *address) {
    if (!address)
        address = "unknown";
    refusals->since_line++;
    for (size_t i = 0; i < refusals->used; i++)
        if (strncmp(refusals->addresses[i].address, address, ADDRESS_BYTES - 1) == 0) {
            refusals->addresses[i].count++;
            return;
        }
    if (refusals->used == REFUSAL_ADDRESSES) {
        refusals->others++;
        return;
    }
    snprintf(refusals->addresses[refusals->used].address, ADDRESS_BYTES, "%s", address);
    refusals->addresses[refusals->used++].count = 1;
}

static size_t add(char *line, size_t at, size_t line_bytes, const char *name, uint64_t count) {
    int length =
        snprintf(line + at, line_bytes - at, "%s%s %" PRIu64, at > 0 ? ", " : "", name, count);
    if (length < 0 || (size_t)length >= line_bytes - at)
        return line_bytes - 1;
    return at + (size_t)length;
}

uint64_t refusals_take(struct refusals *refusals, char *line, size_t line_bytes) {
    uint64_t total = refusals->since_line;
    size_t at = 0;
    line[0] = '\0';
    for (size_t i = 0; i < refusals->used && at < line_bytes - 1; i++)
        at =
            add(line, at, line_bytes, refusals->addresses[i].address, refusals->addresses[i].count);
    if (refusals->others > 0 && at < line_bytes - 1)
        add(line, at, line_bytes, "others", refusals->others);
    memset(refusals, 0, sizeof *refusals);
    return total;
}
