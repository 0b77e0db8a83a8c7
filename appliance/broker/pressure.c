/* Slows the senders when the programs behind the broker fall behind. */
#include "pressure.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "clock.h"

#define READ_EVERY_US 200000
#define INTERVAL_EASY_US 10    /* 100,000 a second: more than the broker can do anyway */
#define INTERVAL_HARD_US 333   /* 3,000 a second */
#define INTERVAL_LIMIT_US 2000 /* 500 a second */
#define DEBT_MIN_US 1000
#define DEBT_MAX_US 20000 /* one sleep stays short, so that the others are served meanwhile */

static uint64_t between(uint64_t at, uint64_t from, uint64_t to, uint64_t low, uint64_t high) {
    return low + (high - low) * (at - from) / (to - from);
}

uint64_t pressure_interval_us(uint64_t lag_ms) {
    if (lag_ms <= LAG_EASY_MS)
        return 0;
    if (lag_ms <= LAG_HARD_MS)
        return between(lag_ms, LAG_EASY_MS, LAG_HARD_MS, INTERVAL_EASY_US, INTERVAL_HARD_US);
    if (lag_ms <= LAG_LIMIT_MS)
        return between(lag_ms, LAG_HARD_MS, LAG_LIMIT_MS, INTERVAL_HARD_US, INTERVAL_LIMIT_US);
    return INTERVAL_LIMIT_US;
}

uint64_t pressure_wait_us(uint64_t *due_us, uint64_t now_us, uint64_t interval_us) {
    if (interval_us == 0)
        return 0;
    /* Time in which nobody sent is not saved up: only a rate above the allowed one is slowed. */
    if (*due_us < now_us)
        *due_us = now_us;
    uint64_t debt_us = *due_us - now_us;
    if (debt_us > DEBT_MAX_US) {
        debt_us = DEBT_MAX_US;
        *due_us = now_us + DEBT_MAX_US;
    }
    *due_us += interval_us;
    return debt_us >= DEBT_MIN_US ? debt_us : 0;
}

void pressure_init(struct pressure *pressure, const char *run_dir) {
    memset(pressure, 0, sizeof *pressure);
    snprintf(pressure->ingest_path, sizeof pressure->ingest_path, "%s/lag/ingest", run_dir);
    snprintf(pressure->writer_path, sizeof pressure->writer_path, "%s/lag/writer", run_dir);
}

/* What the file at `path` says, 0 when it is missing, stale or no number. */
static uint64_t read_lag_ms(const char *path) {
    FILE *file = fopen(path, "re");
    unsigned int lag_ms = 0;
    struct stat facts;
    if (!file)
        return 0;
    if (fscanf(file, "%9u", &lag_ms) != 1 || fstat(fileno(file), &facts) != 0 ||
        facts.st_mtime + LAG_STALE_SECONDS < time(NULL))
        lag_ms = 0;
    fclose(file);
    return lag_ms;
}

void pressure_turn(struct pressure *pressure) {
    uint64_t now_us = steady_us();
    if (now_us - pressure->read_at_us < READ_EVERY_US)
        return;
    pressure->read_at_us = now_us;
    uint64_t ingest_ms = read_lag_ms(pressure->ingest_path);
    uint64_t writer_ms = read_lag_ms(pressure->writer_path);
    pressure->lag_ms = ingest_ms > writer_ms ? ingest_ms : writer_ms;
    pressure->interval_us = pressure_interval_us(pressure->lag_ms);
}

void pressure_apply(struct pressure *pressure) {
    if (pressure->interval_us == 0)
        return;
    uint64_t wait_us = pressure_wait_us(&pressure->due_us, steady_us(), pressure->interval_us);
    if (wait_us == 0)
        return;
    struct timespec pause = {0, (long)wait_us * 1000};
    pressure->delayed++;
    nanosleep(&pause, NULL);
}
