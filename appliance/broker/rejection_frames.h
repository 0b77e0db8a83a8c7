/* Writes rejections to the spool: a message that is too large, a connection with an unknown token.
 */
#ifndef QLINES_REJECTION_FRAMES_H
#define QLINES_REJECTION_FRAMES_H

#include "plugin_state.h"

#define MAX_UNKNOWN_TOKENS_PER_SECOND 20

/* Write that a payload of `payload_bytes` was too large; `payload` is NULL when the broker did not
 * read it. Return the reason in short, for the disconnection. */
const char *reject_too_large(struct plugin_state *state, const struct session *session,
                             const char *topic, const void *payload, size_t payload_bytes);

/* Write that a client at `address` used an unknown `token` (NULL: none), so that the admin may
 * register it. Rate-limited to MAX_UNKNOWN_TOKENS_PER_SECOND; the rest is counted and logged. */
void reject_unknown_token(struct plugin_state *state, const char *address, const char *token);

#endif
