/* With --obey: the commands that devices get, read from their packets and noted in a file. */
#ifndef LOADGEN_CALLS_H
#define LOADGEN_CALLS_H

#include <inttypes.h>

#include "loadgen_packets.h"

struct call {
    uint32_t message_id; /* 0 with QoS 0 */
    uint64_t number;     /* the end of the topic */
    const uint8_t *payload;
    size_t payload_bytes;
};

static FILE *calls;

/* The file appears when every device listens, so that a reader can wait for that. */
static void open_calls(void) {
    if (options.calls_path && !(calls = fopen(options.calls_path, "w")))
        fail("cannot write %s: %s", options.calls_path, strerror(errno));
}

static void close_calls(void) {
    if (calls && fclose(calls) != 0)
        fail("cannot write %s: %s", options.calls_path, strerror(errno));
}

/* A line for each arrival: device, counted from 0, number and payload. */
static void note_call(size_t device, const struct call *call) {
    if (calls)
        fprintf(calls, "%zu\t%" PRIu64 "\t%.*s\n", device, call->number, (int)call->payload_bytes,
                (const char *)call->payload);
}

/* Read a PUBLISH whose topic ends with "/" and a number. */
static struct call read_call(const uint8_t *packet, size_t bytes) {
    size_t head = head_bytes(packet, bytes), used;
    const uint8_t *topic = packet + head + 2, *end;
    struct call call = {0};
    if (bytes < head + 4)
        fail("a PUBLISH of %zu bytes is too short", bytes);
    end = topic + ((size_t)topic[-2] << 8 | topic[-1]);
    used = (size_t)(end - packet) + (packet[0] & 6 ? 2 : 0);
    if (used > bytes)
        fail("a PUBLISH of %zu bytes ends within its topic", bytes);
    for (const uint8_t *at = topic; at < end; at++)
        call.number = *at == '/' ? 0 : call.number * 10 + (*at - (uint64_t)'0');
    if (packet[0] & 6)
        call.message_id = (uint32_t)end[0] << 8 | end[1];
    call.payload = packet + used;
    call.payload_bytes = bytes - used;
    return call;
}

#endif
