/* Which topic filters a device may subscribe to. */
#include "filters.h"

#include <stddef.h>
#include <string.h>

/* The topics on which ThingsBoard sends to a device or a gateway, in their long and short forms. A
 * plus stands for one level: the device may subscribe with a plus or a name there. What a device
 * publishes is never delivered to another one, whatever that one subscribes to. */
static const char *const ALLOWED[] = {
    "v1/devices/me/attributes",
    "v1/devices/me/attributes/response/+",
    "v1/devices/me/rpc/request/+",
    "v1/devices/me/rpc/response/+",
    "v1/gateway/attributes",
    "v1/gateway/attributes/response",
    "v1/gateway/rpc",
    "v1/gateway/disconnect",
    "v2/a",
    "v2/a/j",
    "v2/a/p",
    "v2/a/res/+",
    "v2/a/res/j/+",
    "v2/a/res/p/+",
    "v2/r/req/+",
    "v2/r/req/j/+",
    "v2/r/req/p/+",
    "v2/r/res/+",
    "v2/r/res/j/+",
    "v2/r/res/p/+",
    "v2/fw/response/+",
    "v2/fw/response/+/chunk/+",
    "v2/sw/response/+",
    "v2/sw/response/+/chunk/+",
    "v2/fw/error",
    "v2/sw/error",
    "/provision/response",
};

static bool matches(const char *pattern, const char *filter) {
    for (;;) {
        size_t pattern_bytes = strcspn(pattern, "/");
        size_t filter_bytes = strcspn(filter, "/");
        bool is_wildcard = pattern_bytes == 1 && pattern[0] == '+';
        bool is_level = filter_bytes > 0 && !memchr(filter, '#', filter_bytes);
        bool is_same = pattern_bytes == filter_bytes && memcmp(pattern, filter, pattern_bytes) == 0;
        if (!(is_wildcard ? is_level : is_same))
            return false;
        pattern += pattern_bytes;
        filter += filter_bytes;
        if (*pattern == '\0' || *filter == '\0')
            return *pattern == *filter;
        pattern++;
        filter++;
    }
}

bool filter_is_allowed(const char *filter) {
    for (size_t i = 0; i < sizeof ALLOWED / sizeof *ALLOWED; i++)
        if (matches(ALLOWED[i], filter))
            return true;
    return false;
}
