/* Answers ThingsBoard's getSessionLimits, the only request that the broker itself answers. */
#ifndef QLINES_SESSION_LIMITS_H
#define QLINES_SESSION_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

/* Pure: return the request's id, a part of `topic`, when the message calls getSessionLimits; NULL
 * for every other message. */
const char *session_limits_request(const char *topic, const void *payload, size_t payload_bytes);

/* Send the response to the client; return false when the broker has no memory for it. */
bool session_limits_answer(const char *client_id, const char *request_id);

#endif
