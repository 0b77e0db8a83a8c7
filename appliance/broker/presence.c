/* Writes to the spool which devices are connected.
 *
 * While the spool is at its limit these frames are dropped without a word: a device that comes
 * and goes in a loop must not fill the disk with its coming and going. presence_repair makes the
 * picture right afterwards, with a "writer started" (which voids all that was said before) and a
 * "connected" for everyone who is.
 */
#include "presence.h"

#include <string.h>

#include <mosquitto_broker.h>

#define ROOM_FOR_REPAIR_BYTES (1024 * 1024)

static void write_presence(struct door *door, enum frame_kind kind, const char *device_id,
                           const char *text) {
    struct frame frame = {kind, device_id, "", text, strlen(text)};
    if (spool_append(&door->spool, &frame) != SPOOL_WRITTEN)
        door->presence_lost = true;
}

void presence_writer_started(struct door *door) {
    write_presence(door, FRAME_WRITER_STARTED, "", "");
}

void presence_connected(struct door *door, const char *device_id, const char *address) {
    write_presence(door, FRAME_CONNECTED, device_id, address ? address : "");
}

void presence_disconnected(struct door *door, const char *device_id, const char *reason) {
    write_presence(door, FRAME_DISCONNECTED, device_id, reason);
}

void presence_repair(struct door *door) {
    if (!door->presence_lost || spool_is_full(&door->spool, ROOM_FOR_REPAIR_BYTES))
        return;
    door->presence_lost = false;
    presence_writer_started(door);
    for (const struct session *at = door->sessions.first; at && !door->presence_lost; at = at->next)
        presence_connected(door, at->device.id, mosquitto_client_address(at->client));
}
