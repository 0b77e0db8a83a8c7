/* An order of the control client: what to send to which client. Pure. */
#ifndef QLINES_DOWNLINK_ORDER_H
#define QLINES_DOWNLINK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_DOWNLINK_BYTES 65536

enum order_kind {
    ORDER_SEND = 1,
    ORDER_WATCH = 2, /* it was sent before: report when it has been delivered */
};

/* Points into the bytes that were read, except for the texts. */
struct downlink_order {
    enum order_kind kind;
    uint8_t qos;             /* 0 or 1 */
    uint32_t expiry_seconds; /* 0: none */
    uint64_t tag;            /* the control client's own number, given back with each result; 0:
                                it wants none */
    char *client_id;
    char *topic;
    const void *payload;
    size_t payload_bytes;
};

/* Read an order, all numbers in network byte order (app/qlines/downlink/wire.py writes them):
 *
 *   kind 1 | QoS 1 | expiry 4 | tag 8 | client id length 2 | client id | topic length 2 | topic |
 *   payload
 *
 * Return whether it is valid; only then downlink_order_clear must be called. */
bool downlink_order_read(struct downlink_order *order, const void *bytes, size_t count);

void downlink_order_clear(struct downlink_order *order);

#endif
