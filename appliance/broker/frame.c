/* Encodes and checks one frame of the spool. */
#include "frame.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

/* Offsets of the header's fields; app/qlines/spool/frame.py describes the format. */
enum { AT_LENGTH = 0, AT_CHECKSUM = 4, AT_TIME = 8, AT_KIND = 16, AT_DEVICE = 17, AT_TOPIC = 18 };

static void put_u16(uint8_t *at, uint16_t value) {
    value = htole16(value);
    memcpy(at, &value, sizeof value);
}

static void put_u32(uint8_t *at, uint32_t value) {
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static void put_u64(uint8_t *at, uint64_t value) {
    value = htole64(value);
    memcpy(at, &value, sizeof value);
}

static uint32_t take_u32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static uint64_t take_u64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

static uint32_t checksum(const uint8_t *frame, size_t length) {
    return (uint32_t)crc32(0, frame + AT_TIME, (uInt)(length - AT_TIME));
}

size_t frame_encode(uint8_t *out, uint64_t time_us, const struct frame *frame) {
    size_t device_bytes = strlen(frame->device);
    size_t topic_bytes = strlen(frame->topic);
    if (device_bytes > MAX_DEVICE_BYTES || topic_bytes > MAX_TOPIC_BYTES ||
        frame->payload_bytes > MAX_PAYLOAD_BYTES)
        return 0;
    size_t length = FRAME_HEADER_BYTES + device_bytes + topic_bytes + frame->payload_bytes;
    put_u32(out + AT_LENGTH, (uint32_t)length);
    put_u64(out + AT_TIME, time_us);
    out[AT_KIND] = (uint8_t)frame->kind;
    out[AT_DEVICE] = (uint8_t)device_bytes;
    put_u16(out + AT_TOPIC, (uint16_t)topic_bytes);
    uint8_t *body = out + FRAME_HEADER_BYTES;
    memcpy(body, frame->device, device_bytes);
    memcpy(body + device_bytes, frame->topic, topic_bytes);
    if (frame->payload_bytes > 0)
        memcpy(body + device_bytes + topic_bytes, frame->payload, frame->payload_bytes);
    put_u32(out + AT_CHECKSUM, checksum(out, length));
    return length;
}

size_t frame_check(const uint8_t *bytes, size_t available, uint64_t *time_us) {
    if (available < FRAME_HEADER_BYTES)
        return 0;
    size_t length = take_u32(bytes + AT_LENGTH);
    if (length < FRAME_HEADER_BYTES || length > MAX_FRAME_BYTES || length > available)
        return 0;
    if (take_u32(bytes + AT_CHECKSUM) != checksum(bytes, length))
        return 0;
    *time_us = take_u64(bytes + AT_TIME);
    return length;
}

struct frame_times frame_times_of(char side) {
    if (!side)
        return (struct frame_times){.modulus = 2, .remainder = 0};
    return (struct frame_times){.modulus = 4, .remainder = side == 'b' ? 2 : 0};
}

uint64_t frame_time_after(uint64_t last_us, uint64_t now_us, struct frame_times times) {
    uint64_t mask = times.modulus - 1;
    uint64_t own_us = now_us - ((now_us - times.remainder) & mask);
    uint64_t above_us = last_us + 1;
    uint64_t least_us = above_us + ((times.remainder - above_us) & mask);
    bool is_too_far_ahead = last_us > now_us + MAX_AHEAD_US;
    return own_us >= least_us || is_too_far_ahead ? own_us : least_us;
}
