/* Reports to the control client: sessions, what became of its orders, requests of devices.
 *
 * Sessions are reported from a list of those that changed, which cannot grow beyond the sessions
 * that there are: how often each changed in the meantime does not matter. */
#include "control_reports.h"

#include <inttypes.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "client_internals.h"
#include "client_outgoing.h"
#include "clock.h"
#include "plugin_state.h"

/* With 50,000 sessions a hello takes many turns of the loop; each serves devices in between. The
 * number keeps a client that reads far from MAX_BEHIND, however fast the machine is. */
#define REPORT_FOR_US 2000
#define REPORTS_PER_TURN 500
#define RESULT_BYTES 9

/* ---- how far behind the client is ---- */

static uint64_t packets_behind(const struct control *control) {
    return client_outgoing_waiting(control->client) + control->sent_this_turn;
}

/* What was sent in this turn does not count: it may fit into the socket. */
static bool must_wait(const struct control *control) {
    return client_outgoing_waiting(control->client) > MAX_WAITING;
}

/* Nothing more is sent to a client that will be disconnected: above max_queued_messages the broker
 * would keep it forever (2.0.21: db__message_insert returns before it counts a reference). */
static void send(struct control *control, struct event_writer *event) {
    if (packets_behind(control) <= MAX_BEHIND)
        event_send(event, control->sequence);
    control->sequence++;
    control->sent_this_turn++;
}

/* ---- sessions ---- */

void control_session_changed(struct plugin_state *state, struct session *session) {
    if (state->control.client)
        session_list_append(&state->control.to_report, session);
}

void control_session_ended(struct plugin_state *state, struct session *session) {
    struct control *control = &state->control;
    downlinks_end(state, session);
    session_list_remove(&control->to_report, session);
    /* A client that has not been greeted knows of no session yet. */
    if (!control->client || control->is_new || !session->is_reported)
        return;
    event_begin(&control->event, EVENT_ENDED);
    event_add_number(&control->event, client_internals_wants_kept_session(session->client), 1);
    event_add_text(&control->event, session->client_id);
    send(control, &control->event);
}

/* A session that cannot be sent to is said only when it could be before. One whose client id does
 * not fit into an event (the broker's has 25 bytes more than the device's own) is not said. */
static void report(struct control *control, struct session *session,
                   struct subscriber_hints *hints) {
    struct event_writer *event = &control->event;
    int filters = 0;
    event_begin(event, EVENT_SESSION);
    if (!event_add_text(event, session->client_id))
        return;
    for (int at = 0; at < client_outgoing_places(session->client); at++) {
        uint8_t qos;
        const char *filter = client_outgoing_filter(session->client, at, &qos, hints);
        if (filter)
            filters += event_add_filter(event, qos, filter);
    }
    if (filters == 0 && !session->is_reported)
        return;
    session->is_reported = filters > 0;
    send(control, event);
}

static void report_sessions(struct control *control) {
    struct subscriber_hints hints = {0};
    uint64_t until_us = steady_us() + REPORT_FOR_US;
    for (int i = 0; i < REPORTS_PER_TURN && control->to_report.first && steady_us() < until_us; i++)
        report(control, session_list_take(&control->to_report), &hints);
}

/* ---- results ---- */

static size_t results_collected(const struct control *control) {
    return control->results.count / RESULT_BYTES;
}

bool control_has_room(const struct plugin_state *state) {
    return results_collected(&state->control) < MAX_BEHIND / 2;
}

static void send_results(struct control *control) {
    if (control->results.count > 0)
        send(control, &control->results);
    control->results.count = 0;
}

static bool add_result(struct event_writer *results, uint64_t tag, enum downlink_result result) {
    if (results->count == 0)
        event_begin(results, EVENT_RESULTS);
    if (results->count + RESULT_BYTES > MAX_EVENT_BYTES)
        return false;
    event_add_number(results, tag, 8);
    event_add_number(results, result, 1);
    return true;
}

void control_result(struct plugin_state *state, uint64_t tag, enum downlink_result result) {
    struct control *control = &state->control;
    if (tag == 0)
        return;
    if (control->client && !add_result(&control->results, tag, result)) {
        send_results(control);
        add_result(&control->results, tag, result);
    }
}

/* ---- requests ---- */

/* The order matters, so a session whose change has not been said is said first. That goes through
 * the subscribers of its filters, as the broker did when it subscribed, once for each change. */
bool control_request(struct plugin_state *state, struct session *session, const char *topic,
                     const void *payload, size_t payload_bytes) {
    struct control *control = &state->control;
    struct event_writer *event = &control->event;
    struct subscriber_hints hints = {0};
    if (!control->client || control->is_new || must_wait(control))
        return false;
    if (session_list_remove(&control->to_report, session))
        report(control, session, &hints);
    event_begin(event, EVENT_REQUEST);
    if (!event_add_text(event, session->client_id) || !event_add_text(event, topic) ||
        !event_add_bytes(event, payload, payload_bytes))
        return false;
    send(control, event);
    return true;
}

bool control_provision(struct plugin_state *state, const char *client_id, const char *address,
                       const void *payload, size_t payload_bytes) {
    struct control *control = &state->control;
    struct event_writer *event = &control->event;
    if (!control->client || control->is_new || must_wait(control))
        return false;
    event_begin(event, EVENT_PROVISION);
    if (!event_add_text(event, client_id) || !event_add_text(event, address) ||
        !event_add_bytes(event, payload, payload_bytes))
        return false;
    send(control, event);
    return true;
}

/* ---- each tick ---- */

static void greet(struct plugin_state *state) {
    struct control *control = &state->control;
    control->sequence = 0;
    event_begin(&control->event, EVENT_HELLO);
    event_add_number(&control->event, control->broker_started_us, 8);
    event_add_number(&control->event, (uint8_t)state->options.side, 1);
    send(control, &control->event);
    for (struct session *at = state->sessions.first; at; at = at->next) {
        at->is_reported = false;
        control_session_changed(state, at);
    }
    control->is_new = false;
    control->is_syncing = true;
}

static void disconnect(uint64_t behind) {
    mosquitto_log_printf(
        MOSQ_LOG_WARNING,
        "disconnected the control client: it is %" PRIu64 " events and results behind", behind);
    mosquitto_kick_client_by_clientid(CONTROL_CLIENT_ID, false);
}

void control_apply(struct plugin_state *state) {
    struct control *control = &state->control;
    if (!control->client)
        return;
    if (control->is_new)
        greet(state);
    uint64_t behind = packets_behind(control) + results_collected(control);
    if (behind > MAX_BEHIND) {
        disconnect(behind);
        return;
    }
    if (!must_wait(control)) {
        send_results(control);
        report_sessions(control);
    }
    if (control->is_syncing && !control->to_report.first) {
        control->is_syncing = false;
        event_begin(&control->event, EVENT_SYNCED);
        send(control, &control->event);
    }
    control->sent_this_turn = 0; /* the broker takes them next */
}
