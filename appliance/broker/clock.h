/* Two clocks: wall time for frames and expiry, steady time for intervals. */
#ifndef QLINES_CLOCK_H
#define QLINES_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_read_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Microseconds since 1970, UTC; it may jump. */
static inline uint64_t wall_us(void) {
    return clock_read_us(CLOCK_REALTIME);
}

/* Microseconds since an arbitrary moment; it never jumps. */
static inline uint64_t steady_us(void) {
    return clock_read_us(CLOCK_MONOTONIC);
}

#endif
