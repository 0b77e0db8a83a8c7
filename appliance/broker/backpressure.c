/* Slows the senders when the programs behind the broker lag. */
#include "backpressure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "clock.h"

#define READ_EVERY_US 200000
#define INTERVAL_FREE_US 10    /* 100,000 per second: more than the broker can do anyway */
#define INTERVAL_FELT_US 333   /* 3,000 per second */
#define INTERVAL_LIMIT_US 2000 /* 500 per second */
#define MIN_SLEEP_US 1000
#define MAX_SLEEP_US 20000 /* short, so that the other clients are served in between */
#define MAX_LAG_DIGITS 11  /* of MAX_LAG_MS */
#define MAX_TEXT_BYTES 32

static uint64_t interpolate(uint64_t at, uint64_t from, uint64_t to, uint64_t low, uint64_t high) {
    return low + (high - low) * (at - from) / (to - from);
}

uint64_t backpressure_interval_us(uint64_t lag_ms) {
    if (lag_ms <= LAG_FREE_MS)
        return 0;
    if (lag_ms <= LAG_FELT_MS)
        return interpolate(lag_ms, LAG_FREE_MS, LAG_FELT_MS, INTERVAL_FREE_US, INTERVAL_FELT_US);
    if (lag_ms <= LAG_LIMIT_MS)
        return interpolate(lag_ms, LAG_FELT_MS, LAG_LIMIT_MS, INTERVAL_FELT_US, INTERVAL_LIMIT_US);
    return INTERVAL_LIMIT_US;
}

uint64_t backpressure_wait_us(uint64_t *due_us, uint64_t now_us, uint64_t interval_us) {
    if (interval_us == 0)
        return 0;
    /* Idle time is not credited: only a rate above the allowed one is slowed. */
    if (*due_us < now_us)
        *due_us = now_us;
    uint64_t debt_us = *due_us - now_us;
    if (debt_us > MAX_SLEEP_US) {
        debt_us = MAX_SLEEP_US;
        *due_us = now_us + MAX_SLEEP_US;
    }
    *due_us += interval_us;
    return debt_us >= MIN_SLEEP_US ? debt_us : 0;
}

bool backpressure_parse_lag(const char *text, uint64_t *lag_ms) {
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    uint64_t number;
    if (digits == 0 || digits > MAX_LAG_DIGITS || (*rest != '\0' && strcmp(rest, "\n") != 0) ||
        sscanf(text, "%" SCNu64, &number) != 1 || number > MAX_LAG_MS)
        return false;
    *lag_ms = number;
    return true;
}

void backpressure_init(struct backpressure *backpressure, const char *run_dir) {
    memset(backpressure, 0, sizeof *backpressure);
    snprintf(backpressure->ingest.path, PATH_MAX, "%s/lag/ingest", run_dir);
    snprintf(backpressure->writer.path, PATH_MAX, "%s/lag/writer", run_dir);
}

/* The lag in the file; 0 when it is missing, stale or invalid. */
static uint64_t read_lag_ms(struct lag_file *lag_file) {
    FILE *file = fopen(lag_file->path, "re");
    if (!file)
        return 0;
    char text[MAX_TEXT_BYTES];
    struct stat status;
    uint64_t lag_ms;
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    text[bytes] = '\0';
    bool is_fresh =
        fstat(fileno(file), &status) == 0 && status.st_mtime + LAG_STALE_SECONDS >= time(NULL);
    fclose(file);
    if (!is_fresh)
        return 0;
    if (strlen(text) == bytes && backpressure_parse_lag(text, &lag_ms))
        return lag_ms;
    lag_file->invalid++;
    return 0;
}

void backpressure_refresh(struct backpressure *backpressure) {
    uint64_t now_us = steady_us();
    if (now_us - backpressure->read_at_us < READ_EVERY_US)
        return;
    backpressure->read_at_us = now_us;
    uint64_t ingest_ms = read_lag_ms(&backpressure->ingest);
    uint64_t writer_ms = read_lag_ms(&backpressure->writer);
    backpressure->lag_ms = ingest_ms > writer_ms ? ingest_ms : writer_ms;
    backpressure->interval_us = backpressure_interval_us(backpressure->lag_ms);
}

void backpressure_apply(struct backpressure *backpressure) {
    if (backpressure->interval_us == 0)
        return;
    uint64_t wait_us =
        backpressure_wait_us(&backpressure->due_us, steady_us(), backpressure->interval_us);
    if (wait_us == 0)
        return;
    struct timespec pause = {0, (long)wait_us * 1000};
    backpressure->slowed++;
    nanosleep(&pause, NULL);
}
