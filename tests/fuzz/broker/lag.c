/* backpressure.c: a lag file of any text slows by a known interval, or not at all. */
#include "backpressure.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    uint64_t due_us = take_number(&input);
    uint64_t now_us = take_number(&input);
    char *text = take_text(&input);
    uint64_t lag_ms = 0;
    if (backpressure_parse_lag(text, &lag_ms))
        REQUIRE(lag_ms <= MAX_LAG_MS);
    else
        REQUIRE(lag_ms == 0);
    uint64_t interval_us = backpressure_interval_us(lag_ms);
    REQUIRE(interval_us <= 2000);
    now_us %= UINT64_C(1) << 62; /* a steady clock's */
    REQUIRE(backpressure_wait_us(&due_us, now_us, interval_us) <= 20000);
    free(text);
    return 0;
}
