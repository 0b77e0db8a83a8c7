/* Rate limits: what a message costs, and how long its sender must wait for it. */
#include "rate_limit.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_SECOND UINT64_C(1000000000)
#define BURST_NS (BURST_SECONDS * NS_PER_SECOND)
#define MAX_OWED_NS (BURST_NS + MAX_WAIT_SECONDS * NS_PER_SECOND)

uint64_t rate_limit_charge(uint64_t *due_ns, uint64_t now_us, uint64_t amount,
                           uint64_t per_second) {
    uint64_t now_ns = now_us * NS_PER_US;
    if (per_second == 0)
        return 0;
    /* Time in which nothing was sent refills the bucket, but never above its size. */
    if (*due_ns < now_ns)
        *due_ns = now_ns;
    *due_ns += amount * NS_PER_SECOND / per_second;
    if (*due_ns > now_ns + MAX_OWED_NS)
        *due_ns = now_ns + MAX_OWED_NS;
    uint64_t owed_ns = *due_ns - now_ns;
    return owed_ns > BURST_NS ? (owed_ns - BURST_NS) / NS_PER_US + 1 : 0;
}

int rate_limit_is_overdrawn(uint64_t due_ns, uint64_t now_us) {
    return due_ns > now_us * NS_PER_US + BURST_NS;
}

uint64_t points_in(const void *payload, size_t bytes) {
    const uint8_t *at = payload;
    uint64_t colons = 0;
    for (size_t i = 0; i < bytes; i++)
        colons += at[i] == ':';
    return colons > bytes / BYTES_PER_POINT ? colons : bytes / BYTES_PER_POINT;
}
