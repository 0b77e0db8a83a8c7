/* The bytes of one frame of the spool: how it is written and how it is recognised. */
#ifndef QLINES_FRAME_H
#define QLINES_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 20
#define FRAME_DEVICE_MAX_BYTES 255
#define FRAME_TOPIC_MAX_BYTES 65535
/* The largest payload a device may send; ThingsBoard's limit, which its client libraries expect. */
#define PAYLOAD_MAX_BYTES 65536
#define FRAME_MAX_BYTES                                                                            \
    (FRAME_HEADER_BYTES + FRAME_DEVICE_MAX_BYTES + FRAME_TOPIC_MAX_BYTES + PAYLOAD_MAX_BYTES)

enum frame_kind {
    FRAME_MESSAGE = 1,
    FRAME_CONNECTED = 2,
    FRAME_DISCONNECTED = 3,
    FRAME_WRITER_STARTED = 4,
    FRAME_REFUSED = 5,  /* payload: the reason, a newline, the start of what was refused */
    FRAME_STRANGER = 6, /* payload: "mqtt", the address, the token, a line each */
};

struct frame {
    enum frame_kind kind;
    const char *device; /* zero-terminated; empty for FRAME_WRITER_STARTED */
    const char *topic;  /* zero-terminated; empty for presence */
    const void *payload;
    size_t payload_bytes;
};

/* Write `frame` with its time to `out`, which has FRAME_MAX_BYTES; 0 when a part is too long. */
size_t frame_encode(uint8_t *out, uint64_t time_us, const struct frame *frame);

/* Read the length and the time of the frame at `bytes`; 0 when none is whole and sound there. */
size_t frame_check(const uint8_t *bytes, size_t available, uint64_t *time_us);

/* The time of the next frame: `now_us` made even, and above `last_us` whatever the clock does. */
uint64_t frame_time_after(uint64_t last_us, uint64_t now_us);

#endif
