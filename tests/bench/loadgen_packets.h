/* The packets that the generator sends: CONNECT, and PUBLISH with a numbered payload. */
#ifndef LOADGEN_PACKETS_H
#define LOADGEN_PACKETS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadgen_options.h"

#define MAX_MESSAGE_BYTES 4096

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
    char payload[MAX_MESSAGE_BYTES];
    size_t payload_bytes = put_points(payload, seq);
    size_t length = 2 + strlen(options.topic) + (options.qos > 0 ? 2 : 0) + payload_bytes;
    at[0] = (uint8_t)(0x30 | options.qos << 1 | (is_duplicate ? 8 : 0));
    size_t used = 1 + put_length(at + 1, length);
    used += put_text(at + used, options.topic);
    if (options.qos > 0) {
        uint32_t id = index % 65535 + 1;
        at[used++] = (uint8_t)(id >> 8);
        at[used++] = (uint8_t)id;
    }
    memcpy(at + used, payload, payload_bytes);
    return used + payload_bytes;
}

#endif
