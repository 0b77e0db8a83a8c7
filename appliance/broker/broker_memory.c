/* Reads from the broker's own record of a client what plugin API version 5 does not tell.
 *
 * Three promises cannot be kept with the public functions of Mosquitto 2.0 alone: two devices
 * with the same client id must not take each other over (the id has to change), a QoS 2 message
 * that is sent again must not be stored twice (its message id is needed), and a connection that is
 * closed should be told why (the reason of the DISCONNECT event is always -1).
 *
 * The order of the fields is that of `struct mosquitto` in lib/mosquitto_internal.h of 2.0.21.
 * Nothing is taken on trust: what is read is compared with what the public functions say of the
 * same client, once, while it is being authenticated, and what does not fit is not used. The
 * record's size comes from the allocator, so no read goes past its end.
 */
#include "broker_memory.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <mosquitto_broker.h>

/* From the pointer to the address on, in bytes. */
enum {
    AT_ID = 8,
    AT_USERNAME = 16,
    AT_KEEPALIVE = 32,
    AT_LAST_IN = 40,
    AT_PACKET = 64,
    PACKET_BYTES = 40
};
/* From the start of the record. */
enum { AT_SOCKET = 4 };

/* A client that takes longer for its CONNECT is closed by the broker. */
#define CONNECT_SECONDS_MAX 120

/* struct mosquitto__packet */
struct raw_packet {
    const uint8_t *payload;
    const void *next;
    uint32_t remaining_mult;
    uint32_t remaining_length;
    uint32_t packet_length;
    uint32_t to_process;
    uint32_t pos;
    uint16_t mid;
    uint8_t command;
    int8_t remaining_count;
};

static const void *pointer_at(const struct mosquitto *client, size_t offset) {
    const void *pointer;
    memcpy(&pointer, (const char *)client + offset, sizeof pointer);
    return pointer;
}

static struct raw_packet packet_at(const struct mosquitto *client, size_t offset) {
    struct raw_packet packet;
    _Static_assert(sizeof packet == PACKET_BYTES, "struct mosquitto__packet has 40 bytes");
    memcpy(&packet, (const char *)client + offset, sizeof packet);
    return packet;
}

static bool find_pointers(struct broker_memory *memory, const struct mosquitto *client) {
    const char *address = mosquitto_client_address(client);
    const char *id = mosquitto_client_id(client);
    size_t size = malloc_usable_size((void *)client);
    if (!address || !id || size < AT_PACKET + PACKET_BYTES)
        return false;
    for (size_t at = 0; at + AT_PACKET + PACKET_BYTES <= size; at += sizeof(void *))
        if (pointer_at(client, at) == address && pointer_at(client, at + AT_ID) == id &&
            pointer_at(client, at + AT_USERNAME) == mosquitto_client_username(client)) {
            memory->address_at = at;
            return true;
        }
    return false;
}

static int64_t silence_seconds(const struct broker_memory *memory, const struct mosquitto *client) {
    time_t last_in;
    struct timespec now;
    memcpy(&last_in, (const char *)client + memory->address_at + AT_LAST_IN, sizeof last_in);
    clock_gettime(CLOCK_REALTIME, &now); /* so does the broker of 2.0.21, which means another */
    return (int64_t)now.tv_sec - (int64_t)last_in;
}

/* A CONNECT that has been read to its end looks like nothing else. */
static bool packet_fits(const struct broker_memory *memory, const struct mosquitto *client) {
    uint16_t keepalive;
    memcpy(&keepalive, (const char *)client + memory->address_at + AT_KEEPALIVE, sizeof keepalive);
    struct raw_packet packet = packet_at(client, memory->address_at + AT_PACKET);
    int64_t silence = silence_seconds(memory, client);
    return keepalive == mosquitto_client_keepalive(client) && silence >= 0 &&
           silence <= CONNECT_SECONDS_MAX && packet.command >> 4 == PACKET_CONNECT &&
           packet.to_process == 0 && packet.pos == packet.remaining_length && packet.pos > 0 &&
           packet.payload != NULL;
}

static int socket_at(const struct mosquitto *client) {
    int number;
    memcpy(&number, (const char *)client + AT_SOCKET, sizeof number);
    return number;
}

static bool socket_fits(const struct mosquitto *client) {
    struct sockaddr_storage peer;
    socklen_t peer_bytes = sizeof peer;
    char text[INET6_ADDRSTRLEN] = "";
    if (getpeername(socket_at(client), (struct sockaddr *)&peer, &peer_bytes) != 0)
        return false;
    if (peer.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, sizeof text);
    else if (peer.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, text, sizeof text);
    return strcmp(text, mosquitto_client_address(client)) == 0;
}

void broker_memory_learn(struct broker_memory *memory, const struct mosquitto *client) {
    if (!memory->knows_id)
        memory->knows_id = find_pointers(memory, client);
    if (!memory->knows_id)
        return;
    if (!memory->knows_packet)
        memory->knows_packet = packet_fits(memory, client);
    if (!memory->knows_socket)
        memory->knows_socket = socket_fits(client);
}

bool broker_memory_rename(const struct broker_memory *memory, struct mosquitto *client,
                          const char *client_id) {
    const char *old = mosquitto_client_id(client);
    if (!memory->knows_id || pointer_at(client, memory->address_at + AT_ID) != old)
        return false;
    /* The broker's allocator, because the broker will free it. */
    char *own = mosquitto_strdup(client_id);
    if (!own)
        return false;
    memcpy((char *)client + memory->address_at + AT_ID, &own, sizeof own);
    mosquitto_free((void *)old);
    return true;
}

struct broker_packet broker_memory_packet(const struct broker_memory *memory,
                                          const struct mosquitto *client) {
    struct broker_packet packet = {0};
    if (!memory->knows_packet)
        return packet;
    struct raw_packet raw = packet_at(client, memory->address_at + AT_PACKET);
    packet.type = raw.command >> 4;
    packet.is_repeat = (raw.command & 0x08) != 0;
    packet.bytes = raw.remaining_length;
    packet.body = raw.payload;
    packet.is_whole = raw.remaining_count > 0 && raw.to_process == 0 &&
                      (raw.payload != NULL || raw.remaining_length == 0);
    packet.is_refused_early =
        raw.remaining_count > 0 && raw.payload == NULL && raw.remaining_length > 0;
    return packet;
}

uint16_t broker_memory_message_id(const struct broker_memory *memory,
                                  const struct mosquitto *client) {
    struct broker_packet packet = broker_memory_packet(memory, client);
    if (packet.type != PACKET_PUBLISH || !packet.is_whole || packet.bytes < 4)
        return 0;
    size_t at = 2 + ((size_t)packet.body[0] << 8 | packet.body[1]); /* behind the topic */
    return at + 2 <= packet.bytes ? (uint16_t)(packet.body[at] << 8 | packet.body[at + 1]) : 0;
}

int64_t broker_memory_silence_seconds(const struct broker_memory *memory,
                                      const struct mosquitto *client) {
    return memory->knows_packet ? silence_seconds(memory, client) : -1;
}

int broker_memory_socket(const struct broker_memory *memory, const struct mosquitto *client) {
    return memory->knows_socket ? socket_at(client) : -1;
}
