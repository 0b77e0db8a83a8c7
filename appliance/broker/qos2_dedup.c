/* Deduplicates QoS 2 messages that are sent again before their PUBREL.
 *
 * Mosquitto deduplicates them by message id too, but only after it has called the plugin, which
 * has then written the message to the spool a second time. The table has a fixed size: a message
 * that was replaced in it is stored twice (at least once). The content is compared because message
 * ids are reused for other messages, the age because some devices always use the same id.
 */
#include "qos2_dedup.h"

#include <zlib.h>

#include "hash.h"

#define SPREAD UINT64_C(0x9E3779B97F4A7C15)

struct qos2_message qos2_message_of(uint64_t incarnation, uint16_t message_id, const char *topic,
                                    const void *payload, size_t payload_bytes, uint64_t now_us) {
    struct qos2_message message = {
        .key = (incarnation ^ message_id) * SPREAD,
        .content = hash_text(topic) ^ (payload_bytes * SPREAD),
        .at_us = now_us,
    };
    if (payload_bytes > 0)
        message.content ^= (uint64_t)crc32(0, payload, (uInt)payload_bytes) << 32;
    return message;
}

static size_t slot_of(const struct qos2_message *message) {
    return (size_t)(message->key >> 32) % QOS2_SLOTS;
}

bool qos2_dedup_has(const struct qos2_dedup *dedup, const struct qos2_message *message) {
    const struct qos2_message *known = &dedup->slots[slot_of(message)];
    return known->at_us != 0 && known->key == message->key && known->content == message->content &&
           message->at_us - known->at_us < QOS2_WINDOW_US;
}

void qos2_dedup_add(struct qos2_dedup *dedup, const struct qos2_message *message) {
    dedup->slots[slot_of(message)] = *message;
}
