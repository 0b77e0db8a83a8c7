/* rejection_frames.c: what the spool gets of a token, an address and a payload of any bytes. */
#include "rejection_frames.h"
#include "input.h"

static size_t appended_bytes;

/* The spool of this target: reads what it gets. */
enum spool_result spool_append(struct spool *spool, const struct frame *frame) {
    static uint8_t copy[MAX_PAYLOAD_BYTES];
    (void)spool;
    REQUIRE(frame->payload_bytes <= MAX_PAYLOAD_BYTES);
    memcpy(copy, frame->payload, frame->payload_bytes);
    appended_bytes = frame->payload_bytes;
    return SPOOL_WRITTEN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct plugin_state state;
    struct session session = {0};
    struct input input = {data, size};
    char *address = take_text(&input);
    char *token = take_text(&input);
    state.unknown_tokens_this_second = 0;
    reject_unknown_token(&state, address, token);
    REQUIRE(appended_bytes <= strlen("mqtt\n\n") + ADDRESS_BYTES + 64);
    reject_too_large(&state, &session, "topic", input.data, input.size);
    REQUIRE(appended_bytes > 0 && appended_bytes <= 128 + 256);
    free(address);
    free(token);
    return 0;
}
