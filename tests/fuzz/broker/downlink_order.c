/* downlink_order.c: any bytes are a whole order or none. */
#include "downlink_order.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct downlink_order order;
    uint8_t *bytes = malloc(size > 0 ? size : 1); /* no byte to spare, for the sanitizer */
    if (size > 0)
        memcpy(bytes, data, size);
    if (downlink_order_read(&order, bytes, size)) {
        REQUIRE(order.qos <= 1 && (order.kind == ORDER_SEND || order.kind == ORDER_WATCH));
        REQUIRE(*order.client_id && *order.topic && order.payload_bytes <= MAX_DOWNLINK_BYTES);
        REQUIRE((const uint8_t *)order.payload + order.payload_bytes == bytes + size);
        downlink_order_clear(&order);
    }
    REQUIRE(!order.client_id && !order.topic);
    free(bytes);
    return 0;
}
