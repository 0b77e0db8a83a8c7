/* Slows the senders when the programs behind the broker lag. */
#ifndef QLINES_BACKPRESSURE_H
#define QLINES_BACKPRESSURE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define LAG_FREE_MS 2000    /* up to here no sender is slowed */
#define LAG_FELT_MS 8000    /* from here on 3,000 messages per second are too many */
#define LAG_LIMIT_MS 10000  /* the budget: the lag must stay below */
#define LAG_STALE_SECONDS 5 /* an older file counts as no lag: its program is not running */
#define MAX_LAG_MS (UINT64_C(365) * 24 * 3600 * 1000) /* a larger number is not a lag */

/* Pure: the shortest allowed interval between two messages of all senders together. */
uint64_t backpressure_interval_us(uint64_t lag_ms);

/* Pure: how long to sleep now. `*due_us` is when the next message is due (0 at first); it is moved
 * by one interval. Debts below a millisecond accumulate, because shorter sleeps are inaccurate. */
uint64_t backpressure_wait_us(uint64_t *due_us, uint64_t now_us, uint64_t interval_us);

/* Pure: read a lag file's text: a decimal number up to MAX_LAG_MS and at most one newline, nothing
 * else. Return false for every other text, and leave `*lag_ms` alone. */
bool backpressure_parse_lag(const char *text, uint64_t *lag_ms);

struct lag_file {
    char path[PATH_MAX];
    uint64_t invalid;        /* how often it was read and did not hold a lag */
    uint64_t invalid_logged; /* how many of these are in the log */
};

struct backpressure {
    struct lag_file ingest;
    struct lag_file writer;
    uint64_t lag_ms; /* the larger of the two */
    uint64_t interval_us;
    uint64_t due_us;
    uint64_t read_at_us;
    uint64_t slowed; /* messages after which the broker slept */
};

void backpressure_init(struct backpressure *backpressure, const char *run_dir);

/* Read the lag files of ingest and the writer, at most five times per second. */
void backpressure_refresh(struct backpressure *backpressure);

/* Call it for each message; sleeps when the message came too soon. */
void backpressure_apply(struct backpressure *backpressure);

#endif
