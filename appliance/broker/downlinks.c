/* Sends to devices what the control client orders, and watches what becomes of it.
 *
 * An order is obeyed in the tick, after which the broker publishes before it does anything else:
 * nobody can disconnect in between, so nothing is sent into a session that has gone. A message that
 * was on the way to a connected client and no longer is has been acknowledged. */
#include "downlinks.h"

#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mqtt_protocol.h>

#include "client_internals.h"
#include "client_outgoing.h"
#include "clock.h"
#include "control_reports.h"
#include "plugin_state.h"

/* The loop turns thousands of times a second; nobody sees whether an answer took 2 ms longer. */
#define LOOK_EVERY_US 2000
/* A look goes through all that is on the way to a session: with thousands of sessions each waits
 * for its turn, so that devices do not wait. */
#define LOOKS_PER_TURN 200

void downlinks_init(struct downlinks *downlinks) {
    memset(downlinks, 0, sizeof *downlinks);
    downlinks->end = &downlinks->first;
    downlinks->watched.kind = LIST_WATCHED;
    downlinks->with_new.kind = LIST_NEW;
}

static void *copy_of(const void *payload, size_t bytes) {
    void *copy = malloc(bytes > 0 ? bytes : 1);
    if (copy && bytes > 0)
        memcpy(copy, payload, bytes);
    return copy;
}

bool downlinks_order(struct plugin_state *state, const struct downlink_order *order) {
    struct pending_order *pending = calloc(1, sizeof *pending);
    void *payload = copy_of(order->payload, order->payload_bytes);
    if (!pending || !payload) {
        free(pending);
        free(payload);
        return false;
    }
    pending->order = *order;
    pending->payload = payload;
    *state->downlinks.end = pending;
    state->downlinks.end = &pending->next;
    return true;
}

static void say(struct plugin_state *state, uint64_t tag, enum downlink_result result) {
    state->counters.downlinks_delivered += result == RESULT_DELIVERED;
    state->counters.downlinks_refused +=
        result == RESULT_NOT_CONNECTED || result == RESULT_BUSY || result == RESULT_TOO_LARGE;
    control_result(state, tag, result);
}

/* ---- what is on the way ---- */

static void add(struct plugin_state *state, struct session *session, struct pending_order *pending,
                uint64_t number) {
    struct downlink *downlink = calloc(1, sizeof *downlink);
    if (!downlink)
        return; /* it is on the way, but its delivery is not reported */
    downlink->tag = pending->order.tag;
    downlink->number = number;
    if (number == 0) {
        downlink->order = pending->order;
        downlink->payload = pending->payload;
        pending->payload = NULL;
        memset(&pending->order, 0, sizeof pending->order);
    }
    struct downlink **end = &session->downlinks;
    while (*end)
        end = &(*end)->next;
    *end = downlink;
    session_list_append(&state->downlinks.watched, session);
    if (number == 0)
        session_list_append(&state->downlinks.with_new, session);
}

static void forget_content(struct downlink *downlink) {
    free(downlink->payload);
    downlink->payload = NULL;
    downlink_order_clear(&downlink->order);
}

static void remove_first_at(struct downlink **at) {
    struct downlink *downlink = *at;
    *at = downlink->next;
    forget_content(downlink);
    free(downlink);
}

static void unwatch(struct downlinks *downlinks, struct session *session) {
    session_list_remove(&downlinks->watched, session);
    session_list_remove(&downlinks->with_new, session);
}

/* ---- what has been delivered ---- */

static uint64_t highest_number(const struct session *session) {
    uint64_t highest = 0;
    for (const struct downlink *at = session->downlinks; at; at = at->next)
        if (at->number > highest)
            highest = at->number;
    return highest;
}

/* Return whether it is still on the way. */
static bool look_up(struct session *session, struct downlink *downlink) {
    if (downlink->number != 0)
        return client_outgoing_has(session->client, downlink->number);
    downlink->number =
        client_outgoing_find(session->client, highest_number(session), downlink->order.topic,
                             downlink->payload, downlink->order.payload_bytes);
    forget_content(downlink);
    return downlink->number != 0;
}

static void look_at(struct plugin_state *state, struct session *session) {
    struct downlink **at = &session->downlinks;
    while (*at) {
        if (look_up(session, *at)) {
            at = &(*at)->next;
            continue;
        }
        say(state, (*at)->tag, RESULT_DELIVERED);
        remove_first_at(at);
    }
    session_list_remove(&state->downlinks.with_new, session);
    if (!session->downlinks)
        session_list_remove(&state->downlinks.watched, session);
}

/* The broker's loop reads one packet of the control client in a turn, so there are few. */
static void look_at_new(struct plugin_state *state) {
    while (state->downlinks.with_new.first)
        look_at(state, state->downlinks.with_new.first);
}

static void look_at_some(struct plugin_state *state, uint64_t now_us) {
    struct downlinks *downlinks = &state->downlinks;
    if (now_us - downlinks->looked_at_us < LOOK_EVERY_US || !control_has_room(state))
        return;
    downlinks->looked_at_us = now_us;
    uint64_t looks = downlinks->watched.count;
    for (looks = looks < LOOKS_PER_TURN ? looks : LOOKS_PER_TURN; looks > 0; looks--) {
        struct session *session = session_list_take(&downlinks->watched);
        session_list_append(&downlinks->watched, session);
        look_at(state, session);
    }
}

/* ---- orders ---- */

static unsigned on_the_way(const struct session *session) {
    unsigned count = 0;
    for (const struct downlink *at = session->downlinks; at; at = at->next)
        count++;
    return count;
}

static unsigned published_this_turn(const struct session *session) {
    unsigned count = 0;
    for (const struct downlink *at = session->downlinks; at; at = at->next)
        count += at->number == 0;
    return count;
}

static bool publish(const struct pending_order *pending) {
    const struct downlink_order *order = &pending->order;
    mosquitto_property *properties = NULL;
    if (order->expiry_seconds != 0 &&
        mosquitto_property_add_int32(&properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
                                     order->expiry_seconds) != MOSQ_ERR_SUCCESS)
        return false;
    if (mosquitto_broker_publish_copy(order->client_id, order->topic, (int)order->payload_bytes,
                                      pending->payload, order->qos, false,
                                      properties) == MOSQ_ERR_SUCCESS)
        return true;
    mosquitto_property_free_all(&properties);
    return false;
}

/* Return RESULT_WRITTEN once it is on the way, else why it was not sent. */
static enum downlink_result put_on_the_way(struct plugin_state *state,
                                           const struct mosquitto *client,
                                           const struct pending_order *pending,
                                           unsigned published) {
    const struct downlink_order *order = &pending->order;
    switch (client_outgoing_room(client, order->qos, strlen(order->topic), order->payload_bytes,
                                 published)) {
    case ROOM_NOT_CONNECTED:
        return RESULT_NOT_CONNECTED;
    case ROOM_TOO_LARGE:
        return RESULT_TOO_LARGE;
    case ROOM_BUSY:
        return RESULT_BUSY;
    case ROOM_YES:
        break;
    }
    if (!publish(pending))
        return RESULT_BUSY;
    state->counters.downlinks++;
    return RESULT_WRITTEN;
}

static enum downlink_result send_order(struct plugin_state *state, struct session *session,
                                       struct pending_order *pending) {
    if (on_the_way(session) >= MAX_ON_THE_WAY)
        return RESULT_BUSY;
    enum downlink_result result =
        put_on_the_way(state, session->client, pending, published_this_turn(session));
    if (result != RESULT_WRITTEN)
        return result;
    if (pending->order.qos == 0)
        return RESULT_DELIVERED;
    add(state, session, pending, 0);
    return RESULT_WRITTEN;
}

/* To a connection that asks for a token. Nobody waits for its PUBACK: it asks again. */
static enum downlink_result send_answer(struct plugin_state *state, struct pending_order *pending) {
    struct provisioner *to = provisioning_find_id(&state->provisioning, pending->order.client_id);
    if (!to || pending->order.kind != ORDER_SEND)
        return RESULT_NOT_CONNECTED;
    if (pending->order.qos > to->max_qos)
        pending->order.qos = to->max_qos;
    enum downlink_result result = put_on_the_way(state, to->client, pending, 0);
    if (result == RESULT_WRITTEN)
        provisioner_answered(to, steady_us());
    return result == RESULT_WRITTEN ? RESULT_DELIVERED : result;
}

static enum downlink_result watch_order(struct plugin_state *state, struct session *session,
                                        struct pending_order *pending) {
    const struct downlink_order *order = &pending->order;
    uint64_t number = client_outgoing_find(session->client, 0, order->topic, pending->payload,
                                           order->payload_bytes);
    if (number == 0)
        return RESULT_UNKNOWN;
    add(state, session, pending, number);
    return RESULT_WRITTEN;
}

static void obey(struct plugin_state *state, struct pending_order *pending) {
    struct session *session = sessions_find_id(&state->sessions, pending->order.client_id);
    uint64_t tag = pending->order.tag;
    enum downlink_result result = RESULT_NOT_CONNECTED;
    if (!session)
        result = send_answer(state, pending);
    else if (!session->end_reason)
        result = pending->order.kind == ORDER_SEND ? send_order(state, session, pending)
                                                   : watch_order(state, session, pending);
    say(state, tag, result);
}

static void drop_orders(struct downlinks *downlinks) {
    struct pending_order *next;
    for (struct pending_order *at = downlinks->first; at; at = next) {
        next = at->next;
        downlink_order_clear(&at->order);
        free(at->payload);
        free(at);
    }
    downlinks->first = NULL;
    downlinks->end = &downlinks->first;
}

void downlinks_apply(struct plugin_state *state, uint64_t now_us) {
    look_at_new(state);
    look_at_some(state, now_us);
    for (struct pending_order *at = state->downlinks.first; at; at = at->next)
        obey(state, at);
    drop_orders(&state->downlinks);
}

void downlinks_end(struct plugin_state *state, struct session *session) {
    if (!session->downlinks)
        return;
    bool is_kept = client_internals_wants_kept_session(session->client);
    while (session->downlinks) {
        control_result(state, session->downlinks->tag, is_kept ? RESULT_KEPT : RESULT_ENDED);
        remove_first_at(&session->downlinks);
    }
    unwatch(&state->downlinks, session);
}

void downlinks_clear(struct plugin_state *state) {
    struct session *session;
    drop_orders(&state->downlinks);
    while ((session = state->downlinks.watched.first)) {
        while (session->downlinks)
            remove_first_at(&session->downlinks);
        unwatch(&state->downlinks, session);
    }
}
