/* The plugin's state while the broker runs; every event gets it. */
#include "plugin_state.h"

#include <string.h>

#include "clock.h"

bool session_is_authorised(struct plugin_state *state, struct session *session) {
    struct device device;
    uint64_t expires_us = session->device.expires_at_us;
    if (expires_us != 0 && wall_us() >= expires_us)
        return false;
    uint64_t change = registry_change(&state->registry);
    if (change == session->checked_change)
        return true;
    switch (registry_find(&state->registry, session->token, wall_us(), &device)) {
    case LOOKUP_UNKNOWN:
        return false;
    case LOOKUP_UNAVAILABLE:
        /* Existing sessions stay while the registry file cannot be read. */
        return true;
    case LOOKUP_FOUND:
        break;
    }
    if (strcmp(device.id, session->device.id) != 0)
        return false;
    session->device.expires_at_us = device.expires_at_us;
    session->checked_change = change;
    return true;
}

const char *revocation_reason(struct plugin_state *state, const struct session *session) {
    return registry_has_device(&state->registry, session->device.id) ? "token no longer valid"
                                                                     : "device removed";
}
