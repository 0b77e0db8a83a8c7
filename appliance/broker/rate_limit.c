/* Rate limits: what a message costs, and how long its sender must wait for it. */
#include "rate_limit.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_SECOND UINT64_C(1000000000)
#define BURST_NS (BURST_SECONDS * NS_PER_SECOND)
#define US_PER_SECOND UINT64_C(1000000)
#define MAX_OWED_NS (BURST_NS + MAX_OWED_SECONDS * NS_PER_SECOND)
#define MAX_DEBT_NS (BURST_NS + MAX_DEBT_SECONDS * NS_PER_SECOND)

uint64_t rate_limit_charge(uint64_t *due_ns, uint64_t now_us, uint64_t amount,
                           uint64_t per_second) {
    uint64_t now_ns = now_us * NS_PER_US;
    if (per_second == 0)
        return 0;
    /* Time in which nothing was sent refills the bucket, but never above its size. */
    if (*due_ns < now_ns)
        *due_ns = now_ns;
    *due_ns += amount * NS_PER_SECOND / per_second;
    if (*due_ns > now_ns + MAX_DEBT_NS)
        *due_ns = now_ns + MAX_DEBT_NS;
    uint64_t owed_ns = *due_ns - now_ns;
    return owed_ns > BURST_NS ? (owed_ns - BURST_NS) / NS_PER_US + 1 : 0;
}

int rate_limit_is_overdrawn(uint64_t due_ns, uint64_t now_us) {
    return due_ns > now_us * NS_PER_US + BURST_NS;
}

int rate_limit_is_exhausted(uint64_t due_ns, uint64_t now_us) {
    return due_ns > now_us * NS_PER_US + MAX_OWED_NS;
}

uint64_t rate_limit_pause_us(uint64_t wait_us, uint64_t keepalive_seconds) {
    uint64_t longest_seconds = MAX_WAIT_SECONDS;
    if (keepalive_seconds != 0 && keepalive_seconds < longest_seconds)
        longest_seconds = keepalive_seconds;
    uint64_t longest_us = longest_seconds * US_PER_SECOND;
    return wait_us < longest_us ? wait_us : longest_us;
}

uint64_t points_in(const void *payload, size_t bytes) {
    const uint8_t *at = payload;
    uint64_t colons = 0;
    for (size_t i = 0; i < bytes; i++)
        colons += at[i] == ':';
    return colons > bytes / BYTES_PER_POINT ? colons : bytes / BYTES_PER_POINT;
}
