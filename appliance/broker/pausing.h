/* Pauses connections: the broker reads nothing from them for a while. */
#ifndef QLINES_PAUSING_H
#define QLINES_PAUSING_H

#include <stdbool.h>
#include <stdint.h>

#include "session_list.h"

struct pausing {
    struct session_list sessions; /* the paused ones */
    uint64_t next_us;             /* no pause is over before that */
};

void pausing_init(struct pausing *pausing);

/* Read nothing more from the session's connection for `wait_us`, from the next pausing_apply on.
 * The kernel then slows the sender down (TCP's flow control); other connections are not affected.
 * Return false when this connection cannot be paused. */
bool pausing_pause(struct pausing *pausing, struct session *session, uint64_t wait_us,
                   uint64_t now_us);

/* Stop reading from the newly paused, and read again from those whose pause is over. Call it in
 * every iteration of the broker's loop: stopping in the middle of one would be in vain, because the
 * broker waits for events again when it has written the acknowledgement. */
void pausing_apply(struct pausing *pausing, uint64_t now_us);

/* Call it before the session is removed. */
void pausing_forget(struct pausing *pausing, struct session *session);

#endif
