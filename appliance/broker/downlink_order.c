/* An order of the control client: what to send to which client. Pure. */
#include "downlink_order.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    const uint8_t *at;
    size_t left;
    bool is_short; /* the bytes ended too early, or a text was not valid */
};

static uint64_t take_number(struct reader *reader, size_t bytes) {
    uint64_t number = 0;
    if (reader->left < bytes) {
        reader->is_short = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | reader->at[i];
    reader->at += bytes;
    reader->left -= bytes;
    return number;
}

/* Return a copy; NULL, and a reader that is short, for a text that is empty or has a zero. */
static char *take_text(struct reader *reader) {
    size_t bytes = take_number(reader, 2);
    char *text = NULL;
    if (bytes > 0 && bytes <= reader->left && !memchr(reader->at, '\0', bytes))
        text = strndup((const char *)reader->at, bytes);
    if (!text) {
        reader->is_short = true;
        return NULL;
    }
    reader->at += bytes;
    reader->left -= bytes;
    return text;
}

bool downlink_order_read(struct downlink_order *order, const void *bytes, size_t count) {
    struct reader reader = {.at = bytes, .left = count};
    memset(order, 0, sizeof *order);
    order->kind = (enum order_kind)take_number(&reader, 1);
    order->qos = (uint8_t)take_number(&reader, 1);
    order->expiry_seconds = (uint32_t)take_number(&reader, 4);
    order->tag = take_number(&reader, 8);
    order->client_id = take_text(&reader);
    order->topic = take_text(&reader);
    order->payload = reader.at;
    order->payload_bytes = reader.left;
    bool is_valid = !reader.is_short && order->qos <= 1 && reader.left <= MAX_DOWNLINK_BYTES &&
                    (order->kind == ORDER_SEND || order->kind == ORDER_WATCH) &&
                    !strpbrk(order->topic, "+#");
    if (!is_valid)
        downlink_order_clear(order);
    return is_valid;
}

void downlink_order_clear(struct downlink_order *order) {
    free(order->client_id);
    free(order->topic);
    memset(order, 0, sizeof *order);
}
