/* Reads what the broker has for a client: its subscriptions, and the messages that are on the way.
 *
 * Plugin API version 5 has no event for a PUBACK that a client sends, and none when a session is
 * resumed with the subscriptions of before. The broker's own lists say both; client_internals.c
 * explains where the structs come from. */
#include "client_outgoing.h"

#include <string.h>

#include <mosquitto_broker_internal.h>

/* The broker's max_queued_messages is 10,000; a client that is so far behind is not reading. */
#define MAX_WAITING_PACKETS 1000
/* Fixed header, length of the topic, message id, and MQTT 5's message expiry. */
#define MAX_HEADER_BYTES 20

enum room client_outgoing_room(const struct mosquitto *client, uint8_t qos, size_t topic_bytes,
                               size_t payload_bytes, unsigned published) {
    if (client->sock == INVALID_SOCKET)
        return ROOM_NOT_CONNECTED;
    if (client->maximum_packet_size != 0 &&
        MAX_HEADER_BYTES + topic_bytes + payload_bytes > client->maximum_packet_size)
        return ROOM_TOO_LARGE;
    if (client->out_packet_count >= MAX_WAITING_PACKETS ||
        (qos > 0 && client->msgs_out.inflight_quota <= (int)published))
        return ROOM_BUSY;
    return ROOM_YES;
}

static bool is_same(const struct mosquitto_msg_store *stored, const char *topic,
                    const void *payload, size_t payload_bytes) {
    return stored->payloadlen == payload_bytes && strcmp(stored->topic, topic) == 0 &&
           (payload_bytes == 0 || memcmp(stored->payload, payload, payload_bytes) == 0);
}

uint64_t client_outgoing_find(const struct mosquitto *client, uint64_t after, const char *topic,
                              const void *payload, size_t payload_bytes) {
    uint64_t newest = 0;
    for (const struct mosquitto_client_msg *at = client->msgs_out.inflight; at; at = at->next) {
        uint64_t number = at->store->db_id;
        if (number > after && number > newest && is_same(at->store, topic, payload, payload_bytes))
            newest = number;
    }
    return newest;
}

bool client_outgoing_has(const struct mosquitto *client, uint64_t number) {
    for (const struct mosquitto_client_msg *at = client->msgs_out.inflight; at; at = at->next)
        if (at->store->db_id == number)
            return true;
    return false;
}

int client_outgoing_places(const struct mosquitto *client) {
    return client->sub_count;
}

unsigned client_outgoing_waiting(const struct mosquitto *client) {
    return (unsigned)client->out_packet_count;
}

/* Search a list from a subscriber on, or from the last one: a new one is appended there. The first
 * one's `prev` is the last one, whose `next` is NULL (utlist.h). */
static const struct mosquitto__subleaf *find(const struct mosquitto__subleaf *first,
                                             const struct mosquitto__subleaf *from,
                                             const struct mosquitto *client) {
    const struct mosquitto__subleaf *start = from ? from : first->prev;
    for (const struct mosquitto__subleaf *at = start; at; at = at == first ? NULL : at->prev)
        if (at->context == client)
            return at;
    for (const struct mosquitto__subleaf *at = start->next; at; at = at->next)
        if (at->context == client)
            return at;
    return NULL;
}

const char *client_outgoing_filter(const struct mosquitto *client, int at, uint8_t *qos,
                                   struct subscriber_hints *hints) {
    const struct mosquitto__client_sub *subscription = client->subs[at];
    if (!subscription || subscription->shared || !subscription->hier->subs)
        return NULL;
    size_t place = (size_t)at % (sizeof hints->places / sizeof *hints->places);
    const void *from =
        hints->places[place].filter == subscription->hier ? hints->places[place].subscriber : NULL;
    const struct mosquitto__subleaf *leaf = find(subscription->hier->subs, from, client);
    if (!leaf)
        return NULL;
    hints->places[place].filter = subscription->hier;
    hints->places[place].subscriber = leaf;
    *qos = leaf->qos;
    return subscription->topic_filter;
}
