/* Rate limits: what a message costs, and how long its sender must wait for it. */
#ifndef QLINES_RATE_LIMIT_H
#define QLINES_RATE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

/* So many seconds' worth may come at once, as from a device that was offline. */
#define BURST_SECONDS 5
/* No debt takes longer to pay: a keepalive is often 60 s, and a paused device cannot send one. */
#define MAX_WAIT_SECONDS 20
/* Long texts cost as many points as if they were numbers: a point of JSON has some 20 bytes. */
#define BYTES_PER_POINT 64

/* Pure: charge `amount` to a token bucket that is refilled at `per_second` (0: no limit), and
 * return the microseconds until its sender may send again; 0: at once. `*due_ns` is when all that
 * was charged is paid for, on the clock of `now_us`; 0 for a new bucket. A bucket may be overdrawn,
 * because what has arrived is accepted: the sender waits the longer. */
uint64_t rate_limit_charge(uint64_t *due_ns, uint64_t now_us, uint64_t amount, uint64_t per_second);

/* Pure: return whether a sender whose bucket is due at `due_ns` would have to wait now. */
int rate_limit_is_overdrawn(uint64_t due_ns, uint64_t now_us);

/* Pure: return how many points a payload counts as: one for each colon of its JSON, or for every
 * BYTES_PER_POINT, whichever are more. Parsing it would cost more than all the rest of a message;
 * colons are exact for a flat object of numbers, and too many by two for each {"ts", "values"}. */
uint64_t points_in(const void *payload, size_t bytes);

#endif
