/* Answers ThingsBoard's getSessionLimits, the only request that the broker itself answers. */
#ifndef QLINES_SESSION_LIMITS_H
#define QLINES_SESSION_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

#define SESSION_LIMITS_BYTES 512

/* Pure: return the request's id, a part of `topic`, when the message calls getSessionLimits; NULL
 * for every other message. */
const char *session_limits_request(const char *topic, const void *payload, size_t payload_bytes);

/* Pure: write the response, with the limits of one device. */
void session_limits_response(char response[SESSION_LIMITS_BYTES], const struct options *options);

/* Send the response to the client; return false when the broker has no memory for it. */
bool session_limits_answer(const char *client_id, const char *request_id,
                           const struct options *options);

#endif
