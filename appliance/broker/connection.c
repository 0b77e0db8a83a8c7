/* Lets devices in by their token, and notes when they come and go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "clock.h"
#include "door.h"
#include "events.h"
#include "farewell.h"
#include "hash.h"
#include "presence.h"
#include "refused_frame.h"

/* The id under which the broker files a connection: two devices may choose the same one. A device
 * that was given its id by the broker comes back with the long form. NULL without memory. */
static char *own_client_id(const char *device_id, const char *client_id) {
    size_t device_bytes = strlen(device_id);
    if (strncmp(client_id, device_id, device_bytes) == 0 && client_id[device_bytes] == '/')
        return strdup(client_id);
    size_t bytes = device_bytes + strlen(client_id) + 2;
    char *own = malloc(bytes);
    if (own)
        snprintf(own, bytes, "%s/%s", device_id, client_id);
    return own;
}

/* What the broker remembers of earlier connections of this id, it remembers under this number;
 * a clean start makes it forget. */
static uint64_t incarnation(struct door *door, const struct mosquitto *client,
                            const char *client_id) {
    uint64_t hash = hash_text(client_id);
    uint32_t *starts = &door->incarnations[hash % INCARNATIONS];
    if (mosquitto_client_clean_session(client))
        (*starts)++;
    return hash ^ ((uint64_t)*starts << 16);
}

static void end_session(struct door *door, struct session *session, const char *reason) {
    struct device device = session->device;
    sessions_remove(&door->sessions, session);
    /* A device is connected until its last connection ends. */
    if (!sessions_has_device(&door->sessions, device.id))
        presence_disconnected(door, device.id, reason);
}

static struct session *start_session(struct door *door, struct mosquitto *client,
                                     const char *client_id, const char *token,
                                     const struct device *device) {
    struct session *old = sessions_find_id(&door->sessions, client_id);
    if (old)
        end_session(door, old, "session taken over");
    bool is_first = !sessions_has_device(&door->sessions, device->id);
    struct session *session = sessions_add(&door->sessions, client, client_id, token, device);
    if (!session)
        return NULL;
    session->incarnation = incarnation(door, client, client_id);
    /* The connection may still fail for another reason; a "disconnected" then follows. */
    if (is_first)
        presence_connected(door, device->id, mosquitto_client_address(client));
    return session;
}

static int admit(struct door *door, struct mosquitto *client, const char *token,
                 const struct device *device) {
    char *client_id = own_client_id(device->id, mosquitto_client_id(client));
    bool is_renamed = client_id && broker_memory_rename(&door->memory, client, client_id);
    struct session *session =
        is_renamed ? start_session(door, client, client_id, token, device) : NULL;
    free(client_id);
    if (!is_renamed)
        mosquitto_log_printf(MOSQ_LOG_ERR, "cannot tell devices with the same client id apart in "
                                           "this version of mosquitto: use 2.0.21");
    /* From here on `token` is gone: the broker frees the user name that it was. */
    if (session && mosquitto_set_username(client, device->id) == MOSQ_ERR_SUCCESS)
        return MOSQ_ERR_SUCCESS;
    if (session)
        end_session(door, session, "out of memory");
    return MOSQ_ERR_UNKNOWN;
}

int on_basic_auth(int event, void *event_data, void *userdata) {
    (void)event;
    struct mosquitto_evt_basic_auth *connect = event_data;
    struct door *door = userdata;
    struct device device;
    /* After SIGHUP the broker asks again for everybody; the tick looks after those anyway. */
    if (sessions_find(&door->sessions, connect->client))
        return MOSQ_ERR_SUCCESS;
    broker_memory_learn(&door->memory, connect->client);
    enum lookup found = LOOKUP_UNKNOWN;
    if (connect->username)
        found = registry_find(&door->registry, connect->username, wall_us(), &device);
    if (found == LOOKUP_FOUND)
        return admit(door, connect->client, connect->username, &device);
    if (found == LOOKUP_UNAVAILABLE) {
        door->counters.refused_unready++;
        farewell_unavailable(&door->memory, connect->client);
        return MOSQ_ERR_UNKNOWN;
    }
    /* Many devices share one address: it is counted, never punished. */
    door->counters.refused_tokens++;
    refusals_count(&door->refusals, mosquitto_client_address(connect->client));
    refused_frame_stranger(door, mosquitto_client_address(connect->client), connect->username);
    return MOSQ_ERR_AUTH;
}

int on_disconnect(int event, void *event_data, void *userdata) {
    (void)event;
    struct mosquitto_evt_disconnect *disconnect = event_data;
    struct door *door = userdata;
    struct session *session = sessions_find(&door->sessions, disconnect->client);
    if (!session)
        return MOSQ_ERR_SUCCESS;
    struct broker_packet packet = broker_memory_packet(&door->memory, disconnect->client);
    const char *reason = session->end_reason;
    if (!reason && packet.type == PACKET_PUBLISH && packet.is_refused_early) {
        /* The broker's own max_packet_size, far above the payload's limit. */
        reason = refused_frame_too_large(door, session, "", NULL, packet.bytes);
    }
    if (!reason)
        reason = farewell_reason(&door->memory, disconnect->client);
    end_session(door, session, reason);
    return MOSQ_ERR_SUCCESS;
}
