/* Which messages of a device are requests: they are answered, not stored. Pure. */
#include "requests.h"

#include <stddef.h>
#include <string.h>

/* ThingsBoard's topics. A topic that ends with a slash is followed by the request's id, one level;
 * the short forms for Protobuf (v2/a/req/p/…) are not among them, so ingest rejects those. */
static const char *const TOPICS[] = {
    "v1/devices/me/attributes/request/",
    "v1/devices/me/rpc/request/",
    "v1/gateway/attributes/request",
    "v2/a/req/",
    "v2/a/req/j/",
    "v2/r/req/",
    "v2/r/req/j/",
};

static bool is_id(const char *text) {
    size_t bytes = strcspn(text, "/");
    return bytes > 0 && bytes <= MAX_REQUEST_ID_BYTES && text[bytes] == '\0';
}

bool request_is(const char *topic) {
    for (size_t i = 0; i < sizeof TOPICS / sizeof *TOPICS; i++) {
        size_t bytes = strlen(TOPICS[i]);
        if (strncmp(topic, TOPICS[i], bytes) != 0)
            continue;
        const char *rest = topic + bytes;
        if (TOPICS[i][bytes - 1] == '/' ? is_id(rest) : *rest == '\0')
            return true;
    }
    return false;
}
