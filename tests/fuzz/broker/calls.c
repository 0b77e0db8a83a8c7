/* calls.c: the id in an answer's topic is a part of the request's. */
#include "calls.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    char *topic = take_text(&input);
    const char *id;
    enum call call = call_read(topic, input.size ? input.data : NULL, input.size, &id);
    if (call != CALL_NONE) {
        REQUIRE(id > topic && strlen(id) <= 20 && strspn(id, "0123456789") == strlen(id));
        struct options options = {.device_messages_per_second = UINT64_MAX,
                                  .device_points_per_second = UINT64_MAX};
        call_answer(NULL, id, call, &options);
    }
    free(topic);
    return 0;
}
