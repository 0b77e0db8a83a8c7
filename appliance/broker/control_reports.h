/* Reports to the control client: sessions, what became of its orders, requests of devices.
 *
 * One that reads slowly costs no memory: while more than MAX_WAITING packets wait for it, changed
 * sessions wait in their list, results are collected, and requests are dropped. One that is more
 * than MAX_BEHIND events and results behind is disconnected; it connects again and is greeted. */
#ifndef QLINES_CONTROL_REPORTS_H
#define QLINES_CONTROL_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control_events.h"

#define MAX_WAITING 100
#define MAX_BEHIND 5000

struct plugin_state;
struct session;

/* Report the session's filters at the next tick, if they or the connection are news. */
void control_session_changed(struct plugin_state *state, struct session *session);

void control_session_ended(struct plugin_state *state, struct session *session);

/* Say what became of an order; of one with the tag 0 nobody wants to know. */
void control_result(struct plugin_state *state, uint64_t tag, enum downlink_result result);

/* Return whether few results wait for the client: else what can wait is better not looked for. */
bool control_has_room(const struct plugin_state *state);

/* Pass on what a device asks. Return false when the request is dropped, because nobody listens. */
bool control_request(struct plugin_state *state, struct session *session, const char *topic,
                     const void *payload, size_t payload_bytes);

/* Pass on what a connection without a token asks. Return false likewise. */
bool control_provision(struct plugin_state *state, const char *client_id, const char *address,
                       const void *payload, size_t payload_bytes);

/* At each tick, after the orders were obeyed: greet, send the results, report sessions. */
void control_apply(struct plugin_state *state);

#endif
