/* Recognises a QoS 2 message that is sent again before its sender knew that we had it. */
#ifndef QLINES_REPEATS_H
#define QLINES_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPEAT_SLOTS 8192
#define REPEAT_WINDOW_US (UINT64_C(600) * 1000000)

struct repeat {
    uint64_t key;     /* session and message id */
    uint64_t content; /* topic and payload */
    uint64_t at_us;   /* steady clock; 0: empty */
};

struct repeats {
    struct repeat slots[REPEAT_SLOTS];
};

/* What identifies a QoS 2 message: its session's incarnation, its message id, its content. */
struct repeat repeat_of(uint64_t incarnation, uint16_t message_id, const char *topic,
                        const void *payload, size_t payload_bytes, uint64_t now_us);

/* Whether the same message was remembered a short time ago. */
bool repeats_has(const struct repeats *repeats, const struct repeat *message);

/* Remember a message that is in the spool. */
void repeats_remember(struct repeats *repeats, const struct repeat *message);

#endif
