/* The one question of a device that the broker answers by itself: what its session may do. */
#ifndef QLINES_SESSION_LIMITS_H
#define QLINES_SESSION_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the request's id, a part of `topic`, when this message asks for the session's limits,
 * NULL for every other message. Pure. */
const char *session_limits_request(const char *topic, const void *payload, size_t payload_bytes);

/* Sends the answer to the client that asked; false when the broker could not take it. */
bool session_limits_answer(const char *client_id, const char *request_id);

#endif
