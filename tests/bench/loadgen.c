/* An MQTT load generator: many connections in one thread, numbered messages, counted PUBACKs.
 *
 *   cc -O2 -Wall -Wextra -o build/loadgen tests/bench/loadgen.c
 *   build/loadgen --tokens FILE --rate 1000 --seconds 60 --ids acknowledged.txt --json
 *
 * Every message carries its number as the key "seq", unique in the run, so that what was
 * acknowledged can be compared with what was stored. `--help` names the options.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define INFLIGHT_MAX 2048 /* far below the 65,535 message ids */
#define IN_BYTES 4096
#define OUT_BYTES 65536
#define MESSAGE_MAX_BYTES 4096
#define POINTS_MAX 64
#define CONNECTING_MAX 64 /* mosquitto's listen backlog is 100 */
#define CONNECT_SECONDS 30
#define RETRY_US 100000
#define LATENCY_STEPS 64 /* per power of two: the error is below 2 % */
#define LATENCY_BUCKETS (LATENCY_STEPS * 40)
#define SECOND_US UINT64_C(1000000)

struct flight {
    uint64_t seq;
    uint64_t sent_us;
    bool acknowledged;
};

enum state { DOWN, CONNECTING, WAITING_FOR_CONNACK, UP };

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

static struct {
    const char *host, *port, *topic, *ids_path, *pattern;
    char **tokens;
    size_t token_count, connections;
    uint64_t rate, messages, first_seq;
    double seconds, drain_seconds;
    uint32_t inflight;
    int qos, points;
    bool reconnect, json;
} options = {.host = "127.0.0.1",
             .port = "1883",
             .topic = "v1/devices/me/telemetry",
             .qos = 1,
             .points = 3,
             .drain_seconds = 30};

static struct connection *connections;
static int poller;
static struct addrinfo *address;
static uint32_t ring; /* a power of two, at least --inflight */
static size_t up, connecting;
static uint64_t sent, acknowledged, resent, reconnects, lost, refused;
static uint64_t started_us, last_ack_us;
static uint64_t latencies[LATENCY_BUCKETS];
static uint64_t *acknowledged_seqs;
static size_t acknowledged_room;
static volatile sig_atomic_t interrupted;

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("loadgen: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

/* ---- latencies: a histogram whose steps grow with the value ---- */

static size_t bucket_of(uint64_t us) {
    if (us < LATENCY_STEPS)
        return us;
    int shift = 63 - __builtin_clzll(us) - 6; /* 2^6 steps */
    size_t bucket = (size_t)(shift + 1) * LATENCY_STEPS + (size_t)(us >> shift) - LATENCY_STEPS;
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static uint64_t bucket_us(size_t bucket) {
    size_t shift = bucket / LATENCY_STEPS;
    return shift == 0 ? bucket : (bucket % LATENCY_STEPS + LATENCY_STEPS) << (shift - 1);
}

static double percentile_ms(double share) {
    uint64_t total = 0, seen = 0;
    for (size_t i = 0; i < LATENCY_BUCKETS; i++)
        total += latencies[i];
    for (size_t i = 0; i < LATENCY_BUCKETS; i++)
        if ((seen += latencies[i]) > 0 && (double)seen >= share * (double)total)
            return (double)bucket_us(i) / 1000;
    return 0;
}

/* ---- packets ---- */

static size_t put_text(uint8_t *at, const char *text) {
    size_t bytes = strlen(text);
    at[0] = (uint8_t)(bytes >> 8);
    at[1] = (uint8_t)bytes;
    memcpy(at + 2, text, bytes);
    return bytes + 2;
}

static size_t put_length(uint8_t *at, size_t length) {
    size_t used = 0;
    do {
        at[used] = (uint8_t)(length & 127) | (length > 127 ? 128 : 0);
        length >>= 7;
        used++;
    } while (length > 0);
    return used;
}

/* Clean session, no keepalive: nothing but messages is ever sent afterwards. */
static size_t put_connect(uint8_t *at, const char *token, size_t number) {
    uint8_t body[2048] = {0, 4, 'M', 'Q', 'T', 'T', 4, 0x82, 0, 0};
    char client_id[64];
    size_t used = 10;
    snprintf(client_id, sizeof client_id, "loadgen-%d-%zu", (int)getpid(), number);
    used += put_text(body + used, client_id);
    used += put_text(body + used, token);
    at[0] = 0x10;
    size_t head = 1 + put_length(at + 1, used);
    memcpy(at + head, body, used);
    return head + used;
}

static size_t put_points(char *at, uint64_t seq) {
    uint64_t noise = (seq + 1) * UINT64_C(0x9E3779B97F4A7C15);
    int used = sprintf(at, "{\"seq\":%" PRIu64, seq);
    if (options.points > 1)
        used += sprintf(at + used, ",\"temperature\":%d.%d", 15 + (int)(noise >> 60),
                        10 + (int)(noise >> 40) % 89);
    if (options.points > 2)
        used += sprintf(at + used, ",\"humidity\":%d", 30 + (int)(noise >> 59));
    for (int i = 3; i < options.points; i++)
        used += sprintf(at + used, ",\"value%d\":%d", i + 1, (int)(noise >> (i % 48) & 1023));
    at[used++] = '}';
    return (size_t)used;
}

static size_t put_publish(uint8_t *at, uint64_t seq, uint32_t index, bool again) {
    char payload[MESSAGE_MAX_BYTES];
    size_t payload_bytes = put_points(payload, seq);
    size_t length = 2 + strlen(options.topic) + (options.qos > 0 ? 2 : 0) + payload_bytes;
    at[0] = (uint8_t)(0x30 | options.qos << 1 | (again ? 8 : 0));
    size_t used = 1 + put_length(at + 1, length);
    used += put_text(at + used, options.topic);
    if (options.qos > 0) {
        uint32_t id = index % 65535 + 1;
        at[used++] = (uint8_t)(id >> 8);
        at[used++] = (uint8_t)id;
    }
    memcpy(at + used, payload, payload_bytes);
    return used + payload_bytes;
}

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
        fail("no socket for one more connection: %s", strerror(errno));
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connection->in_used = connection->out_sent = 0;
    connection->out_used =
        put_connect(connection->out, connection->token, (size_t)(connection - connections));
    connection->state = CONNECTING;
    connecting++;
    /* A failure shows when the socket is written to. */
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

static bool has_room(const struct connection *connection) {
    return connection->state == UP && connection->next - connection->oldest < options.inflight &&
           connection->out_used + MESSAGE_MAX_BYTES < OUT_BYTES;
}

/* Put the next message into the connection's buffer. */
static void add_message(struct connection *connection) {
    struct flight *flight = &connection->flights[connection->next & (ring - 1)];
    *flight = (struct flight){options.first_seq + sent, now_us(), false};
    connection->out_used += put_publish(connection->out + connection->out_used, flight->seq,
                                        connection->next, false);
    connection->next++;
    if (options.qos == 0)
        connection->oldest = connection->next;
    sent++;
}

/* The connection is new: what was not acknowledged on the old one goes out again. */
static void send_again(struct connection *connection) {
    for (uint32_t i = connection->oldest; i != connection->next; i++) {
        const struct flight *flight = &connection->flights[i & (ring - 1)];
        if (flight->acknowledged)
            continue;
        if (connection->out_used + MESSAGE_MAX_BYTES >= OUT_BYTES)
            fail("too much in flight to send it again: use a lower --inflight");
        connection->out_used +=
            put_publish(connection->out + connection->out_used, flight->seq, i, true);
        resent++;
    }
}

static void note_seq(uint64_t seq) {
    if (!options.ids_path)
        return;
    if (acknowledged == acknowledged_room) {
        acknowledged_room = acknowledged_room ? acknowledged_room * 2 : 65536;
        acknowledged_seqs = realloc(acknowledged_seqs, acknowledged_room * sizeof(uint64_t));
        if (!acknowledged_seqs)
            fail("no memory for the numbers of %zu messages", acknowledged_room);
    }
    acknowledged_seqs[acknowledged] = seq;
}

static void take_puback(struct connection *connection, uint32_t id) {
    uint32_t behind = (id - 1 + 65535 - connection->oldest % 65535) % 65535;
    uint32_t index = connection->oldest + behind;
    struct flight *flight = &connection->flights[index & (ring - 1)];
    if (behind >= connection->next - connection->oldest || flight->acknowledged)
        return;
    flight->acknowledged = true;
    last_ack_us = now_us();
    latencies[bucket_of(last_ack_us - flight->sent_us)]++;
    note_seq(flight->seq);
    acknowledged++;
    while (connection->oldest != connection->next &&
           connection->flights[connection->oldest & (ring - 1)].acknowledged)
        connection->oldest++;
}

static void take_connack(struct connection *connection, int code) {
    if (code != 0) {
        refused++;
        drop(connection, code == 5 ? "not authorised" : "refused");
        return;
    }
    connecting--;
    up++;
    reconnects += connection->was_up;
    connection->state = UP;
    connection->was_up = true;
    send_again(connection);
    flush(connection);
}

/* The broker sends nothing but CONNACK and PUBACK, four bytes each. */
static void take_packets(struct connection *connection) {
    size_t at = 0;
    for (; connection->state != DOWN && connection->in_used - at >= 4; at += 4) {
        const uint8_t *packet = connection->in + at;
        if (packet[0] == 0x40 && packet[1] == 2)
            take_puback(connection, (uint32_t)packet[2] << 8 | packet[3]);
        else if (packet[0] == 0x20 && packet[1] == 2)
            take_connack(connection, packet[3]);
        else
            fail("an unexpected packet: %02x %02x", packet[0], packet[1]);
    }
    connection->in_used -= at;
    memmove(connection->in, connection->in + at, connection->in_used);
}

static void receive(struct connection *connection) {
    ssize_t count = recv(connection->fd, connection->in + connection->in_used,
                         IN_BYTES - connection->in_used, 0);
    if (count > 0) {
        connection->in_used += (size_t)count;
        take_packets(connection);
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
            connection->state = WAITING_FOR_CONNACK;
        if (connection->state != DOWN && (events[i].events & EPOLLOUT))
            flush(connection);
        if (connection->state != DOWN && (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
            receive(connection);
    }
}

/* Open what is down, a few at a time. */
static void connect_some(void) {
    if (up + connecting == options.connections)
        return;
    uint64_t at_us = now_us();
    for (size_t i = 0; i < options.connections && connecting < CONNECTING_MAX; i++)
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

/* As fast as acknowledged: keep every window full. */
static void fill_windows(void) {
    for (size_t i = 0; i < options.connections; i++) {
        struct connection *connection = &connections[i];
        bool added = false;
        for (; has_room(connection) && !(options.messages > 0 && sent >= options.messages);
             added = true)
            add_message(connection);
        if (added && !connection->wants_out)
            flush(connection);
    }
}

/* At a rate: as many as are due by now, each on the next connection. */
static void send_due(uint64_t *paced_us) {
    static size_t turn;
    uint64_t at_us = now_us();
    if (at_us - *paced_us > SECOND_US)
        *paced_us = at_us - SECOND_US; /* what a longer pause has missed is not made up for */
    uint64_t due = (at_us - *paced_us) * options.rate / SECOND_US;
    for (size_t tried = 0; due > 0 && tried < options.connections && !is_done(); tried++) {
        struct connection *connection = &connections[turn++ % options.connections];
        if (!has_room(connection))
            continue;
        add_message(connection);
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
    uint64_t paced_us = started_us = last_ack_us = now_us();
    while (!is_done() && (options.reconnect || up > 0)) {
        connect_some();
        if (options.rate > 0)
            send_due(&paced_us);
        else
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

/* ---- report, options ---- */

static void write_ids(void) {
    FILE *file = fopen(options.ids_path, "w");
    if (!file)
        fail("cannot write %s: %s", options.ids_path, strerror(errno));
    for (size_t i = 0; i < acknowledged; i++)
        fprintf(file, "%" PRIu64 "\n", acknowledged_seqs[i]);
    if (fclose(file) != 0)
        fail("cannot write %s: %s", options.ids_path, strerror(errno));
}

static void report(void) {
    double seconds = (double)(last_ack_us - started_us) / SECOND_US;
    double rate = (double)(options.qos > 0 ? acknowledged : sent) / (seconds > 0 ? seconds : 1);
    const char *format =
        options.json
            ? "{\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64 ", \"seconds\": %.3f, "
              "\"rate\": %.1f, \"puback_ms\": {\"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f}, "
              "\"reconnects\": %" PRIu64 ", \"lost_connections\": %" PRIu64
              ", \"resent\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"first_seq\": %" PRIu64 "}\n"
            : "sent %" PRIu64 ", acknowledged %" PRIu64 " in %.3f s: %.1f a second\n"
              "PUBACK after ms: p50 %.3f, p95 %.3f, p99 %.3f\n"
              "reconnects %" PRIu64 ", connections lost %" PRIu64 ", sent again %" PRIu64
              ", refused %" PRIu64 ", first number %" PRIu64 "\n";
    printf(format, sent, acknowledged, seconds, rate, percentile_ms(0.5), percentile_ms(0.95),
           percentile_ms(0.99), reconnects, lost, resent, refused, options.first_seq);
}

static void read_tokens(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    if (!file)
        fail("cannot read %s: %s", path, strerror(errno));
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\r\n")] = '\0';
        if (*line == '\0')
            continue;
        options.tokens = realloc(options.tokens, (options.token_count + 1) * sizeof(char *));
        options.tokens[options.token_count++] = strdup(line);
    }
    free(line);
    fclose(file);
}

static const char *token_of(size_t number) {
    char text[256];
    if (options.token_count > 0)
        return options.tokens[number % options.token_count];
    /* The pattern has one %: the number's place, as in DW%08zu. */
    snprintf(text, sizeof text, options.pattern, number);
    return strdup(text);
}

static const char HELP[] =
    "loadgen: numbered MQTT messages over many connections, counted PUBACKs\n"
    "  --host NAME --port N         127.0.0.1, 1883\n"
    "  --tokens FILE                one token a line; or\n"
    "  --token-pattern P            as printf wants it for a size_t: DW%08zu\n"
    "  --connections N              default: one for each token\n"
    "  --rate N                     messages a second in all; 0 (default): as acknowledged\n"
    "  --inflight N                 unacknowledged a connection: 10, or 100 with --rate\n"
    "  --seconds S, --messages N    when to stop; one is needed\n"
    "  --drain-seconds S            how long to wait for the last PUBACKs: 30\n"
    "  --points N --qos 0|1         3 values a message, QoS 1\n"
    "  --topic T                    v1/devices/me/telemetry\n"
    "  --first-seq N                number of the first message: 0\n"
    "  --reconnect                  connect again when lost, send again what had no PUBACK\n"
    "  --ids FILE                   the acknowledged numbers, one a line\n"
    "  --json                       the summary as JSON\n";

enum { HOST = 256, PORT, TOKENS, PATTERN, CONNECTIONS, RATE, INFLIGHT, SECONDS, MESSAGES, DRAIN,
       POINTS, QOS, TOPIC, FIRST, RECONNECT, IDS, JSON, HELP_WANTED };

static const struct option NAMES[] = {
    {"host", 1, NULL, HOST},           {"port", 1, NULL, PORT},
    {"tokens", 1, NULL, TOKENS},       {"token-pattern", 1, NULL, PATTERN},
    {"connections", 1, NULL, CONNECTIONS}, {"rate", 1, NULL, RATE},
    {"inflight", 1, NULL, INFLIGHT},   {"seconds", 1, NULL, SECONDS},
    {"messages", 1, NULL, MESSAGES},   {"drain-seconds", 1, NULL, DRAIN},
    {"points", 1, NULL, POINTS},       {"qos", 1, NULL, QOS},
    {"topic", 1, NULL, TOPIC},         {"first-seq", 1, NULL, FIRST},
    {"reconnect", 0, NULL, RECONNECT}, {"ids", 1, NULL, IDS},
    {"json", 0, NULL, JSON},           {"help", 0, NULL, HELP_WANTED},
    {NULL, 0, NULL, 0},
};

static uint64_t number(const char *name, const char *text, uint64_t least, uint64_t most) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || *text == '-' || value < least || value > most)
        fail("--%s must be a whole number from %" PRIu64 " to %" PRIu64 ", got '%s'", name, least,
             most, text);
    return value;
}

static void take_option(int option) {
    switch (option) {
    case HOST: options.host = optarg; break;
    case PORT: options.port = optarg; break;
    case TOKENS: read_tokens(optarg); break;
    case PATTERN: options.pattern = optarg; break;
    case CONNECTIONS: options.connections = number("connections", optarg, 1, 60000); break;
    case RATE: options.rate = number("rate", optarg, 0, SECOND_US); break;
    case INFLIGHT: options.inflight = (uint32_t)number("inflight", optarg, 1, INFLIGHT_MAX); break;
    case SECONDS: options.seconds = atof(optarg); break;
    case MESSAGES: options.messages = number("messages", optarg, 1, UINT64_MAX / 2); break;
    case DRAIN: options.drain_seconds = atof(optarg); break;
    case POINTS: options.points = (int)number("points", optarg, 1, POINTS_MAX); break;
    case QOS: options.qos = (int)number("qos", optarg, 0, 1); break;
    case TOPIC: options.topic = optarg; break;
    case FIRST: options.first_seq = number("first-seq", optarg, 0, UINT64_MAX / 2); break;
    case RECONNECT: options.reconnect = true; break;
    case IDS: options.ids_path = optarg; break;
    case JSON: options.json = true; break;
    case HELP_WANTED: fputs(HELP, stdout); exit(0);
    default: exit(2);
    }
}

static void read_options(int count, char **words) {
    for (int option; (option = getopt_long(count, words, "", NAMES, NULL)) != -1;)
        take_option(option);
    if (options.token_count == 0 && !options.pattern)
        fail("whose messages? give --tokens FILE or --token-pattern P");
    if (options.seconds <= 0 && options.messages == 0)
        fail("when is it over? give --seconds S or --messages N");
    if (options.connections == 0)
        options.connections = options.token_count > 0 ? options.token_count : 1;
    if (options.inflight == 0)
        options.inflight = options.rate > 0 ? 100 : 10;
}

static void prepare(void) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct rlimit files;
    int error = getaddrinfo(options.host, options.port, &hints, &address);
    if (error != 0)
        fail("cannot find %s: %s", options.host, gai_strerror(error));
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
    if (options.ids_path)
        write_ids();
    return 0;
}
