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
#include "clock.h"
#include "events.h"
#include "plugin_state.h"

#define MAX_SECRET_BYTES 128
#define MIN_SECRET_BYTES 16

void control_init(struct control *control, const char *run_dir) {
    memset(control, 0, sizeof *control);
    snprintf(control->secret_path, sizeof control->secret_path, "%s/control-secret", run_dir);
    snprintf(control->socket_path, sizeof control->socket_path, "%s/mosquitto.sock", run_dir);
    control->to_report.kind = LIST_TO_REPORT;
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

void control_end(struct plugin_state *state) {
    struct control *control = &state->control;
    downlinks_clear(state);
    while (session_list_take(&control->to_report))
        ;
    control->client = NULL;
    control->is_new = control->is_syncing = false;
    control->results.count = 0;
    control->sent_this_turn = 0;
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
