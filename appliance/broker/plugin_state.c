/* The plugin's state while the broker runs; every event gets it. */
#include "plugin_state.h"

#include <string.h>

#include "clock.h"

/* The device has another owner now, whose limit holds from here on. */
static bool follow_owner(struct plugin_state *state, struct session *session,
                         const struct device *device) {
    struct meter *meter = meters_of(&state->meters, device->owner);
    if (!meter)
        return false;
    session->owner_meter->connections--;
    meter->connections++;
    session->owner_meter = meter;
    memcpy(session->device.owner, device->owner, sizeof device->owner);
    return true;
}

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
    if (strcmp(device.owner, session->device.owner) != 0 && !follow_owner(state, session, &device))
        return true; /* without memory the old owner is charged, until the next look-up */
    session->device.expires_at_us = device.expires_at_us;
    session->checked_change = change;
    return true;
}

const char *revocation_reason(struct plugin_state *state, const struct session *session) {
    return registry_has_device(&state->registry, session->device.id) ? "token no longer valid"
                                                                     : "device removed";
}
