/* frame.c: a segment of any bytes is walked to its end, and what is encoded is valid. */
#include "frame.h"
#include "input.h"

static void walk(const uint8_t *bytes, size_t size) {
    uint64_t time_us = 0;
    size_t length;
    for (size_t at = 0; (length = frame_check(bytes + at, size - at, &time_us)) > 0; at += length)
        REQUIRE(length >= FRAME_HEADER_BYTES && length <= size - at);
}

static void encode(struct input input) {
    static uint8_t out[MAX_FRAME_BYTES];
    uint64_t time_us = take_number(&input);
    char *device = take_text(&input);
    char *topic = take_text(&input);
    struct frame frame = {FRAME_MESSAGE, device, topic, input.data, input.size};
    size_t length = frame_encode(out, time_us, &frame);
    uint64_t checked_us = 0;
    if (length > 0)
        REQUIRE(frame_check(out, length, &checked_us) == length && checked_us == time_us);
    else
        REQUIRE(strlen(device) > MAX_DEVICE_BYTES || strlen(topic) > MAX_TOPIC_BYTES ||
                input.size > MAX_PAYLOAD_BYTES);
    free(device);
    free(topic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    walk(data, size);
    encode((struct input){data, size});
    return 0;
}
