/* Authenticates devices by their token, and records when they connect and disconnect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "client_internals.h"
#include "clock.h"
#include "control_reports.h"
#include "dead_peers.h"
#include "disconnect_reason.h"
#include "events.h"
#include "hash.h"
#include "device_limits.h"
#include "plugin_state.h"
#include "presence.h"
#include "rejection_frames.h"

/* The id under which the broker indexes a connection: two devices may choose the same one. A device
 * whose id was assigned by the broker reconnects with the long form. NULL without memory. */
static char *qualified_client_id(const char *device_id, const char *client_id) {
    size_t device_bytes = strlen(device_id);
    if (strncmp(client_id, device_id, device_bytes) == 0 && client_id[device_bytes] == '/')
        return strdup(client_id);
    size_t bytes = device_bytes + strlen(client_id) + 2;
    char *qualified = malloc(bytes);
    if (qualified)
        snprintf(qualified, bytes, "%s/%s", device_id, client_id);
    return qualified;
}

/* What the broker remembers of earlier connections of this client id belongs to this number; a
 * clean start makes it forget. */
static uint64_t incarnation(struct plugin_state *state, const struct mosquitto *client,
                            const char *client_id) {
    uint64_t hash = hash_text(client_id);
    uint32_t *starts = &state->incarnations[hash % INCARNATIONS];
    if (mosquitto_client_clean_session(client))
        (*starts)++;
    return hash ^ ((uint64_t)*starts << 16);
}

static void end_session(struct plugin_state *state, struct session *session, const char *reason) {
    struct device device = session->device;
    session->device_meter->connections--;
    session->owner_meter->connections--;
    pausing_forget(&state->pausing, session);
    control_session_ended(state, session);
    sessions_remove(&state->sessions, session);
    /* A device is connected until its last connection ends. */
    if (!sessions_has_device(&state->sessions, device.id))
        presence_disconnected(state, device.id, reason);
}

static bool is_loopback(const char *address) {
    return address && (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0);
}

static struct session *start_session(struct plugin_state *state, struct mosquitto *client,
                                     const char *client_id, const char *token,
                                     const struct device *device) {
    struct session *previous = sessions_find_id(&state->sessions, client_id);
    if (previous)
        end_session(state, previous, "session taken over");
    bool is_first = !sessions_has_device(&state->sessions, device->id);
    struct meter *device_meter = meters_of(&state->meters, device->id);
    struct meter *owner_meter = meters_of(&state->meters, device->owner);
    struct session *session = NULL;
    if (device_meter && owner_meter)
        session = sessions_add(&state->sessions, client, client_id, token, device);
    if (!session)
        return NULL;
    session->device_meter = device_meter;
    session->owner_meter = owner_meter;
    device_meter->connections++;
    owner_meter->connections++;
    session->started_us = wall_us();
    session->is_local = is_loopback(mosquitto_client_address(client));
    session->incarnation = incarnation(state, client, client_id);
    dead_peers_notice(client_internals_socket(client));
    /* The broker may still refuse the connection; a "disconnected" then follows. */
    if (is_first)
        presence_connected(state, device->id, mosquitto_client_address(client));
    if (state->options.side && !session->is_local)
        presence_session_started(state, session);
    control_session_changed(state, session); /* a session that is resumed has filters */
    return session;
}

static int admit(struct plugin_state *state, struct mosquitto *client, const char *token,
                 const struct device *device) {
    char *client_id = qualified_client_id(device->id, mosquitto_client_id(client));
    struct session *session = NULL;
    if (client_id &&
        !limits_admit(state, device, sessions_find_id(&state->sessions, client_id) != NULL)) {
        free(client_id);
        refuse_over_quota(client);
        return MOSQ_ERR_UNKNOWN;
    }
    if (client_id && client_internals_rename(client, client_id)) {
        limits_bound_kept_sessions(state, client, client_id, device);
        session = start_session(state, client, client_id, token, device);
    }
    free(client_id);
    /* mosquitto_set_username frees the old user name, which is `token`. */
    if (session && mosquitto_set_username(client, device->id) == MOSQ_ERR_SUCCESS)
        return MOSQ_ERR_SUCCESS;
    if (session)
        end_session(state, session, "out of memory");
    return MOSQ_ERR_UNKNOWN;
}

/* Check with the first client that this broker has the struct the plugin was compiled with. */
static bool knows_client_struct(struct plugin_state *state, const struct mosquitto *client) {
    if (state->client_struct == CLIENT_STRUCT_UNCHECKED) {
        state->client_struct =
            client_internals_match(client) ? CLIENT_STRUCT_MATCHES : CLIENT_STRUCT_UNKNOWN;
        if (state->client_struct == CLIENT_STRUCT_UNKNOWN)
            mosquitto_log_printf(MOSQ_LOG_ERR,
                                 "Refusing all connections: unknown client struct in this "
                                 "Mosquitto (tested: " TESTED_MOSQUITTO ")");
    }
    return state->client_struct == CLIENT_STRUCT_MATCHES;
}

/* One that asks for a token: it has no device, no presence and no session that outlives it. */
static int admit_provisioner(struct plugin_state *state, struct mosquitto *client) {
    struct provisioning *provisioning = &state->provisioning;
    struct provisioner *provisioner = NULL;
    char client_id[PROVISIONER_ID_BYTES];
    uint64_t now_us = steady_us();
    if (provisioning_charge(provisioning, mosquitto_client_address(client), now_us))
        provisioner = provisioning_add(provisioning, client, now_us);
    if (!provisioner) {
        state->counters.refused_provisioning++;
        refuse_over_quota(client);
        return MOSQ_ERR_UNKNOWN;
    }
    provisioner_id(provisioner, client_id);
    if (!client_internals_rename(client, client_id)) {
        provisioning_end(provisioning, client);
        return MOSQ_ERR_UNKNOWN;
    }
    client_internals_keep_no_session(client);
    dead_peers_notice(client_internals_socket(client));
    return MOSQ_ERR_SUCCESS;
}

static int refuse_unknown_token(struct plugin_state *state, const struct mosquitto *client,
                                const char *token) {
    /* Many devices share one address: it is counted, never blocked. */
    const char *address = mosquitto_client_address(client);
    state->counters.unknown_tokens++;
    refusals_count(&state->refusals, address);
    reject_unknown_token(state, address, token);
    return MOSQ_ERR_AUTH;
}

int on_basic_auth(int event, void *event_data, void *userdata) {
    (void)event;
    struct mosquitto_evt_basic_auth *connect = event_data;
    struct plugin_state *state = userdata;
    struct device device;
    if (!knows_client_struct(state, connect->client))
        return MOSQ_ERR_UNKNOWN;
    /* After SIGHUP the broker authenticates all clients again; housekeeping checks those anyway. */
    if (sessions_find(&state->sessions, connect->client) || control_is(state, connect->client) ||
        provisioning_find(&state->provisioning, connect->client) ||
        control_admit(state, connect->client, connect->username, connect->password))
        return MOSQ_ERR_SUCCESS;
    if (provisioning_is_asked(connect->username))
        return admit_provisioner(state, connect->client);
    enum lookup lookup = LOOKUP_UNKNOWN;
    if (connect->username)
        lookup = registry_find(&state->registry, connect->username, wall_us(), &device);
    switch (lookup) {
    case LOOKUP_FOUND:
        return admit(state, connect->client, connect->username, &device);
    case LOOKUP_UNAVAILABLE:
        state->counters.refused_no_registry++;
        refuse_as_unavailable(connect->client);
        return MOSQ_ERR_UNKNOWN;
    default:
        /* A device with a valid token is free to choose this client id. */
        if (provisioning_is_asked(mosquitto_client_id(connect->client)))
            return admit_provisioner(state, connect->client);
        return refuse_unknown_token(state, connect->client, connect->username);
    }
}

int on_disconnect(int event, void *event_data, void *userdata) {
    (void)event;
    struct mosquitto_evt_disconnect *disconnect = event_data;
    struct plugin_state *state = userdata;
    struct session *session = sessions_find(&state->sessions, disconnect->client);
    if (control_is(state, disconnect->client))
        control_end(state);
    provisioning_end(&state->provisioning, disconnect->client);
    if (!session)
        return MOSQ_ERR_SUCCESS;
    struct incoming_packet packet = client_internals_packet(disconnect->client);
    const char *reason = session->end_reason;
    if (!reason && packet.type == PACKET_PUBLISH && packet.is_refused_early) {
        /* The broker's own max_packet_size, far above the payload's limit. */
        reason = reject_too_large(state, session, "", NULL, packet.bytes);
    }
    if (!reason)
        reason = disconnect_reason_for_owner(disconnect->client);
    end_session(state, session, reason);
    return MOSQ_ERR_SUCCESS;
}
