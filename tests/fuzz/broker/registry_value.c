/* registry_value.c: a value of any bytes names a whole device or none. */
#include "registry_value.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    uint64_t now_us = take_number(&input);
    struct device device;
    enum lookup lookup = registry_value_read(input.data, input.size, now_us, &device);
    if (lookup == LOOKUP_FOUND) {
        REQUIRE(strlen(device.id) == ID_BYTES);
        REQUIRE(device.expires_at_us == 0 || device.expires_at_us > now_us);
    } else {
        REQUIRE(lookup == LOOKUP_UNKNOWN);
    }
    return 0;
}
