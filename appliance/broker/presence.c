/* Writes presence to the spool: which devices are connected.
 *
 * While the spool is full these frames are dropped and not logged: a device that reconnects in a
 * loop must not fill the disk. Afterwards presence_repair writes a "writer started", which voids
 * all earlier presence, and a "connected" for every device that is connected.
 */
#include "presence.h"

#include <string.h>

#include <mosquitto_broker.h>

/* Longer ones are legal, and nobody uses them. */
#define MAX_FOLLOWED_ID_BYTES 1024
#define REPAIR_BYTES (1024 * 1024)

static void write_presence(struct plugin_state *state, enum frame_kind kind, const char *device_id,
                           const char *text) {
    struct frame frame = {kind, device_id, "", text, strlen(text)};
    if (spool_append(&state->spool, &frame) != SPOOL_WRITTEN)
        state->presence_lost = true;
}

void presence_writer_started(struct plugin_state *state) {
    write_presence(state, FRAME_WRITER_STARTED, "", "");
}

void presence_connected(struct plugin_state *state, const char *device_id, const char *address) {
    write_presence(state, FRAME_CONNECTED, device_id, address ? address : "");
}

void presence_disconnected(struct plugin_state *state, const char *device_id, const char *reason) {
    write_presence(state, FRAME_DISCONNECTED, device_id, reason);
}

void presence_session_started(struct plugin_state *state, const struct session *session) {
    const char *client_id = session->client_id;
    struct frame frame = {FRAME_SESSION_STARTED, session->device.id, client_id, "", 0};
    if (strlen(client_id) <= MAX_FOLLOWED_ID_BYTES)
        (void)spool_append(&state->spool, &frame);
}

void presence_repair(struct plugin_state *state) {
    if (!state->presence_lost || spool_is_full(&state->spool, REPAIR_BYTES))
        return;
    state->presence_lost = false;
    presence_writer_started(state);
    for (const struct session *at = state->sessions.first; at && !state->presence_lost;
         at = at->next)
        presence_connected(state, at->device.id, mosquitto_client_address(at->client));
}
