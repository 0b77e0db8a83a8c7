/* Notes in the spool that a message was refused, for the page of its device. */
#ifndef QLINES_REFUSED_FRAME_H
#define QLINES_REFUSED_FRAME_H

#include "door.h"

/* A payload of `payload_bytes` was too large; `payload` may be NULL when it was not even read.
 * Returns the reason in short, for the disconnection. */
const char *refused_frame_too_large(struct door *door, const struct session *session,
                                    const char *topic, const void *payload, size_t payload_bytes);

#endif
