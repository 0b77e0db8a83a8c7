/* refusals.c: addresses of any text fit into the log line, and none is lost from the sum. */
#include "input.h"
#include "refusals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct refusals refusals = {0};
    struct input input = {data, size};
    uint64_t counted = 0;
    size_t line_bytes = 1 + take_number(&input) % 2048;
    char *line = malloc(line_bytes);
    for (; input.size > 0; counted++) {
        char *address = take_text(&input);
        refusals_count(&refusals, address);
        free(address);
    }
    REQUIRE(refusals_take(&refusals, line, line_bytes) == counted);
    REQUIRE(strlen(line) < line_bytes);
    free(line);
    return 0;
}
