/* Takes a device's message into the spool before it is acknowledged, and lets nobody else see it.
 */
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "clock.h"
#include "door.h"
#include "events.h"
#include "farewell.h"
#include "filters.h"
#include "refused_frame.h"
#include "session_limits.h"

/* The topic under which the broker goes on with a message that we have: nobody can subscribe to
 * it, so nobody's subscriptions are even looked through. */
#define NOBODYS_TOPIC "$q"

static int close_connection(struct door *door, struct session *session, const char *reason,
                            uint8_t reason_code, int error) {
    session->end_reason = reason;
    return farewell_disconnect(&door->memory, session->client, reason_code, error);
}

static int close_full(struct door *door, struct session *session, enum spool_result result) {
    /* Any error but MOSQ_ERR_ACL_DENIED closes without an acknowledgement; at that one a client
     * of MQTT 3.1.1 would be told that its message had arrived. */
    if (result == SPOOL_FULL)
        door->counters.refused_limit++;
    else
        door->counters.refused_failed++;
    return close_connection(door, session,
                            result == SPOOL_FULL ? "the spool is full"
                                                 : "the message could not be written",
                            REASON_QUOTA_EXCEEDED, MOSQ_ERR_CONN_REFUSED);
}

/* Append the message, unless its sender may not send it (any more). */
static int take(struct door *door, struct session *session, const char *topic, const void *payload,
                size_t payload_bytes) {
    if (!door_is_open_for(door, session)) {
        door->counters.kicked++;
        return close_connection(door, session, door_closed_reason(door, session),
                                REASON_NOT_AUTHORISED, MOSQ_ERR_AUTH);
    }
    if (payload_bytes > PAYLOAD_MAX_BYTES)
        return close_connection(
            door, session, refused_frame_too_large(door, session, topic, payload, payload_bytes),
            REASON_PACKET_TOO_LARGE, MOSQ_ERR_PAYLOAD_SIZE);
    const char *request_id = session_limits_request(topic, payload, payload_bytes);
    if (request_id && session_limits_answer(session->client_id, request_id)) {
        door->counters.answered++;
        return MOSQ_ERR_SUCCESS;
    }
    pressure_apply(&door->pressure);
    struct frame frame = {FRAME_MESSAGE, session->device.id, topic, payload, payload_bytes};
    enum spool_result result = spool_append(&door->spool, &frame);
    if (result != SPOOL_WRITTEN)
        return close_full(door, session, result);
    door->counters.accepted++;
    door->counters.accepted_bytes += payload_bytes;
    return MOSQ_ERR_SUCCESS;
}

/* Until its release the broker keeps a QoS 2 message, to know it again by its content. A number
 * that stands for the content does as well, so nobody can make it keep megabytes. */
static void keep_only(struct mosquitto_evt_message *message, uint64_t content) {
    if (message->payloadlen <= sizeof content)
        return;
    void *payload = mosquitto_malloc(sizeof content);
    if (!payload)
        return; /* the payload then stays, which is right too */
    memcpy(payload, &content, sizeof content);
    message->payload = payload; /* the broker frees the old one */
    message->payloadlen = sizeof content;
}

/* The same for QoS 2, where a message may come again although we have it. */
static int take_once(struct door *door, struct session *session,
                     struct mosquitto_evt_message *message) {
    uint16_t message_id = broker_memory_message_id(&door->memory, message->client);
    struct repeat repeat = repeat_of(session->incarnation, message_id, message->topic,
                                     message->payload, message->payloadlen, steady_us());
    bool is_repeat = broker_memory_packet(&door->memory, message->client).is_repeat;
    int error = MOSQ_ERR_SUCCESS;
    if (message_id != 0 && is_repeat && repeats_has(&door->repeats, &repeat))
        door->counters.repeated++;
    else
        error = take(door, session, message->topic, message->payload, message->payloadlen);
    if (error == MOSQ_ERR_SUCCESS) {
        repeats_remember(&door->repeats, &repeat);
        keep_only(message, repeat.content);
    }
    return error;
}

int on_message(int event, void *event_data, void *userdata) {
    (void)event;
    struct mosquitto_evt_message *message = event_data;
    struct door *door = userdata;
    struct session *session = sessions_find(&door->sessions, message->client);
    if (!session)
        return MOSQ_ERR_AUTH;
    /* First, because a message that is in the spool must be acknowledged. */
    char *topic = mosquitto_strdup(NOBODYS_TOPIC);
    if (!topic)
        return MOSQ_ERR_NOMEM;
    int error = message->qos == 2
                    ? take_once(door, session, message)
                    : take(door, session, message->topic, message->payload, message->payloadlen);
    if (error != MOSQ_ERR_SUCCESS) {
        mosquitto_free(topic);
        return error;
    }
    /* The broker frees the old topic. */
    message->topic = topic;
    message->retain = false;
    return MOSQ_ERR_SUCCESS;
}

/* Publishing: everything goes on to on_message, whatever its topic, but two things. A will is
 * published when its session is over; it goes nowhere. And `$CONTROL/` speaks to the broker. */
static int check_write(struct door *door, const struct mosquitto_evt_acl_check *check) {
    struct session *session = sessions_find(&door->sessions, check->client);
    if (!session)
        return MOSQ_ERR_ACL_DENIED;
    if (strncmp(check->topic, "$CONTROL/", strlen("$CONTROL/")) != 0)
        return MOSQ_ERR_SUCCESS;
    int error = take(door, session, check->topic, check->payload, check->payloadlen);
    return error == MOSQ_ERR_SUCCESS ? MOSQ_ERR_ACL_DENIED : error;
}

int on_acl_check(int event, void *event_data, void *userdata) {
    (void)event;
    const struct mosquitto_evt_acl_check *check = event_data;
    switch (check->access) {
    case MOSQ_ACL_WRITE:
        return check_write(userdata, check);
    case MOSQ_ACL_SUBSCRIBE:
        return filter_is_allowed(check->topic) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
    case MOSQ_ACL_UNSUBSCRIBE:
        return MOSQ_ERR_SUCCESS;
    default:
        /* Reading what another client published. What the plugin itself will one day send to a
         * client by its id is not asked about here. */
        return MOSQ_ERR_ACL_DENIED;
    }
}
