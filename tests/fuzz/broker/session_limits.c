/* session_limits.c: the id in a response's topic is a part of the request's. */
#include "input.h"
#include "session_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    char *topic = take_text(&input);
    const char *id = session_limits_request(topic, input.size ? input.data : NULL, input.size);
    if (id) {
        REQUIRE(id > topic && strlen(id) <= 20 && strspn(id, "0123456789") == strlen(id));
        struct options options = {.device_messages_per_second = UINT64_MAX,
                                  .device_points_per_second = UINT64_MAX};
        session_limits_answer("client", id, &options);
    }
    free(topic);
    return 0;
}
