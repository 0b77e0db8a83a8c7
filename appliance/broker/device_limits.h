/* Limits that protect neighbours: a device, or an owner's devices together, that send too much are
 * slowed, and nothing that was acknowledged is ever dropped for it. */
#ifndef QLINES_DEVICE_LIMITS_H
#define QLINES_DEVICE_LIMITS_H

#include <stdbool.h>

#include "plugin_state.h"

/* As many messages as a connection costs: it writes two frames and looks the token up. */
#define MESSAGES_PER_CONNECTION 5
#define MAX_SUBSCRIPTIONS 100 /* of one connection; a device has some twenty topics */

/* Charge a message of so many points to the session's device and its owner, and pause the
 * connection while either has used too much. Return false when it must be closed instead, without
 * an acknowledgement: when it cannot be paused, or when they owe more than pauses make them pay. */
bool limits_charge(struct plugin_state *state, struct session *session, uint64_t points);

/* Return whether the device may connect once more; `is_takeover` when the connection replaces an
 * open one. Charges the connection to the device. */
bool limits_admit(struct plugin_state *state, const struct device *device, bool is_takeover);

/* Return whether the session may have one more subscription. */
bool limits_allow_subscription(struct plugin_state *state, struct session *session);

/* Keep no session for a client when its device has too many already. */
void limits_bound_kept_sessions(struct plugin_state *state, struct mosquitto *client,
                                const char *client_id, const struct device *device);

#endif
