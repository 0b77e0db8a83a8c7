/* filters.c: no filter of a device reaches beyond the topics that ThingsBoard sends on. */
#include "filters.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    char *filter = take_text(&input);
    if (filter_is_allowed(filter)) {
        REQUIRE(strncmp(filter, "v1/", 3) == 0 || strncmp(filter, "v2/", 3) == 0);
        REQUIRE(!strchr(filter, '#'));
    }
    free(filter);
    return 0;
}
