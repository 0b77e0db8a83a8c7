/* What the plugin knows while the broker runs, handed to every event. */
#include "door.h"

#include <string.h>

#include "clock.h"

bool door_is_open_for(struct door *door, struct session *session) {
    struct device found;
    uint64_t expires_us = session->device.expires_at_us;
    if (expires_us != 0 && wall_us() >= expires_us)
        return false;
    uint64_t change = registry_change(&door->registry);
    if (change == session->checked_change)
        return true;
    switch (registry_find(&door->registry, session->token, wall_us(), &found)) {
    case LOOKUP_UNKNOWN:
        return false;
    case LOOKUP_UNAVAILABLE:
        /* Who was let in stays in while nothing can be looked up. */
        return true;
    case LOOKUP_FOUND:
        break;
    }
    if (strcmp(found.id, session->device.id) != 0)
        return false;
    session->device.expires_at_us = found.expires_at_us;
    session->checked_change = change;
    return true;
}

const char *door_closed_reason(struct door *door, const struct session *session) {
    return registry_has_device(&door->registry, session->device.id) ? "token no longer valid"
                                                                    : "device removed";
}
