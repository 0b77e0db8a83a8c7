/* Slows the senders when the programs behind the broker fall behind. */
#ifndef QLINES_PRESSURE_H
#define QLINES_PRESSURE_H

#include <limits.h>
#include <stdint.h>

#define LAG_EASY_MS 2000    /* up to here nobody is slowed */
#define LAG_HARD_MS 8000    /* from here on a rate of 3,000 messages a second feels it */
#define LAG_LIMIT_MS 10000  /* what must not be passed */
#define LAG_STALE_SECONDS 5 /* older news mean nothing: the program that wrote them is away */

/* Pure: the least time between two messages, so that the rate cannot be above its inverse. */
uint64_t pressure_interval_us(uint64_t lag_ms);

/* Pure: how long to wait now. `*due_us` is when the next message is due (0 at first), moved on by
 * one interval. Debts below a millisecond are let run up, because a shorter sleep is no sleep. */
uint64_t pressure_wait_us(uint64_t *due_us, uint64_t now_us, uint64_t interval_us);

struct pressure {
    char ingest_path[PATH_MAX];
    char writer_path[PATH_MAX];
    uint64_t lag_ms;
    uint64_t interval_us;
    uint64_t due_us;
    uint64_t read_at_us;
    uint64_t delayed; /* messages after which the broker slept */
};

void pressure_init(struct pressure *pressure, const char *run_dir);

/* Read the lag that ingest and the writer report; does so five times a second at the most. */
void pressure_turn(struct pressure *pressure);

/* Call it for each message; sleeps when it is due. */
void pressure_apply(struct pressure *pressure);

#endif
