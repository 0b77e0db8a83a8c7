/* What the plugin says to the control client, in the order in which it happened. */
#ifndef QLINES_CONTROL_EVENTS_H
#define QLINES_CONTROL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_CLIENT_ID "qlines-control"
#define EVENT_TOPIC "qlines/v1"
#define MAX_EVENT_BYTES 65536

enum event_kind {
    EVENT_HELLO = 1, /* the broker's start, µs since 1970, 8 bytes | side 1, 0 without one */
    EVENT_SESSION =
        2,           /* client id length 2 | client id | for each filter: QoS 1, length 2, filter */
    EVENT_ENDED = 3, /* kept 1 | client id length 2 | client id */
    EVENT_SYNCED = 4,    /* after a hello: every session has been said */
    EVENT_RESULTS = 5,   /* for each: tag 8 | result 1 */
    EVENT_REQUEST = 6,   /* of a device: client id length 2 | client id | topic length 2 | topic |
                            payload. After the session event of what it subscribed to before */
    EVENT_PROVISION = 7, /* of a connection that asks for a token: client id length 2 | client id |
                            address length 2 | address | payload */
};

enum downlink_result {
    RESULT_WRITTEN = 1,       /* it is on the way */
    RESULT_DELIVERED = 2,     /* the client has acknowledged it; with QoS 0: it is on the way */
    RESULT_NOT_CONNECTED = 3, /* it was not sent */
    RESULT_BUSY = 4,          /* it was not sent: too much is on the way to this client */
    RESULT_TOO_LARGE = 5,     /* it was not sent: larger than the client said it accepts */
    RESULT_ENDED = 6,         /* the session ended before the acknowledgement */
    RESULT_KEPT = 7,          /* likewise, but the broker sends it again when the session resumes */
    RESULT_UNKNOWN = 8,       /* to watch: it is not on the way */
};

/* The event that is being written. An event that would be too long is cut at a whole part. */
struct event_writer {
    size_t count; /* 0: no event has been begun */
    uint8_t bytes[MAX_EVENT_BYTES];
};

/* Begin an event: its sequence number, 4 bytes, and its kind, 1 byte. All numbers are in network
 * byte order; app/qlines/downlink/wire.py reads them. event_send fills in the
 * sequence number. */
void event_begin(struct event_writer *event, enum event_kind kind);

/* Append; return false, and append nothing, when it does not fit. */
bool event_add_number(struct event_writer *event, uint64_t number, size_t bytes);
bool event_add_text(struct event_writer *event, const char *text);
bool event_add_bytes(struct event_writer *event, const void *bytes, size_t count);

/* Append a QoS and a filter, or neither. */
bool event_add_filter(struct event_writer *event, uint8_t qos, const char *filter);

/* Give the event to the broker for the control client, without an acknowledgement: the client sees
 * a lost one by the next sequence number, and connects again. They count from 0 since the hello. */
void event_send(struct event_writer *event, uint32_t sequence);

#endif
