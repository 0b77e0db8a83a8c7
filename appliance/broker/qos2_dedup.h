/* Deduplicates QoS 2 messages that are sent again before their PUBREL. */
#ifndef QLINES_QOS2_DEDUP_H
#define QLINES_QOS2_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QOS2_SLOTS 8192
#define QOS2_WINDOW_US (UINT64_C(600) * 1000000)

struct qos2_message {
    uint64_t key;     /* session and message id */
    uint64_t content; /* hash of topic and payload */
    uint64_t at_us;   /* steady clock; 0: empty */
};

struct qos2_dedup {
    struct qos2_message slots[QOS2_SLOTS];
};

/* Return what identifies a message: its session's incarnation, its message id, its content. */
struct qos2_message qos2_message_of(uint64_t incarnation, uint16_t message_id, const char *topic,
                                    const void *payload, size_t payload_bytes, uint64_t now_us);

/* Return whether the same message was added in the last ten minutes. */
bool qos2_dedup_has(const struct qos2_dedup *dedup, const struct qos2_message *message);

/* Add a message that is in the spool. It replaces the message in its slot. */
void qos2_dedup_add(struct qos2_dedup *dedup, const struct qos2_message *message);

#endif
