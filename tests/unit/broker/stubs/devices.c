/* Connected devices and the control client, for downlinks.c and control_reports.c: they subscribe,
 * read and acknowledge when the test says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_internals.h"
#include "client_outgoing.h"
#include "clock.h"
#include "control_reports.h"
#include "downlinks.h"
#include "mosquitto.h"
#include "plugin_state.h"

#define MAX_DEVICES 1000

struct mosquitto {
    unsigned waiting_packets;
    bool is_on_the_way; /* a message, which is not acknowledged */
    bool is_subscribed;
    unsigned looks;
};

static struct mosquitto control_client;
static struct mosquitto devices[MAX_DEVICES];
static struct plugin_state *state;
static uint64_t search_us; /* how long the search for a subscriber takes */

void devices_connect(int count) {
    const struct device device = {0};
    char client_id[16];
    state = calloc(1, sizeof *state);
    downlinks_init(&state->downlinks);
    state->control.to_report.kind = LIST_TO_REPORT;
    state->control.client = &control_client;
    state->control.is_new = true;
    memset(&control_client, 0, sizeof control_client);
    memset(devices, 0, sizeof devices);
    search_us = 0;
    for (int i = 0; i < count; i++) {
        snprintf(client_id, sizeof client_id, "%d", i);
        sessions_add(&state->sessions, &devices[i], client_id, "token", &device);
    }
}

void devices_disconnect(void) {
    downlinks_clear(state);
    sessions_clear(&state->sessions);
    free(state);
}

static struct session *session_of(int number) {
    return sessions_find(&state->sessions, &devices[number]);
}

void devices_end_session(int number) {
    struct session *session = session_of(number);
    control_session_ended(state, session);
    sessions_remove(&state->sessions, session);
}

void devices_subscribe(int number) {
    devices[number].is_subscribed = true;
    control_session_changed(state, session_of(number));
}

bool devices_request(int number) {
    return control_request(state, session_of(number), "topic", "payload", 7);
}

void devices_order(int number) {
    char client_id[16];
    snprintf(client_id, sizeof client_id, "%d", number);
    struct downlink_order order = {.kind = ORDER_SEND,
                                   .qos = 1,
                                   .tag = 1,
                                   .client_id = strdup(client_id),
                                   .topic = strdup("topic")};
    downlinks_order(state, &order);
    devices[number].is_on_the_way = true;
}

/* ---- a connection that asks for a token ---- */

void devices_ask_for_a_token(int number) {
    provisioning_add(&state->provisioning, &devices[number], 0);
}

bool devices_provision(void) {
    return control_provision(state, "provision/1", "192.0.2.7", "payload", 7);
}

void devices_answer(const char *client_id) {
    struct downlink_order order = {.kind = ORDER_SEND,
                                   .qos = 1,
                                   .tag = 1,
                                   .client_id = strdup(client_id),
                                   .topic = strdup("topic")};
    downlinks_order(state, &order);
}

/* Return when it is closed, 0 when there is no such connection. */
uint64_t devices_closes_at_us(int number) {
    struct provisioner *found = provisioning_find(&state->provisioning, &devices[number]);
    return found ? found->closes_at_us : 0;
}

void devices_acknowledge(int number) {
    devices[number].is_on_the_way = false;
}

void devices_turn(uint64_t now_us) {
    downlinks_apply(state, now_us);
    control_apply(state);
}

int devices_watched(void) {
    return (int)state->downlinks.watched.count;
}

int devices_with_new(void) {
    return (int)state->downlinks.with_new.count;
}

unsigned devices_looks(int number) {
    return devices[number].looks;
}

void devices_result(uint64_t tag) {
    control_result(state, tag, RESULT_WRITTEN);
}

void devices_control_waits(unsigned packets) {
    control_client.waiting_packets = packets;
}

void devices_search(uint64_t us) {
    search_us = us;
}

/* ---- what the broker knows ---- */

uint64_t client_outgoing_find(const struct mosquitto *client, uint64_t after, const char *topic,
                              const void *payload, size_t payload_bytes) {
    (void)topic, (void)payload, (void)payload_bytes;
    ((struct mosquitto *)client)->looks++;
    return client->is_on_the_way ? after + 1 : 0;
}

bool client_outgoing_has(const struct mosquitto *client, uint64_t number) {
    (void)number;
    ((struct mosquitto *)client)->looks++;
    return client->is_on_the_way;
}

int client_outgoing_places(const struct mosquitto *client) {
    return client->is_subscribed;
}

const char *client_outgoing_filter(const struct mosquitto *client, int at, uint8_t *qos,
                                   struct subscriber_hints *hints) {
    (void)client, (void)at, (void)hints;
    uint64_t until_us = steady_us() + search_us;
    while (steady_us() < until_us)
        ;
    *qos = 1;
    return "filter";
}

unsigned client_outgoing_waiting(const struct mosquitto *client) {
    return client->waiting_packets;
}

bool client_internals_wants_kept_session(const struct mosquitto *client) {
    (void)client;
    return false;
}

int mosquitto_property_add_int32(mosquitto_property **properties, int identifier, uint32_t value) {
    (void)properties, (void)identifier, (void)value;
    return MOSQ_ERR_SUCCESS;
}

void mosquitto_property_free_all(mosquitto_property **properties) {
    (void)properties;
}
