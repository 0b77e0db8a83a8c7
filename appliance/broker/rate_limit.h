/* Rate limits: what a message costs, and how long its sender must wait for it. */
#ifndef QLINES_RATE_LIMIT_H
#define QLINES_RATE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

/* So many seconds' worth may come at once, as from a device that was offline. */
#define BURST_SECONDS 5
/* No pause is longer: a keepalive is often 60 s, and a paused device cannot send one. */
#define MAX_WAIT_SECONDS 20
/* Who owes more than pauses can make it pay is disconnected: each connection of a device may send
 * one more message after its pause, and fifty of them would pass any limit. */
#define MAX_OWED_SECONDS 60
/* What is forgiven: nobody is locked out for longer by one message. */
#define MAX_DEBT_SECONDS 3600
/* Long texts cost as many points as if they were numbers: a point of JSON has some 20 bytes. */
#define BYTES_PER_POINT 64

/* Pure: charge `amount` to a token bucket that is refilled at `per_second` (0: no limit), and
 * return the microseconds until all is paid for but the burst; 0: its sender may continue.
 * `*due_ns` is when all that was charged is paid for, on the clock of `now_us`; 0 for a new bucket.
 * A bucket may be overdrawn, because what has arrived is accepted: the sender waits the longer. */
uint64_t rate_limit_charge(uint64_t *due_ns, uint64_t now_us, uint64_t amount, uint64_t per_second);

/* Pure: return whether a sender whose bucket is due at `due_ns` would have to wait now. */
int rate_limit_is_overdrawn(uint64_t due_ns, uint64_t now_us);

/* Pure: return whether a sender owes so much that nothing more is accepted from it now. */
int rate_limit_is_exhausted(uint64_t due_ns, uint64_t now_us);

/* Pure: return how long to pause a connection that has `wait_us` to wait. The broker disconnects
 * one that was not read for 1.5 `keepalive_seconds` (0: no keepalive). */
uint64_t rate_limit_pause_us(uint64_t wait_us, uint64_t keepalive_seconds);

/* Pure: return how many points a payload counts as: one for each colon of its JSON, or for every
 * BYTES_PER_POINT, whichever are more. Parsing it would cost more than all the rest of a message;
 * colons are exact for a flat object of numbers, and too many by two for each {"ts", "values"}. */
uint64_t points_in(const void *payload, size_t bytes);

#endif
