/* Encodes and checks one frame of the spool. */
#ifndef QLINES_FRAME_H
#define QLINES_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 20
#define MAX_DEVICE_BYTES 255
#define MAX_TOPIC_BYTES 65535
/* The largest payload a device may send; ThingsBoard's limit, which its client libraries expect. */
#define MAX_PAYLOAD_BYTES 65536
#define MAX_FRAME_BYTES                                                                            \
    (FRAME_HEADER_BYTES + MAX_DEVICE_BYTES + MAX_TOPIC_BYTES + MAX_PAYLOAD_BYTES)

enum frame_kind {
    FRAME_MESSAGE = 1,
    FRAME_CONNECTED = 2,
    FRAME_DISCONNECTED = 3,
    FRAME_WRITER_STARTED = 4,
    FRAME_REJECTED = 5,      /* payload: the reason, a newline, the start of the message */
    FRAME_UNKNOWN_TOKEN = 6, /* payload: "mqtt", the address, the token, a line each */
    FRAME_LIMITED = 7,       /* payload: which limit slowed or refused the device, in a sentence */
    FRAME_SESSION_STARTED = 8, /* topic: the client id. Of a side of a pairing only */
};

struct frame {
    enum frame_kind kind;
    const char *device; /* zero-terminated; empty for FRAME_WRITER_STARTED */
    const char *topic;  /* zero-terminated; empty for presence */
    const void *payload;
    size_t payload_bytes;
};

/* Write `frame` with its time to `out`, which has MAX_FRAME_BYTES. Return its length, 0 when a part
 * is too long. */
size_t frame_encode(uint8_t *out, uint64_t time_us, const struct frame *frame);

/* Return the length of the frame at `bytes` and set its time; 0 when it is torn or corrupt. */
size_t frame_check(const uint8_t *bytes, size_t available, uint64_t *time_us);

/* A last frame further ahead of the clock than this was written while the clock was wrong. */
#define MAX_AHEAD_US UINT64_C(60000000)

/* Which times are a writer's own: those with this remainder. Without a twin the broker has the even
 * ones and the web app the odd ones; with a twin each side has half of both (README.md). */
struct frame_times {
    uint64_t modulus; /* a power of two */
    uint64_t remainder;
};

/* Return the broker's times on a side: 'a', 'b', or 0 without a twin. */
struct frame_times frame_times_of(char side);

/* Pure: the time of the next frame, one of `times`: `now_us`, but above `last_us`, so that no two
 * messages share a time. A `last_us` more than MAX_AHEAD_US ahead of the clock is ignored: the
 * alternative is wrong times for as long as the clock was ahead, and a lag that reads as zero. The
 * web app's spool has the same rule (app/qlines/spool/appender.py). */
uint64_t frame_time_after(uint64_t last_us, uint64_t now_us, struct frame_times times);

#endif
