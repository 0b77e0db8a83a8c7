/* segments.c: a name in a spool folder is a segment's or not, and both directions agree. */
#include "input.h"
#include "segments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    uint64_t number = take_number(&input);
    char *name = take_text(&input);
    char written[SEGMENT_NAME_BYTES];
    segment_name(written, number);
    REQUIRE(segment_number(written) == number);
    uint64_t parsed = segment_number(name);
    if (parsed > 0 && parsed < UINT64_MAX) {
        segment_name(written, parsed);
        REQUIRE(strcmp(written, name) == 0);
    }
    free(name);
    return 0;
}
