/* frame_time_after: no two messages share a time, whatever the clock does. */
#include "frame.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    uint64_t last_us = take_number(&input);
    uint64_t now_us = take_number(&input);
    /* Times before the year 10000; beyond them the sums would wrap around. */
    last_us %= UINT64_C(253402300800000000);
    now_us %= UINT64_C(253402300800000000);
    uint64_t next_us = frame_time_after(last_us, now_us);
    REQUIRE(next_us % 2 == 0);
    REQUIRE(next_us > last_us || last_us > now_us + MAX_AHEAD_US);
    REQUIRE(next_us <= now_us + MAX_AHEAD_US + 2);
    return 0;
}
