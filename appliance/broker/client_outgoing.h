/* Reads what the broker has for a client: its subscriptions, and the messages that are on the way.
 *
 * As with client_internals.h, every function may be called only after client_internals_match
 * returned true for a client of this broker process. */
#ifndef QLINES_CLIENT_OUTGOING_H
#define QLINES_CLIENT_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mosquitto;

enum room {
    ROOM_YES,
    ROOM_NOT_CONNECTED,
    ROOM_BUSY,      /* too much is on the way to it */
    ROOM_TOO_LARGE, /* larger than the client said it accepts */
};

/* Return whether a message that is published next goes out at once. What the broker would have to
 * queue or drop, it would partly keep forever (2.0.21: db__message_insert returns before it counts
 * a reference). `published` are those that were published to this client since the broker's loop
 * turned. */
enum room client_outgoing_room(const struct mosquitto *client, uint8_t qos, size_t topic_bytes,
                               size_t payload_bytes, unsigned published);

/* Return the broker's number of the message of QoS 1 that is on the way to the client and has this
 * topic and payload, the newest of several. Only numbers above `after` count; 0 without one. */
uint64_t client_outgoing_find(const struct mosquitto *client, uint64_t after, const char *topic,
                              const void *payload, size_t payload_bytes);

/* Return whether the message with this number is still on the way. */
bool client_outgoing_has(const struct mosquitto *client, uint64_t number);

/* Return how many packets wait until the client reads. */
unsigned client_outgoing_waiting(const struct mosquitto *client);

/* Where the last subscriber was found, for each place: clients that connected one after the other
 * are neighbours in the broker's lists. Zeroed at first, and not valid beyond one event. */
struct subscriber_hints {
    struct {
        const void *filter;
        const void *subscriber;
    } places[8];
};

/* Return the filter of the client's subscription number `at`, and its QoS; NULL when this place
 * is free. Places count from 0 to client_outgoing_places. */
const char *client_outgoing_filter(const struct mosquitto *client, int at, uint8_t *qos,
                                   struct subscriber_hints *hints);

int client_outgoing_places(const struct mosquitto *client);

#endif
