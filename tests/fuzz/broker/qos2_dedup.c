/* qos2_dedup.c: a message that was added is found, one of another content is not. */
#include "input.h"
#include "qos2_dedup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct qos2_dedup dedup;
    struct input input = {data, size};
    uint64_t incarnation = take_number(&input);
    uint64_t now_us = take_number(&input);
    char *topic = take_text(&input);
    now_us = now_us / 2 + 1;
    struct qos2_message message =
        qos2_message_of(incarnation, (uint16_t)now_us, topic, input.data, input.size, now_us);
    qos2_dedup_add(&dedup, &message);
    REQUIRE(qos2_dedup_has(&dedup, &message));
    struct qos2_message other = message;
    other.content ^= 1;
    REQUIRE(!qos2_dedup_has(&dedup, &other));
    other = message;
    other.at_us += QOS2_WINDOW_US;
    REQUIRE(!qos2_dedup_has(&dedup, &other));
    free(topic);
    return 0;
}
