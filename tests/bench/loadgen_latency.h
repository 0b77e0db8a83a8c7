/* The latency of PUBACKs: a histogram with exponential buckets. */
#ifndef LOADGEN_LATENCY_H
#define LOADGEN_LATENCY_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SECOND_US UINT64_C(1000000)
#define LATENCY_STEPS 64 /* per power of two: the error is below 2 % */
#define LATENCY_BUCKETS (LATENCY_STEPS * 40)

static uint64_t latencies[LATENCY_BUCKETS];

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

static size_t bucket_of(uint64_t us) {
    if (us < LATENCY_STEPS)
        return us;
    int shift = 63 - __builtin_clzll(us) - 6; /* 2^6 steps */
    size_t bucket = (size_t)(shift + 1) * LATENCY_STEPS + (size_t)(us >> shift) - LATENCY_STEPS;
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static uint64_t bucket_us(size_t bucket) {
    size_t shift = bucket / LATENCY_STEPS;
    return shift == 0 ? bucket : (bucket % LATENCY_STEPS + LATENCY_STEPS) << (shift - 1);
}

static double percentile_ms(double share) {
    uint64_t total = 0, seen = 0;
    for (size_t i = 0; i < LATENCY_BUCKETS; i++)
        total += latencies[i];
    for (size_t i = 0; i < LATENCY_BUCKETS; i++)
        if ((seen += latencies[i]) > 0 && (double)seen >= share * (double)total)
            return (double)bucket_us(i) / 1000;
    return 0;
}

static void add_latency(uint64_t us) {
    latencies[bucket_of(us)]++;
}

#endif
