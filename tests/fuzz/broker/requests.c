/* requests.c: the topic of a request is one of a few, or ends in an id of one level. */
#include "requests.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    char *topic = take_text(&input);
    if (request_is(topic)) {
        const char *last = strrchr(topic, '/');
        REQUIRE(topic[0] == 'v' && last && last[1] != '\0');
        REQUIRE(strlen(last + 1) <= MAX_REQUEST_ID_BYTES);
    }
    free(topic);
    return 0;
}
