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
    now_us += 4;
    const char sides[] = {0, 'a', 'b'};
    struct frame_times times = frame_times_of(sides[take_number(&input) % sizeof sides]);
    uint64_t next_us = frame_time_after(last_us, now_us, times);
    REQUIRE(next_us % times.modulus == times.remainder);
    REQUIRE(next_us > last_us || last_us > now_us + MAX_AHEAD_US);
    REQUIRE(next_us <= now_us + MAX_AHEAD_US + times.modulus);
    return 0;
}
