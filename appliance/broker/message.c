/* Appends a device's message to the spool before it is acknowledged, and delivers it to nobody; a
 * request is answered or passed on instead. */
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "calls.h"
#include "client_internals.h"
#include "clock.h"
#include "control_reports.h"
#include "disconnect_reason.h"
#include "events.h"
#include "filters.h"
#include "device_limits.h"
#include "plugin_state.h"
#include "rate_limit.h"
#include "rejection_frames.h"
#include "requests.h"

/* The topic that an appended message gets for the broker's routing. No device may subscribe to it,
 * so routing ends at one failed look-up. */
#define UNROUTED_TOPIC "$q"

static int close_connection(struct session *session, const char *reason, uint8_t reason_code,
                            int error) {
    session->end_reason = reason;
    return disconnect_with_reason(session->client, reason_code, error);
}

static int close_not_authorised(struct plugin_state *state, struct session *session) {
    state->counters.kicked++;
    return close_connection(session, revocation_reason(state, session), REASON_NOT_AUTHORISED,
                            MOSQ_ERR_AUTH);
}

static int close_not_written(struct plugin_state *state, struct session *session,
                             enum spool_result result) {
    bool is_full = result == SPOOL_FULL;
    if (is_full)
        state->counters.refused_over_quota++;
    else
        state->counters.refused_write_errors++;
    /* Any error but MOSQ_ERR_ACL_DENIED closes without an acknowledgement; for that one the broker
     * sends an MQTT 3.1.1 client its PUBACK, and the message would be lost. */
    return close_connection(session,
                            is_full ? "the spool is full" : "the message could not be written",
                            REASON_QUOTA_EXCEEDED, MOSQ_ERR_CONN_REFUSED);
}

/* What nobody answers is not kept: the device asks again after a time of its own. */
static void take_request(struct plugin_state *state, struct session *session, const char *topic,
                         const void *payload, size_t payload_bytes) {
    struct counters *counters = &state->counters;
    const char *request_id;
    enum call call = call_read(topic, payload, payload_bytes, &request_id);
    bool is_taken = call == CALL_NONE
                        ? control_request(state, session, topic, payload, payload_bytes)
                        : call_answer(session->client, request_id, call, &state->options);
    if (!is_taken)
        counters->requests_dropped++;
    else if (call == CALL_SESSION_LIMITS)
        counters->session_limits_answers++;
    else if (call == CALL_TIME)
        counters->time_answers++;
    else
        counters->requests++;
}

/* Append the message or take the request, or close the connection of a sender that may not send it.
 */
static int accept_message(struct plugin_state *state, struct session *session, const char *topic,
                          const void *payload, size_t payload_bytes) {
    if (!session_is_authorised(state, session))
        return close_not_authorised(state, session);
    bool is_request = request_is(topic);
    if (payload_bytes > (is_request ? MAX_REQUEST_BYTES : MAX_PAYLOAD_BYTES))
        return close_connection(session,
                                reject_too_large(state, session, topic, payload, payload_bytes),
                                REASON_PACKET_TOO_LARGE, MOSQ_ERR_PAYLOAD_SIZE);
    if (!limits_charge(state, session, points_in(payload, payload_bytes)))
        return close_connection(session, "more messages than the device may send",
                                REASON_MESSAGE_RATE_TOO_HIGH, MOSQ_ERR_CONN_REFUSED);
    if (is_request) {
        take_request(state, session, topic, payload, payload_bytes);
        return MOSQ_ERR_SUCCESS;
    }
    backpressure_apply(&state->backpressure);
    struct frame frame = {FRAME_MESSAGE, session->device.id, topic, payload, payload_bytes};
    enum spool_result result = spool_append(&state->spool, &frame);
    if (result != SPOOL_WRITTEN)
        return close_not_written(state, session, result);
    state->counters.accepted++;
    state->counters.accepted_bytes += payload_bytes;
    return MOSQ_ERR_SUCCESS;
}

/* The broker holds a QoS 2 message until its PUBREL and compares a repetition with it. A hash of
 * the content serves that as well, and no client can make the broker hold megabytes. */
static void replace_payload_by_hash(struct mosquitto_evt_message *message, uint64_t content) {
    if (message->payloadlen <= sizeof content)
        return;
    void *payload = mosquitto_malloc(sizeof content);
    if (!payload)
        return; /* the payload stays, which is right too */
    memcpy(payload, &content, sizeof content);
    message->payload = payload; /* the broker frees the old one */
    message->payloadlen = sizeof content;
}

static int accept_qos2_message(struct plugin_state *state, struct session *session,
                               struct mosquitto_evt_message *message) {
    uint16_t message_id = client_internals_message_id(message->client);
    struct qos2_message identity =
        qos2_message_of(session->incarnation, message_id, message->topic, message->payload,
                        message->payloadlen, steady_us());
    bool is_duplicate = client_internals_packet(message->client).is_duplicate;
    int error = MOSQ_ERR_SUCCESS;
    if (message_id != 0 && is_duplicate && qos2_dedup_has(&state->qos2_dedup, &identity))
        state->counters.deduplicated++;
    else
        error =
            accept_message(state, session, message->topic, message->payload, message->payloadlen);
    if (error == MOSQ_ERR_SUCCESS) {
        qos2_dedup_add(&state->qos2_dedup, &identity);
        replace_payload_by_hash(message, identity.content);
    }
    return error;
}

/* A request is passed on, or dropped while the one before it waits: a repetition must not provision
 * twice. Everything that is over a limit ends the connection. */
static int accept_provision_request(struct plugin_state *state, struct provisioner *provisioner,
                                    const struct mosquitto_evt_message *message) {
    const char *address = mosquitto_client_address(provisioner->client);
    char client_id[PROVISIONER_ID_BYTES];
    uint64_t now_us = steady_us();
    if (message->payloadlen > MAX_PROVISION_BYTES)
        return disconnect_with_reason(provisioner->client, REASON_PACKET_TOO_LARGE,
                                      MOSQ_ERR_PAYLOAD_SIZE);
    enum provision_request request = provisioner_asks(provisioner, now_us);
    if (request == REQUEST_TOO_MANY ||
        !provisioning_charge(&state->provisioning, address, now_us)) {
        state->counters.refused_provisioning++;
        return disconnect_with_reason(provisioner->client, REASON_MESSAGE_RATE_TOO_HIGH,
                                      MOSQ_ERR_CONN_REFUSED);
    }
    provisioner_id(provisioner, client_id);
    if (request == REQUEST_TAKEN && control_provision(state, client_id, address ? address : "",
                                                      message->payload, message->payloadlen))
        state->counters.provision_requests++;
    else
        state->counters.requests_dropped++;
    return MOSQ_ERR_SUCCESS;
}

static int take_message(struct plugin_state *state, struct session *session,
                        struct provisioner *provisioner, struct mosquitto_evt_message *message) {
    if (!session)
        return accept_provision_request(state, provisioner, message);
    if (message->qos == 2)
        return accept_qos2_message(state, session, message);
    return accept_message(state, session, message->topic, message->payload, message->payloadlen);
}

int on_message(int event, void *event_data, void *userdata) {
    (void)event;
    struct mosquitto_evt_message *message = event_data;
    struct plugin_state *state = userdata;
    struct session *session = sessions_find(&state->sessions, message->client);
    struct provisioner *provisioner =
        session ? NULL : provisioning_find(&state->provisioning, message->client);
    if (!session && !provisioner)
        return MOSQ_ERR_AUTH;
    /* Allocated first, because a message that is in the spool must be acknowledged. */
    char *topic = mosquitto_strdup(UNROUTED_TOPIC);
    if (!topic)
        return MOSQ_ERR_NOMEM;
    int error = take_message(state, session, provisioner, message);
    if (error != MOSQ_ERR_SUCCESS) {
        mosquitto_free(topic);
        return error;
    }
    /* The broker frees the old topic. */
    message->topic = topic;
    message->retain = false;
    return MOSQ_ERR_SUCCESS;
}

/* Whatever else a connection without a token does ends it. */
static int check_provisioner(struct plugin_state *state,
                             const struct mosquitto_evt_acl_check *check, const char *allowed) {
    struct provisioner *provisioner = provisioning_find(&state->provisioning, check->client);
    if (!provisioner)
        return MOSQ_ERR_ACL_DENIED;
    if (strcmp(check->topic, allowed) != 0)
        return disconnect_with_reason(check->client, REASON_NOT_AUTHORISED, MOSQ_ERR_AUTH);
    if (check->access == MOSQ_ACL_SUBSCRIBE)
        provisioner->max_qos = check->qos > 0;
    return MOSQ_ERR_SUCCESS;
}

/* Every topic is allowed, and on_message appends it, with two exceptions. A will is published after
 * its session has ended; it is dropped. `$CONTROL/` would reach the broker's control API, so it is
 * appended here and denied. */
static int check_write(struct plugin_state *state, const struct mosquitto_evt_acl_check *check) {
    if (control_is(state, check->client))
        return control_may_publish(check->topic) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
    struct session *session = sessions_find(&state->sessions, check->client);
    if (!session)
        return check_provisioner(state, check, PROVISION_REQUEST);
    if (strncmp(check->topic, "$CONTROL/", strlen("$CONTROL/")) != 0)
        return MOSQ_ERR_SUCCESS;
    int error = accept_message(state, session, check->topic, check->payload, check->payloadlen);
    return error == MOSQ_ERR_SUCCESS ? MOSQ_ERR_ACL_DENIED : error;
}

static int check_subscribe(struct plugin_state *state,
                           const struct mosquitto_evt_acl_check *check) {
    struct session *session = sessions_find(&state->sessions, check->client);
    if (!session)
        return check_provisioner(state, check, PROVISION_RESPONSE);
    if (!filter_is_allowed(check->topic) || !limits_allow_subscription(state, session))
        return MOSQ_ERR_ACL_DENIED;
    if (!limits_charge(state, session, 0))
        return MOSQ_ERR_ACL_DENIED;
    control_session_changed(state, session);
    return MOSQ_ERR_SUCCESS;
}

static int allow_unsubscribe(struct plugin_state *state,
                             const struct mosquitto_evt_acl_check *check) {
    struct session *session = sessions_find(&state->sessions, check->client);
    if (session)
        control_session_changed(state, session);
    return MOSQ_ERR_SUCCESS;
}

int on_acl_check(int event, void *event_data, void *userdata) {
    (void)event;
    const struct mosquitto_evt_acl_check *check = event_data;
    switch (check->access) {
    case MOSQ_ACL_WRITE:
        return check_write(userdata, check);
    case MOSQ_ACL_SUBSCRIBE:
        return check_subscribe(userdata, check);
    case MOSQ_ACL_UNSUBSCRIBE:
        return allow_unsubscribe(userdata, check);
    default:
        /* Reading. What devices publish is never routed to anybody, and the broker does not ask for
         * what the plugin sends to a client. It asks when a session is resumed, before it sends
         * again what was on the way: a refusal there would also cost the client one of the messages
         * that it may have in flight (2.0.21: connection_check_acl does not give the quota back).
         */
        return filter_is_allowed(check->topic) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
    }
}
