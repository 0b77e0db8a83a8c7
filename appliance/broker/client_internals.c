/* Reads the fields of the broker's client struct that plugin API version 5 does not expose.
 *
 * The struct comes from Mosquitto's own lib/mosquitto_internal.h, of the source package that
 * belongs to the installed broker (see fetch_mosquitto_source), compiled with the options of
 * Debian's build (see the Makefile). README.md says why the API is not enough.
 */
#include "client_internals.h"

#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_internal.h>

/* Before raising this number, compare the struct and its users in both versions, and run the
 * broker's integration tests. */
_Static_assert(LIBMOSQUITTO_VERSION_NUMBER == 2000021,
               "the plugin reads Mosquitto's private structs and was tested with 2.0.21 only");

#define FIRST_DESCRIPTORS 64 /* the broker makes its epoll instance when it starts */

bool client_internals_match(const struct mosquitto *client) {
    /* The API returns the fields' own pointers. */
    return client->id == mosquitto_client_id(client) &&
           client->address == mosquitto_client_address(client) &&
           client->username == mosquitto_client_username(client) &&
           client->keepalive == mosquitto_client_keepalive(client);
}

bool client_internals_rename(struct mosquitto *client, const char *client_id) {
    /* The broker's allocator, because the broker will free it. */
    char *copy = mosquitto_strdup(client_id);
    if (!copy)
        return false;
    mosquitto_free(client->id);
    client->id = copy;
    return true;
}

struct incoming_packet client_internals_packet(const struct mosquitto *client) {
    const struct mosquitto__packet *packet = &client->in_packet;
    bool has_length = packet->remaining_count > 0;
    return (struct incoming_packet){
        .type = packet->command >> 4,
        .is_duplicate = (packet->command & 0x08) != 0,
        .is_whole = has_length && packet->to_process == 0 &&
                    (packet->payload != NULL || packet->remaining_length == 0),
        .is_refused_early = has_length && packet->payload == NULL && packet->remaining_length > 0,
        .bytes = packet->remaining_length,
        .body = packet->payload,
    };
}

uint16_t client_internals_message_id(const struct mosquitto *client) {
    struct incoming_packet packet = client_internals_packet(client);
    if (packet.type != PACKET_PUBLISH || !packet.is_whole || packet.bytes < 4)
        return 0;
    size_t at = 2 + ((size_t)packet.body[0] << 8 | packet.body[1]); /* after the topic */
    return at + 2 <= packet.bytes ? (uint16_t)(packet.body[at] << 8 | packet.body[at + 1]) : 0;
}

int64_t client_internals_silence_seconds(const struct mosquitto *client) {
    /* 2.0.21 takes last_msg_in from this clock too, although its name says another (time_mosq.c).
     */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec - (int64_t)client->last_msg_in;
}

int client_internals_socket(const struct mosquitto *client) {
    return client->sock;
}

bool client_internals_can_send_raw(const struct mosquitto *client) {
    return client->sock >= 0 && !client->ssl && !client->wsi && !client->current_out_packet &&
           !client->out_packet;
}

int client_internals_subscriptions(const struct mosquitto *client) {
    int count = 0;
    for (int i = 0; i < client->sub_count; i++)
        count += client->subs[i] != NULL; /* NULL: unsubscribed, the place is used again */
    return count;
}

bool client_internals_wants_kept_session(const struct mosquitto *client) {
    return client->session_expiry_interval != 0;
}

void client_internals_keep_no_session(struct mosquitto *client) {
    client->session_expiry_interval = 0;
}

bool client_internals_can_stop_reading(const struct mosquitto *client) {
    return client->sock >= 0 && !client->wsi;
}

/* Change for which events the broker's loop waits, as mux_epoll.c does. The loop's descriptor is
 * not exposed, but it is the only epoll instance that has the client's socket: for any other
 * descriptor epoll_ctl fails with EBADF, EINVAL or ENOENT, and changes nothing. */
static void wait_for(const struct mosquitto *client, uint32_t events) {
    static int loop = -1;
    struct epoll_event event = {.events = events, .data.ptr = (void *)client};
    if (loop >= 0 && epoll_ctl(loop, EPOLL_CTL_MOD, client->sock, &event) == 0)
        return;
    for (loop = 0; loop < FIRST_DESCRIPTORS; loop++)
        if (epoll_ctl(loop, EPOLL_CTL_MOD, client->sock, &event) == 0)
            return;
    loop = -1;
}

void client_internals_stop_reading(const struct mosquitto *client) {
    wait_for(client, client->events & ~(uint32_t)EPOLLIN);
}

void client_internals_read_again(const struct mosquitto *client) {
    wait_for(client, client->events);
}
