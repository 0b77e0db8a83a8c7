/* Reads the fields of the broker's client struct that plugin API version 5 does not expose.
 *
 * Every function but client_internals_match must be called only after that one returned true for
 * a client of this broker process. */
#ifndef QLINES_CLIENT_INTERNALS_H
#define QLINES_CLIENT_INTERNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mosquitto;

/* The mosquitto version whose struct the plugin was compiled with. */
#define TESTED_MOSQUITTO "2.0.21"

enum { PACKET_CONNECT = 1, PACKET_PUBLISH = 3, PACKET_DISCONNECT = 14 };

/* The packet that the broker is handling for a client. */
struct incoming_packet {
    uint8_t type;          /* upper half of the first byte; 0 when no packet is being handled */
    bool is_duplicate;     /* the DUP flag of a PUBLISH */
    bool is_whole;         /* every byte has been read */
    bool is_refused_early; /* the broker refused it by its length and read nothing else */
    uint32_t bytes;
    const uint8_t *body; /* NULL when nothing of it was read */
};

/* Return whether the fields that the API exposes too hold what the API returns for `client`. */
bool client_internals_match(const struct mosquitto *client);

/* Replace the client's id. Only during authentication: afterwards the broker has indexed the
 * client by its old id. Return false without memory; the id then stays. */
bool client_internals_rename(struct mosquitto *client, const char *client_id);

struct incoming_packet client_internals_packet(const struct mosquitto *client);

/* The message id of the PUBLISH being handled; 0 without one. */
uint16_t client_internals_message_id(const struct mosquitto *client);

/* Seconds since the client's last whole packet. */
int64_t client_internals_silence_seconds(const struct mosquitto *client);

/* The client's socket; -1 after it was closed. */
int client_internals_socket(const struct mosquitto *client);

/* Return whether bytes sent to the socket now arrive between two packets: the socket is plain TCP
 * and the broker has no packet for this client that is queued or half sent. */
bool client_internals_can_send_raw(const struct mosquitto *client);

/* Return how many subscriptions the client has. */
int client_internals_subscriptions(const struct mosquitto *client);

/* During authentication: whether the broker would keep the client's session when it is offline. */
bool client_internals_wants_kept_session(const struct mosquitto *client);

/* During authentication: let the session end with the connection. */
void client_internals_keep_no_session(struct mosquitto *client);

/* Return whether client_internals_stop_reading works, which it does not with a websocket. */
bool client_internals_can_stop_reading(const struct mosquitto *client);

/* Let the broker read nothing more from the client until client_internals_read_again, or until the
 * broker writes to it: it then waits for both again. */
void client_internals_stop_reading(const struct mosquitto *client);

void client_internals_read_again(const struct mosquitto *client);

#endif
