/* Why a connection ends: the reason code for the device, the words for its owner.
 *
 * Mosquitto 2.0 does not let a callback choose the reason code of the DISCONNECT packet, and the
 * reason in the DISCONNECT event is always -1. So the plugin writes the packet to the socket
 * itself. It does so only when the broker has nothing else to send to this client, and nothing
 * follows, because the broker closes the connection next.
 */
#include "disconnect_reason.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "client_internals.h"

static bool send_raw(const struct mosquitto *client, const uint8_t *bytes, size_t count) {
    return client_internals_can_send_raw(client) &&
           send(client_internals_socket(client), bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL) ==
               (ssize_t)count;
}

int disconnect_with_reason(const struct mosquitto *client, uint8_t reason_code, int error) {
    const uint8_t packet[] = {PACKET_DISCONNECT << 4, 1, reason_code};
    if (mosquitto_client_protocol_version(client) != 5)
        return error;
    return send_raw(client, packet, sizeof packet) ? error : MOSQ_ERR_UNKNOWN;
}

/* Answer a CONNECT: with `reason_code`, or with "server unavailable" before MQTT 5. */
static void refuse_connect(const struct mosquitto *client, uint8_t reason_code) {
    static const uint8_t mqtt3[] = {0x20, 2, 0, 3};
    const uint8_t mqtt5[] = {0x20, 3, 0, reason_code, 0};
    if (mosquitto_client_protocol_version(client) == 5)
        send_raw(client, mqtt5, sizeof mqtt5);
    else
        send_raw(client, mqtt3, sizeof mqtt3);
}

void refuse_as_unavailable(const struct mosquitto *client) {
    refuse_connect(client, REASON_SERVER_UNAVAILABLE);
}

void refuse_over_quota(const struct mosquitto *client) {
    refuse_connect(client, REASON_QUOTA_EXCEEDED);
}

/* No packet is being handled: the network or the device ended the connection, or a time-out. */
static const char *reason_without_packet(const struct mosquitto *client) {
    char byte;
    int socket = client_internals_socket(client);
    if (socket < 0)
        return "connection lost";
    ssize_t received = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (received == 0)
        return "connection closed by the device";
    if (received < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return "connection lost";
    int keepalive_seconds = mosquitto_client_keepalive(client);
    bool is_silent = keepalive_seconds > 0 &&
                     client_internals_silence_seconds(client) >= (int64_t)keepalive_seconds;
    return is_silent ? "keepalive exceeded" : "protocol error";
}

const char *disconnect_reason_for_owner(const struct mosquitto *client) {
    struct incoming_packet packet = client_internals_packet(client);
    if (packet.type == 0)
        return reason_without_packet(client);
    if (packet.is_refused_early)
        return "packet too large";
    if (!packet.is_whole)
        return "connection lost in the middle of a packet";
    return packet.type == PACKET_DISCONNECT ? "client disconnected" : "protocol error";
}
