/* Notes in the spool what was refused: a device's message, or a stranger's connection. */
#ifndef QLINES_REFUSED_FRAME_H
#define QLINES_REFUSED_FRAME_H

#include "door.h"

/* A payload of `payload_bytes` was too large; `payload` may be NULL when it was not even read.
 * Returns the reason in short, for the disconnection. */
const char *refused_frame_too_large(struct door *door, const struct session *session,
                                    const char *topic, const void *payload, size_t payload_bytes);

/* Somebody came from `address` with a `token` (NULL: with none) that nobody has. The admin may
 * make a device of it. At most STRANGERS_A_SECOND are noted. */
void refused_frame_stranger(struct door *door, const char *address, const char *token);

#endif
