/* The control client: the one program of this container that may have the broker speak to devices.
 *
 * It gives orders on CONTROL_TOPIC (downlink_order.h), which the broker never routes, and gets
 * events (control_events.h). After its CONNACK every session that can be sent to is reported,
 * so it needs no memory of its own, and a lost event is mended by connecting again. Each start of
 * the container makes another secret; the broker's socket file is open to its user and group. */
#include "control.h"

#include <stdio.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "client_internals.h"
#include "client_outgoing.h"
#include "clock.h"
#include "events.h"
#include "plugin_state.h"

#define MAX_SECRET_BYTES 128
#define MIN_SECRET_BYTES 16
/* So many at once, then devices are served. A report goes through the list of all subscribers of
 * each filter: with many sessions it was not measured. */
#define REPORTS_PER_TICK 500

void control_init(struct control *control, const char *run_dir) {
    memset(control, 0, sizeof *control);
    snprintf(control->secret_path, sizeof control->secret_path, "%s/control-secret", run_dir);
    snprintf(control->socket_path, sizeof control->socket_path, "%s/mosquitto.sock", run_dir);
    control->broker_started_us = wall_us();
}

/* Takes the same time for every wrong password of one length. */
static bool is_same_secret(const char *secret, const char *password) {
    size_t bytes = strlen(secret);
    unsigned char difference = 0;
    if (strlen(password) != bytes)
        return false;
    for (size_t i = 0; i < bytes; i++)
        difference |= (unsigned char)(secret[i] ^ password[i]);
    return difference == 0;
}

static bool is_secret(const char *path, const char *password) {
    char secret[MAX_SECRET_BYTES] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool is_read = fgets(secret, sizeof secret, file) != NULL;
    fclose(file);
    secret[strcspn(secret, "\n")] = '\0';
    return is_read && strlen(secret) >= MIN_SECRET_BYTES && is_same_secret(secret, password);
}

static bool is_from_socket(const struct control *control, const struct mosquitto *client) {
    const char *address = mosquitto_client_address(client);
    return address && strcmp(address, control->socket_path) == 0;
}

bool control_admit(struct plugin_state *state, struct mosquitto *client, const char *username,
                   const char *password) {
    struct control *control = &state->control;
    if (!username || !password || strcmp(username, CONTROL_USER) != 0 ||
        !is_from_socket(control, client) || !is_secret(control->secret_path, password) ||
        !client_internals_rename(client, CONTROL_CLIENT_ID))
        return false;
    /* Its session ends with the connection: events of before would only confuse. */
    client_internals_keep_no_session(client);
    control_end(state);
    control->client = client;
    control->is_new = true;
    return true;
}

bool control_is(const struct plugin_state *state, const struct mosquitto *client) {
    return client == state->control.client;
}

bool control_may_publish(const char *topic) {
    return strcmp(topic, CONTROL_TOPIC) == 0;
}

/* ---- sessions to report ---- */

static void unlist(struct control *control, struct session *session) {
    if (!session->is_to_report)
        return;
    if (session->previous_to_report)
        session->previous_to_report->next_to_report = session->next_to_report;
    else
        control->to_report = session->next_to_report;
    if (session->next_to_report)
        session->next_to_report->previous_to_report = session->previous_to_report;
    session->is_to_report = false;
}

void control_session_changed(struct plugin_state *state, struct session *session) {
    struct control *control = &state->control;
    if (!control->client || session->is_to_report)
        return;
    session->is_to_report = true;
    session->previous_to_report = NULL;
    session->next_to_report = control->to_report;
    if (session->next_to_report)
        session->next_to_report->previous_to_report = session;
    control->to_report = session;
}

void control_end(struct plugin_state *state) {
    struct control *control = &state->control;
    downlinks_clear(state);
    while (control->to_report)
        unlist(control, control->to_report);
    control->client = NULL;
    control->is_new = control->is_syncing = false;
    control->results.count = 0;
    control->event.sequence = 0;
}

void control_session_ended(struct plugin_state *state, struct session *session) {
    struct control *control = &state->control;
    downlinks_end(state, session);
    unlist(control, session);
    /* A client that has not been greeted knows of no session yet. */
    if (!control->client || control->is_new || !session->is_reported)
        return;
    event_begin(&control->event, EVENT_ENDED);
    event_add_number(&control->event, client_internals_wants_kept_session(session->client), 1);
    event_add_text(&control->event, session->client_id);
    event_send(&control->event);
}

/* A session that cannot be sent to is said only when it could be before. One whose client id does
 * not fit into an event (the broker's has 25 bytes more than the device's own) is not said. */
static bool report(struct control *control, struct session *session) {
    struct event_writer *event = &control->event;
    int filters = 0;
    event_begin(event, EVENT_SESSION);
    if (!event_add_text(event, session->client_id))
        return false;
    for (int at = 0; at < client_outgoing_places(session->client); at++) {
        uint8_t qos;
        const char *filter = client_outgoing_filter(session->client, at, &qos);
        if (filter)
            filters += event_add_filter(event, qos, filter);
    }
    if (filters == 0 && !session->is_reported)
        return false;
    session->is_reported = filters > 0;
    event_send(event);
    return true;
}

static void report_sessions(struct control *control) {
    for (int reports = 0; control->to_report && reports < REPORTS_PER_TICK;) {
        struct session *session = control->to_report;
        unlist(control, session);
        reports += report(control, session);
    }
}

/* ---- results ---- */

static void send_results(struct control *control) {
    if (control->results.count == 0)
        return;
    control->results.sequence = control->event.sequence;
    for (size_t i = 0; i < 4; i++)
        control->results.bytes[i] = (uint8_t)(control->event.sequence >> (8 * (3 - i)));
    event_send(&control->results);
    control->event.sequence++;
    control->results.count = 0;
}

static bool add_result(struct event_writer *results, uint64_t tag, enum downlink_result result) {
    if (results->count == 0)
        event_begin(results, EVENT_RESULTS);
    if (results->count + 9 > MAX_EVENT_BYTES)
        return false;
    event_add_number(results, tag, 8);
    event_add_number(results, result, 1);
    return true;
}

void control_result(struct plugin_state *state, uint64_t tag, enum downlink_result result) {
    struct control *control = &state->control;
    if (control->client && !add_result(&control->results, tag, result)) {
        send_results(control);
        add_result(&control->results, tag, result);
    }
}

/* ---- the events of the broker ---- */

static void greet(struct plugin_state *state) {
    struct control *control = &state->control;
    control->event.sequence = 0;
    event_begin(&control->event, EVENT_HELLO);
    event_add_number(&control->event, control->broker_started_us, 8);
    event_add_number(&control->event, (uint8_t)state->options.side, 1);
    event_send(&control->event);
    for (struct session *at = state->sessions.first; at; at = at->next) {
        at->is_reported = false;
        control_session_changed(state, at);
    }
    control->is_new = false;
    control->is_syncing = true;
}

void control_apply(struct plugin_state *state) {
    struct control *control = &state->control;
    if (!control->client)
        return;
    if (control->is_new)
        greet(state);
    report_sessions(control);
    if (control->is_syncing && !control->to_report) {
        control->is_syncing = false;
        event_begin(&control->event, EVENT_SYNCED);
        event_send(&control->event);
    }
    send_results(control);
}

int on_control(int event, void *event_data, void *userdata) {
    (void)event;
    const struct mosquitto_evt_control *control = event_data;
    struct plugin_state *state = userdata;
    struct downlink_order order;
    if (!control_is(state, control->client))
        return MOSQ_ERR_ACL_DENIED;
    if (!downlink_order_read(&order, control->payload, control->payloadlen)) {
        mosquitto_log_printf(MOSQ_LOG_ERR,
                             "ignored an order of %u bytes of the control client: "
                             "downlink_order.h says what is valid",
                             control->payloadlen);
        return MOSQ_ERR_SUCCESS;
    }
    if (!downlinks_order(state, &order))
        downlink_order_clear(&order);
    return MOSQ_ERR_SUCCESS;
}
