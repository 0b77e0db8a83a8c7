/* Writes rejections to the spool: a message that is too large, a connection with an unknown token.
 */
#include "rejection_frames.h"

#include <stdio.h>
#include <string.h>

#include "requests.h"

#define SAMPLE_BYTES 256
#define REASON_BYTES 128
#define TOKEN_START_BYTES 64

const char *reject_too_large(struct plugin_state *state, const struct session *session,
                             const char *topic, const void *payload, size_t payload_bytes) {
    char text[REASON_BYTES + SAMPLE_BYTES];
    size_t sample_bytes = payload_bytes < SAMPLE_BYTES ? payload_bytes : SAMPLE_BYTES;
    int reason_bytes = request_is(topic)
                           ? snprintf(text, REASON_BYTES,
                                      "a request may have at most %d bytes, this one has %zu\n",
                                      MAX_REQUEST_BYTES, payload_bytes)
                           : snprintf(text, REASON_BYTES,
                                      "a payload may have at most %d bytes, this message has %zu\n",
                                      MAX_PAYLOAD_BYTES, payload_bytes);
    if (!payload)
        sample_bytes = 0;
    else
        memcpy(text + reason_bytes, payload, sample_bytes);
    struct frame frame = {FRAME_REJECTED, session->device.id, topic, text,
                          (size_t)reason_bytes + sample_bytes};
    state->counters.refused_too_large++;
    /* When the spool is full, the counter and the log line have to do. */
    (void)spool_append(&state->spool, &frame);
    return "payload too large";
}

/* How many bytes of `token` are written: no UTF-8 character is cut in two. */
static int token_start_bytes(const char *token) {
    size_t bytes = strlen(token);
    if (bytes <= TOKEN_START_BYTES)
        return (int)bytes;
    bytes = TOKEN_START_BYTES;
    while (bytes > 0 && ((unsigned char)token[bytes] & 0xC0) == 0x80)
        bytes--;
    return (int)bytes;
}

void reject_unknown_token(struct plugin_state *state, const char *address, const char *token) {
    char text[ADDRESS_BYTES + TOKEN_START_BYTES + 16];
    if (state->unknown_tokens_this_second++ >= MAX_UNKNOWN_TOKENS_PER_SECOND)
        return;
    if (!token)
        token = "";
    int bytes = snprintf(text, sizeof text, "mqtt\n%.*s\n%.*s", ADDRESS_BYTES,
                         address ? address : "", token_start_bytes(token), token);
    struct frame frame = {FRAME_UNKNOWN_TOKEN, "", "", text, (size_t)bytes};
    (void)spool_append(&state->spool, &frame); /* counted and logged anyway */
}
