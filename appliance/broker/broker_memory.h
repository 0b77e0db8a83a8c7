/* Reads from the broker's own record of a client what plugin API version 5 does not tell. */
#ifndef QLINES_BROKER_MEMORY_H
#define QLINES_BROKER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mosquitto;

/* Where things are in the broker's record; the same for all clients, so it is learnt once. */
struct broker_memory {
    size_t address_at; /* of the pointers address, client id, user name, which are neighbours */
    bool knows_id;
    bool knows_socket;
    bool knows_packet;
};

/* The packet that the broker is handling for a client. */
struct broker_packet {
    uint8_t type;          /* the upper half of its first byte; 0 when there is none */
    bool is_repeat;        /* the DUP flag of a PUBLISH */
    bool is_whole;         /* all of it has been read */
    bool is_refused_early; /* its length was read and found too large, nothing else was */
    uint32_t bytes;
    const uint8_t *body; /* NULL when nothing of it was read */
};

enum { PACKET_CONNECT = 1, PACKET_PUBLISH = 3, PACKET_DISCONNECT = 14 };

/* Find out where things are, from a client that is just being authenticated. */
void broker_memory_learn(struct broker_memory *memory, const struct mosquitto *client);

/* Give the client another id. Only while it is being authenticated: afterwards the broker has
 * filed it under the old one. False when that is not possible; the id then stays. */
bool broker_memory_rename(const struct broker_memory *memory, struct mosquitto *client,
                          const char *client_id);

/* All zero when it cannot be known. */
struct broker_packet broker_memory_packet(const struct broker_memory *memory,
                                          const struct mosquitto *client);

/* The message id of the PUBLISH being handled; 0 when it cannot be known. */
uint16_t broker_memory_message_id(const struct broker_memory *memory,
                                  const struct mosquitto *client);

/* Seconds since the client's last whole packet; -1 when it cannot be known. */
int64_t broker_memory_silence_seconds(const struct broker_memory *memory,
                                      const struct mosquitto *client);

/* The client's socket, -1 when it cannot be known. */
int broker_memory_socket(const struct broker_memory *memory, const struct mosquitto *client);

#endif
