/* Sends to devices what the control client orders, and watches what becomes of it. */
#ifndef QLINES_DOWNLINKS_H
#define QLINES_DOWNLINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "control_events.h"
#include "downlink_order.h"
#include "session_list.h"

/* Of one client, sent and not acknowledged. A device works them off one by one; what waits here
 * longer is better off in the registry, where it can be cancelled. */
#define MAX_ON_THE_WAY 20

struct plugin_state;

/* A message of QoS 1 whose acknowledgement the control client wants to know of. */
struct downlink {
    uint64_t tag;
    uint64_t number; /* the broker's; 0 until it has been looked up, a turn of the loop later */
    struct downlink_order order;
    void *payload; /* the order's, copied; NULL once it was looked up */
    struct downlink *next;
};

struct pending_order {
    struct downlink_order order;
    void *payload;
    struct pending_order *next;
};

struct downlinks {
    struct pending_order *first; /* orders since the broker's loop turned */
    struct pending_order **end;
    struct session_list watched; /* the sessions with something on the way; next to look at first */
    struct session_list with_new; /* of these, those with a downlink whose number is 0 */
    uint64_t looked_at_us;
};

void downlinks_init(struct downlinks *downlinks);

/* Take an order, which is obeyed at the end of this turn of the loop. Return false without memory.
 */
bool downlinks_order(struct plugin_state *state, const struct downlink_order *order);

/* At each tick: report what has been delivered, then obey the orders. */
void downlinks_apply(struct plugin_state *state, uint64_t now_us);

/* Report what was on the way to a session that ends. */
void downlinks_end(struct plugin_state *state, struct session *session);

/* Forget all orders and watches: the control client has gone. */
void downlinks_clear(struct plugin_state *state);

#endif
