/* Recognises a QoS 2 message that is sent again before its sender knew that we had it.
 *
 * Mosquitto knows such a message by its id, but only after it has asked the plugin. So the plugin
 * remembers on its own. A table of fixed size: a message that was pushed out of it is stored a
 * second time (at least once), which is the safe side. The content is compared too, because ids
 * are used again for other messages; the age, because some devices use one id for ever.
 */
#include "repeats.h"

#include <zlib.h>

#include "hash.h"

#define SPREAD UINT64_C(0x9E3779B97F4A7C15)

struct repeat repeat_of(uint64_t incarnation, uint16_t message_id, const char *topic,
                        const void *payload, size_t payload_bytes, uint64_t now_us) {
    struct repeat message = {
        .key = (incarnation ^ message_id) * SPREAD,
        .content = hash_text(topic) ^ (payload_bytes * SPREAD),
        .at_us = now_us,
    };
    if (payload_bytes > 0)
        message.content ^= (uint64_t)crc32(0, payload, (uInt)payload_bytes) << 32;
    return message;
}

static size_t slot(const struct repeat *message) {
    return (size_t)(message->key >> 32) % REPEAT_SLOTS;
}

bool repeats_has(const struct repeats *repeats, const struct repeat *message) {
    const struct repeat *known = &repeats->slots[slot(message)];
    return known->at_us != 0 && known->key == message->key && known->content == message->content &&
           message->at_us - known->at_us < REPEAT_WINDOW_US;
}

void repeats_remember(struct repeats *repeats, const struct repeat *message) {
    repeats->slots[slot(message)] = *message;
}
