/* The packets that the generator sends, and where one that it receives ends.
 *
 * A PUBLISH carries a number: in its payload, or, as the answer to a command, in its topic. */
#ifndef LOADGEN_PACKETS_H
#define LOADGEN_PACKETS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadgen_options.h"

#define MAX_MESSAGE_BYTES 4096
#define CALLS "v1/devices/me/rpc/request/+"
#define ANSWERS "v1/devices/me/rpc/response/"
#define ANSWER "{\"done\":true}"

static size_t put_text(uint8_t *at, const char *text) {
    size_t bytes = strlen(text);
    at[0] = (uint8_t)(bytes >> 8);
    at[1] = (uint8_t)bytes;
    memcpy(at + 2, text, bytes);
    return bytes + 2;
}

static size_t put_length(uint8_t *at, size_t length) {
    size_t used = 0;
    do {
        at[used] = (uint8_t)(length & 127) | (length > 127 ? 128 : 0);
        length >>= 7;
        used++;
    } while (length > 0);
    return used;
}

/* Clean session and no keepalive: afterwards only messages are sent. */
static size_t put_connect(uint8_t *at, const char *token, size_t number) {
    uint8_t body[2048] = {0, 4, 'M', 'Q', 'T', 'T', 4, 0x82, 0, 0};
    char client_id[64];
    size_t used = 10;
    snprintf(client_id, sizeof client_id, "loadgen-%d-%zu", (int)getpid(), number);
    used += put_text(body + used, client_id);
    used += put_text(body + used, token);
    at[0] = 0x10;
    size_t head = 1 + put_length(at + 1, used);
    memcpy(at + head, body, used);
    return head + used;
}

static size_t put_subscribe(uint8_t *at) {
    const uint8_t id[] = {0, 1};
    size_t used = 2 + sizeof id;
    at[0] = 0x82;
    memcpy(at + 2, id, sizeof id);
    used += put_text(at + used, CALLS);
    at[used++] = 1; /* QoS */
    at[1] = (uint8_t)(used - 2);
    return used;
}

static size_t put_puback(uint8_t *at, uint32_t id) {
    const uint8_t packet[] = {0x40, 2, (uint8_t)(id >> 8), (uint8_t)id};
    memcpy(at, packet, sizeof packet);
    return sizeof packet;
}

static size_t put_points(char *at, uint64_t seq) {
    uint64_t noise = (seq + 1) * UINT64_C(0x9E3779B97F4A7C15);
    int used = sprintf(at, "{\"seq\":%" PRIu64, seq);
    if (options.points > 1)
        used += sprintf(at + used, ",\"temperature\":%d.%d", 15 + (int)(noise >> 60),
                        10 + (int)(noise >> 40) % 89);
    if (options.points > 2)
        used += sprintf(at + used, ",\"humidity\":%d", 30 + (int)(noise >> 59));
    for (int i = 3; i < options.points; i++)
        used += sprintf(at + used, ",\"value%d\":%d", i + 1, (int)(noise >> (i % 48) & 1023));
    at[used++] = '}';
    return (size_t)used;
}

static size_t put_publish(uint8_t *at, uint64_t seq, uint32_t index, bool is_duplicate) {
    char payload[MAX_MESSAGE_BYTES] = ANSWER, answers[64];
    const char *topic = options.calls_path ? answers : options.topic;
    size_t payload_bytes = options.calls_path ? strlen(ANSWER) : put_points(payload, seq);
    snprintf(answers, sizeof answers, ANSWERS "%" PRIu64, seq);
    size_t length = 2 + strlen(topic) + (options.qos > 0 ? 2 : 0) + payload_bytes;
    at[0] = (uint8_t)(0x30 | options.qos << 1 | (is_duplicate ? 8 : 0));
    size_t used = 1 + put_length(at + 1, length);
    used += put_text(at + used, topic);
    if (options.qos > 0) {
        uint32_t id = index % 65535 + 1;
        at[used++] = (uint8_t)(id >> 8);
        at[used++] = (uint8_t)id;
    }
    memcpy(at + used, payload, payload_bytes);
    return used + payload_bytes;
}

/* Return the bytes of a packet's type and length, 0 when more of it must arrive first. */
static size_t head_bytes(const uint8_t *packet, size_t count) {
    for (size_t i = 1; i < count && i < 5; i++)
        if (packet[i] < 128)
            return i + 1;
    return 0;
}

/* Return the bytes of a whole packet, 0 when more of it must arrive first. */
static size_t packet_bytes(const uint8_t *packet, size_t count) {
    size_t head = head_bytes(packet, count), bytes = head;
    for (size_t i = 1; i < head; i++)
        bytes += (size_t)(packet[i] & 127) << (7 * (i - 1));
    return bytes <= count ? bytes : 0;
}

#endif
