/* Notes in the spool that a message was refused, for the page of its device. */
#include "refused_frame.h"

#include <stdio.h>
#include <string.h>

#define SAMPLE_BYTES 256
#define REASON_BYTES 128

const char *refused_frame_too_large(struct door *door, const struct session *session,
                                    const char *topic, const void *payload, size_t payload_bytes) {
    char text[REASON_BYTES + SAMPLE_BYTES];
    size_t sample_bytes = payload_bytes < SAMPLE_BYTES ? payload_bytes : SAMPLE_BYTES;
    int reason_bytes =
        snprintf(text, REASON_BYTES, "a payload may have at most %d bytes, this message has %zu\n",
                 PAYLOAD_MAX_BYTES, payload_bytes);
    if (!payload)
        sample_bytes = 0;
    else
        memcpy(text + reason_bytes, payload, sample_bytes);
    struct frame frame = {FRAME_REFUSED, session->device.id, topic, text,
                          (size_t)reason_bytes + sample_bytes};
    door->counters.refused_size++;
    /* Nothing depends on this note: where it cannot be written, the counter has to do. */
    (void)spool_append(&door->spool, &frame);
    return "payload too large";
}
