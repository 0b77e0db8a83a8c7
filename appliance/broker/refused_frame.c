/* Notes in the spool what was refused: a device's message, or a stranger's connection. */
#include "refused_frame.h"

#include <stdio.h>
#include <string.h>

#define SAMPLE_BYTES 256
#define REASON_BYTES 128
#define TOKEN_START_BYTES 64

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

/* How much of `token` is kept, so that no character is cut in two. */
static int token_start_bytes(const char *token) {
    size_t bytes = strlen(token);
    if (bytes <= TOKEN_START_BYTES)
        return (int)bytes;
    bytes = TOKEN_START_BYTES;
    while (bytes > 0 && ((unsigned char)token[bytes] & 0xC0) == 0x80)
        bytes--;
    return (int)bytes;
}

void refused_frame_stranger(struct door *door, const char *address, const char *token) {
    char text[ADDRESS_BYTES + TOKEN_START_BYTES + 16];
    if (door->strangers_this_second++ >= STRANGERS_A_SECOND)
        return;
    if (!token)
        token = "";
    int bytes = snprintf(text, sizeof text, "mqtt\n%.*s\n%.*s", ADDRESS_BYTES,
                         address ? address : "", token_start_bytes(token), token);
    struct frame frame = {FRAME_STRANGER, "", "", text, (size_t)bytes};
    (void)spool_append(&door->spool, &frame); /* counted and logged besides */
}
