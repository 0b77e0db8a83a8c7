/* An MQTT load generator: many connections in one thread, numbered messages, counted PUBACKs.
 *
 *   cc -O2 -Wall -Wextra -o build/loadgen tests/bench/loadgen.c
 *   build/loadgen --tokens FILE --rate 1000 --seconds 60 --ids acknowledged.txt --json
 *
 * Every message carries its number as the key "seq", unique in the run, so that what was
 * acknowledged can be compared with what was stored. With --obey the connections are devices that
 * answer commands, and an answer's number is that of its command. `--help` names the options.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loadgen_calls.h"
#include "loadgen_ids.h"
#include "loadgen_latency.h"
#include "loadgen_options.h"
#include "loadgen_packets.h"
#include "loadgen_report.h"

#define IN_BYTES 4096
#define OUT_BYTES 65536
#define MAX_CONNECTING 64 /* mosquitto's listen backlog is 100 */
#define CONNECT_SECONDS 30
#define RETRY_US 100000

struct flight {
    uint64_t seq;
    uint64_t sent_us;
    bool acknowledged;
};

enum state { DOWN, CONNECTING, WAITING, UP }; /* WAITING for CONNACK, and with --obey for SUBACK */

struct connection {
    int fd;
    enum state state;
    bool was_up;
    bool wants_out;
    const char *token;
    uint64_t retry_us;
    uint32_t oldest; /* of the flights; message id = index modulo 65,535 plus 1 */
    uint32_t next;
    size_t in_used;
    size_t out_used;
    size_t out_sent;
    uint8_t in[IN_BYTES];
    uint8_t out[OUT_BYTES];
    struct flight *flights; /* a ring of `ring` */
};

static struct connection *connections;
static int poller;
static struct addrinfo *address;
static uint32_t ring; /* a power of two, at least --inflight */
static size_t up, connecting;
static volatile sig_atomic_t interrupted;

/* ---- connections ---- */

static void watch(struct connection *connection, int operation, bool out) {
    struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = connection};
    connection->wants_out = out;
    if (epoll_ctl(poller, operation, connection->fd, &event) != 0)
        fail("cannot watch a socket: %s", strerror(errno));
}

static void start_connecting(struct connection *connection) {
    int yes = 1;
    connection->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        fail("cannot open a socket: %s", strerror(errno));
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connection->in_used = connection->out_sent = 0;
    connection->out_used =
        put_connect(connection->out, connection->token, (size_t)(connection - connections));
    connection->state = CONNECTING;
    connecting++;
    /* An error is reported by the first write. */
    (void)connect(connection->fd, address->ai_addr, address->ai_addrlen);
    watch(connection, EPOLL_CTL_ADD, true);
}

static void drop(struct connection *connection, const char *why) {
    if (connection->state == UP) {
        up--;
        lost++;
    } else {
        connecting--;
    }
    if (!options.reconnect && connection->state != UP)
        fail("no connection with token '%s': %s", connection->token, why);
    close(connection->fd);
    connection->state = DOWN;
    connection->retry_us = now_us() + RETRY_US;
}

static void flush(struct connection *connection) {
    while (connection->out_sent < connection->out_used) {
        ssize_t count = send(connection->fd, connection->out + connection->out_sent,
                             connection->out_used - connection->out_sent, MSG_NOSIGNAL);
        if (count < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)) {
            if (!connection->wants_out)
                watch(connection, EPOLL_CTL_MOD, true);
            return;
        }
        if (count < 0) {
            drop(connection, strerror(errno));
            return;
        }
        connection->out_sent += (size_t)count;
    }
    connection->out_used = connection->out_sent = 0;
    if (connection->wants_out)
        watch(connection, EPOLL_CTL_MOD, false);
}

static bool can_send(const struct connection *connection) {
    return connection->state == UP && connection->next - connection->oldest < options.inflight &&
           connection->out_used + MAX_MESSAGE_BYTES < OUT_BYTES;
}

/* Append a message to the connection's buffer. */
static void add_message(struct connection *connection, uint64_t seq) {
    struct flight *flight = &connection->flights[connection->next & (ring - 1)];
    *flight = (struct flight){seq, now_us(), false};
    connection->out_used +=
        put_publish(connection->out + connection->out_used, flight->seq, connection->next, false);
    connection->next++;
    if (options.qos == 0)
        connection->oldest = connection->next;
    sent++;
}

/* After a reconnect: resend what was not acknowledged. */
static void resend(struct connection *connection) {
    for (uint32_t i = connection->oldest; i != connection->next; i++) {
        const struct flight *flight = &connection->flights[i & (ring - 1)];
        if (flight->acknowledged)
            continue;
        if (connection->out_used + MAX_MESSAGE_BYTES >= OUT_BYTES)
            fail("too many messages in flight to resend them: use a lower --inflight");
        connection->out_used +=
            put_publish(connection->out + connection->out_used, flight->seq, i, true);
        resent++;
    }
}

static void handle_puback(struct connection *connection, uint32_t id) {
    uint32_t distance = (id - 1 + 65535 - connection->oldest % 65535) % 65535;
    uint32_t index = connection->oldest + distance;
    struct flight *flight = &connection->flights[index & (ring - 1)];
    if (distance >= connection->next - connection->oldest || flight->acknowledged)
        return;
    flight->acknowledged = true;
    last_ack_us = now_us();
    add_latency(last_ack_us - flight->sent_us);
    add_seq(flight->seq);
    acknowledged++;
    while (connection->oldest != connection->next &&
           connection->flights[connection->oldest & (ring - 1)].acknowledged)
        connection->oldest++;
}

static void become_up(struct connection *connection) {
    connecting--;
    up++;
    reconnects += connection->was_up;
    connection->state = UP;
    connection->was_up = true;
    resend(connection);
}

static void handle_connack(struct connection *connection, int code) {
    if (code != 0) {
        refused++;
        drop(connection, code == 5 ? "not authorised" : "refused");
    } else if (options.calls_path) {
        connection->out_used += put_subscribe(connection->out + connection->out_used);
    } else {
        become_up(connection);
    }
}

/* Note a command, acknowledge it, and answer it. */
static void handle_call(struct connection *connection, const uint8_t *packet, size_t bytes) {
    struct call call = read_call(packet, bytes);
    note_call((size_t)(connection - connections), &call);
    if (connection->next - connection->oldest == ring ||
        connection->out_used + MAX_MESSAGE_BYTES >= OUT_BYTES)
        fail("too many answers wait for the broker: use a higher --inflight");
    if (call.message_id)
        connection->out_used += put_puback(connection->out + connection->out_used, call.message_id);
    add_message(connection, call.number);
}

static void handle_packet(struct connection *connection, const uint8_t *packet, size_t bytes) {
    if (packet[0] == 0x40 && bytes == 4)
        handle_puback(connection, (uint32_t)packet[2] << 8 | packet[3]);
    else if (packet[0] == 0x20 && bytes == 4)
        handle_connack(connection, packet[3]);
    else if (packet[0] == 0x90 && bytes == 5 && packet[4] < 128)
        become_up(connection);
    else if (packet[0] >> 4 == 3 && options.calls_path)
        handle_call(connection, packet, bytes);
    else
        fail("unexpected packet of %zu bytes: %02x %02x", bytes, packet[0], packet[1]);
}

static void handle_packets(struct connection *connection) {
    size_t at = 0, bytes;
    while (connection->state != DOWN &&
           (bytes = packet_bytes(connection->in + at, connection->in_used - at)) > 0) {
        handle_packet(connection, connection->in + at, bytes);
        at += bytes;
    }
    connection->in_used -= at;
    memmove(connection->in, connection->in + at, connection->in_used);
    if (connection->in_used == IN_BYTES)
        fail("a packet has more than %d bytes", IN_BYTES);
    if (connection->state != DOWN && connection->out_used > 0 && !connection->wants_out)
        flush(connection);
}

static void receive(struct connection *connection) {
    ssize_t count = recv(connection->fd, connection->in + connection->in_used,
                         IN_BYTES - connection->in_used, 0);
    if (count > 0) {
        connection->in_used += (size_t)count;
        handle_packets(connection);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        drop(connection, count == 0 ? "closed by the broker" : strerror(errno));
    }
}

static void serve(int timeout_ms) {
    struct epoll_event events[512];
    int count = epoll_wait(poller, events, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (connection->state == CONNECTING && (events[i].events & EPOLLOUT))
            connection->state = WAITING;
        if (connection->state != DOWN && (events[i].events & EPOLLOUT))
            flush(connection);
        if (connection->state != DOWN && (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
            receive(connection);
    }
}

/* Open missing connections, a few at a time. */
static void connect_some(void) {
    if (up + connecting == options.connections)
        return;
    uint64_t at_us = now_us();
    for (size_t i = 0; i < options.connections && connecting < MAX_CONNECTING; i++)
        if (connections[i].state == DOWN && connections[i].retry_us <= at_us &&
            (options.reconnect || !connections[i].was_up))
            start_connecting(&connections[i]);
}

/* ---- sending ---- */

static bool is_done(void) {
    if (interrupted || (options.messages > 0 && sent >= options.messages))
        return true;
    return options.seconds > 0 && (double)(now_us() - started_us) / SECOND_US >= options.seconds;
}

/* Without a rate: keep every connection's window full. */
static void fill_windows(void) {
    for (size_t i = 0; i < options.connections; i++) {
        struct connection *connection = &connections[i];
        bool added = false;
        for (; can_send(connection) && !(options.messages > 0 && sent >= options.messages);
             added = true)
            add_message(connection, options.first_seq + sent);
        if (added && !connection->wants_out)
            flush(connection);
    }
}

/* With a rate: send what is due, round-robin over the connections. */
static void send_due(uint64_t *paced_us) {
    static size_t next;
    uint64_t at_us = now_us();
    if (at_us - *paced_us > SECOND_US)
        *paced_us = at_us - SECOND_US; /* after a longer pause, do not catch up */
    uint64_t due = (at_us - *paced_us) * options.rate / SECOND_US;
    for (size_t tried = 0; due > 0 && tried < options.connections && !is_done(); tried++) {
        struct connection *connection = &connections[next++ % options.connections];
        if (!can_send(connection))
            continue;
        add_message(connection, options.first_seq + sent);
        if (!connection->wants_out)
            flush(connection);
        *paced_us += SECOND_US / options.rate;
        due--;
        tried = 0;
    }
}

static uint64_t in_flight(void) {
    uint64_t total = 0;
    for (size_t i = 0; i < options.connections; i++)
        total += connections[i].next - connections[i].oldest +
                 (connections[i].state == UP && connections[i].out_used > 0);
    return total;
}

static void run(void) {
    uint64_t deadline_us = now_us() + CONNECT_SECONDS * SECOND_US;
    while (up < options.connections && !interrupted) {
        connect_some();
        serve(10);
        if (now_us() > deadline_us)
            fail("only %zu of %zu connections within %d s", up, options.connections,
                 CONNECT_SECONDS);
    }
    open_calls();
    uint64_t paced_us = started_us = last_ack_us = now_us();
    while (!is_done() && (options.reconnect || up > 0)) {
        connect_some();
        if (options.rate > 0)
            send_due(&paced_us);
        else if (!options.calls_path)
            fill_windows();
        serve(1);
    }
    if (options.qos == 0)
        last_ack_us = now_us();
    deadline_us = now_us() + (uint64_t)(options.drain_seconds * SECOND_US);
    while (in_flight() > 0 && now_us() < deadline_us && (options.reconnect || up > 0)) {
        connect_some();
        serve(10);
    }
}

/* ---- the program ---- */

static void prepare(void) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct rlimit files;
    int error = getaddrinfo(options.host, options.port, &hints, &address);
    if (error != 0)
        fail("cannot resolve %s: %s", options.host, gai_strerror(error));
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc(options.connections, sizeof *connections);
    if (poller < 0 || !connections)
        fail("no memory for %zu connections", options.connections);
    for (ring = 1; ring < options.inflight;)
        ring *= 2;
    for (size_t i = 0; i < options.connections; i++) {
        connections[i].token = token_of(i);
        connections[i].flights = calloc(ring, sizeof(struct flight));
        if (!connections[i].flights)
            fail("no memory for %u messages in flight", ring);
    }
}

static void interrupt(int signal_number) {
    interrupted = signal_number;
}

int main(int count, char **words) {
    read_options(count, words);
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    prepare();
    run();
    report();
    write_ids();
    close_calls();
    return 0;
}
