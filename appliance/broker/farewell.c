/* The end of a connection: what the device is told, and what its owner is.
 *
 * In 2.0 the error that an event returns cannot choose the reason code of the DISCONNECT packet,
 * and the DISCONNECT event does not say why. Both are made up for here; the bytes go straight to
 * the socket, which is right because the listener is plain TCP (TLS ends in the proxy) and nothing
 * follows them.
 */
#include "farewell.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

static bool say(const struct broker_memory *memory, const struct mosquitto *client,
                const uint8_t *bytes, size_t count) {
    int number = broker_memory_socket(memory, client);
    return number >= 0 && send(number, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)count;
}

int farewell_disconnect(const struct broker_memory *memory, const struct mosquitto *client,
                        uint8_t reason_code, int error) {
    const uint8_t packet[] = {PACKET_DISCONNECT << 4, 1, reason_code};
    if (mosquitto_client_protocol_version(client) != 5)
        return error;
    return say(memory, client, packet, sizeof packet) ? error : MOSQ_ERR_UNKNOWN;
}

void farewell_unavailable(const struct broker_memory *memory, const struct mosquitto *client) {
    static const uint8_t old[] = {0x20, 2, 0, 3};
    static const uint8_t five[] = {0x20, 3, 0, REASON_SERVER_UNAVAILABLE, 0};
    if (mosquitto_client_protocol_version(client) == 5)
        say(memory, client, five, sizeof five);
    else
        say(memory, client, old, sizeof old);
}

/* No packet is being handled any more: the connection broke, or the broker broke it off. */
static const char *silent_reason(const struct broker_memory *memory,
                                 const struct mosquitto *client) {
    char byte;
    int number = broker_memory_socket(memory, client);
    if (number < 0)
        return "connection lost";
    ssize_t got = recv(number, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0)
        return "connection closed by the device";
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return "connection lost";
    int keepalive_seconds = mosquitto_client_keepalive(client);
    bool is_silent = keepalive_seconds > 0 &&
                     broker_memory_silence_seconds(memory, client) >= (int64_t)keepalive_seconds;
    return is_silent ? "keepalive exceeded" : "protocol error";
}

const char *farewell_reason(const struct broker_memory *memory, const struct mosquitto *client) {
    struct broker_packet packet = broker_memory_packet(memory, client);
    if (packet.type == 0)
        return silent_reason(memory, client);
    if (packet.is_refused_early)
        return "packet too large";
    if (!packet.is_whole)
        return "connection lost in the middle of a packet";
    return packet.type == PACKET_DISCONNECT ? "client disconnected" : "protocol error";
}
