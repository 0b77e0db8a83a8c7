/* Moves the devices to the twin while this side is drained. */
#ifndef QLINES_MOVING_H
#define QLINES_MOVING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define MOVE_STALE_SECONDS 5
#define MAX_MOVED_PER_SECOND 100000

struct plugin_state;

struct moving {
    char path[PATH_MAX];
    uint64_t per_second; /* connections to close; 0: none, the devices stay */
    uint64_t due_us;     /* steady clock: when the next one may be closed */
    uint64_t read_at_us;
};

void moving_init(struct moving *moving, const char *run_dir);

/* Close as many connections of devices as are due now. */
void moving_apply(struct plugin_state *state, uint64_t now_us);

/* Pure: return how many connections may be closed now, and advance `*due_us`. What was not closed
 * in time is made up for by at most a tenth of a second's worth. */
uint64_t moving_due(uint64_t *due_us, uint64_t now_us, uint64_t per_second);

/* Pure: read the file's text, a whole number from 1 to MAX_MOVED_PER_SECOND and at most one
 * newline. Return 0 for every other text. */
uint64_t moving_parse(const char *text);

#endif
