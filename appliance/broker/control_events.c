/* What the plugin says to the control client, in the order in which it happened. */
#include "control_events.h"

#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#define SEQUENCE_BYTES 4

static void write_number(uint8_t *out, uint64_t number, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
}

void event_begin(struct event_writer *event, enum event_kind kind) {
    event->count = SEQUENCE_BYTES;
    event_add_number(event, kind, 1);
}

bool event_add_number(struct event_writer *event, uint64_t number, size_t bytes) {
    if (event->count + bytes > MAX_EVENT_BYTES)
        return false;
    write_number(event->bytes + event->count, number, bytes);
    event->count += bytes;
    return true;
}

bool event_add_bytes(struct event_writer *event, const void *bytes, size_t count) {
    if (event->count + count > MAX_EVENT_BYTES)
        return false;
    if (count > 0) /* an empty payload is NULL */
        memcpy(event->bytes + event->count, bytes, count);
    event->count += count;
    return true;
}

bool event_add_text(struct event_writer *event, const char *text) {
    size_t bytes = strlen(text);
    if (bytes > UINT16_MAX || event->count + 2 + bytes > MAX_EVENT_BYTES)
        return false;
    return event_add_number(event, bytes, 2) && event_add_bytes(event, text, bytes);
}

bool event_add_filter(struct event_writer *event, uint8_t qos, const char *filter) {
    size_t before = event->count;
    if (event_add_number(event, qos, 1) && event_add_text(event, filter))
        return true;
    event->count = before;
    return false;
}

void event_send(struct event_writer *event, uint32_t sequence) {
    write_number(event->bytes, sequence, SEQUENCE_BYTES);
    /* Without memory the event is lost, and its number says so to the client. */
    (void)mosquitto_broker_publish_copy(CONTROL_CLIENT_ID, EVENT_TOPIC, (int)event->count,
                                        event->bytes, 0, false, NULL);
}
