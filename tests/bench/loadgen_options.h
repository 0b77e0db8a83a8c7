/* The generator's options, checked. */
#ifndef LOADGEN_OPTIONS_H
#define LOADGEN_OPTIONS_H

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INFLIGHT 2048 /* far below the 65,535 message ids */
#define MAX_POINTS 64
#define MAX_RATE 1000000

static struct {
    const char *host, *port, *topic, *ids_path, *calls_path, *pattern;
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

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("loadgen: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void read_tokens(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    if (!file)
        fail("cannot read %s: %s", path, strerror(errno));
    while (getline(&line, &capacity, file) > 0) {
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
    /* The pattern has one conversion, for the number: DW%08zu. */
    snprintf(text, sizeof text, options.pattern, number);
    return strdup(text);
}

static const char HELP[] =
    "loadgen: numbered MQTT messages over many connections, counted PUBACKs\n"
    "  --host NAME --port N         127.0.0.1, 1883\n"
    "  --tokens FILE                one token per line; or\n"
    "  --token-pattern P            a printf format for a size_t: DW%08zu\n"
    "  --connections N              default: one for each token\n"
    "  --rate N                     messages per second in total; 0 (default): as acknowledged\n"
    "  --inflight N                 unacknowledged messages per connection: 10, or 100 with "
    "--rate\n"
    "  --seconds S, --messages N    when to stop; one is needed\n"
    "  --drain-seconds S            how long to wait for the last PUBACKs: 30\n"
    "  --points N --qos 0|1         3 values per message, QoS 1\n"
    "  --topic T                    v1/devices/me/telemetry\n"
    "  --first-seq N                number of the first message: 0\n"
    "  --reconnect                  reconnect, and resend what was not acknowledged\n"
    "  --ids FILE                   the acknowledged numbers, one per line\n"
    "  --obey FILE                  send nothing but answers to commands, whose device, number "
    "and\n"
    "                               payload are lines of FILE, made once every device listens\n"
    "  --json                       the summary as JSON\n";

enum {
    HOST = 256,
    PORT,
    TOKENS,
    PATTERN,
    CONNECTIONS,
    RATE,
    INFLIGHT,
    SECONDS,
    MESSAGES,
    DRAIN,
    POINTS,
    QOS,
    TOPIC,
    FIRST,
    RECONNECT,
    IDS,
    OBEY,
    JSON,
    HELP_WANTED
};

static const struct option NAMES[] = {
    {"host", 1, NULL, HOST},
    {"port", 1, NULL, PORT},
    {"tokens", 1, NULL, TOKENS},
    {"token-pattern", 1, NULL, PATTERN},
    {"connections", 1, NULL, CONNECTIONS},
    {"rate", 1, NULL, RATE},
    {"inflight", 1, NULL, INFLIGHT},
    {"seconds", 1, NULL, SECONDS},
    {"messages", 1, NULL, MESSAGES},
    {"drain-seconds", 1, NULL, DRAIN},
    {"points", 1, NULL, POINTS},
    {"qos", 1, NULL, QOS},
    {"topic", 1, NULL, TOPIC},
    {"first-seq", 1, NULL, FIRST},
    {"reconnect", 0, NULL, RECONNECT},
    {"ids", 1, NULL, IDS},
    {"obey", 1, NULL, OBEY},
    {"json", 0, NULL, JSON},
    {"help", 0, NULL, HELP_WANTED},
    {NULL, 0, NULL, 0},
};

static uint64_t number(const char *name, const char *text, uint64_t min, uint64_t max) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || *text == '-' || value < min || value > max)
        fail("--%s must be a whole number from %" PRIu64 " to %" PRIu64 ", got '%s'", name, min,
             max, text);
    return value;
}

static void apply_option(int option) {
    switch (option) {
    case HOST:
        options.host = optarg;
        break;
    case PORT:
        options.port = optarg;
        break;
    case TOKENS:
        read_tokens(optarg);
        break;
    case PATTERN:
        options.pattern = optarg;
        break;
    case CONNECTIONS:
        options.connections = number("connections", optarg, 1, 60000);
        break;
    case RATE:
        options.rate = number("rate", optarg, 0, MAX_RATE);
        break;
    case INFLIGHT:
        options.inflight = (uint32_t)number("inflight", optarg, 1, MAX_INFLIGHT);
        break;
    case SECONDS:
        options.seconds = atof(optarg);
        break;
    case MESSAGES:
        options.messages = number("messages", optarg, 1, UINT64_MAX / 2);
        break;
    case DRAIN:
        options.drain_seconds = atof(optarg);
        break;
    case POINTS:
        options.points = (int)number("points", optarg, 1, MAX_POINTS);
        break;
    case QOS:
        options.qos = (int)number("qos", optarg, 0, 1);
        break;
    case TOPIC:
        options.topic = optarg;
        break;
    case FIRST:
        options.first_seq = number("first-seq", optarg, 0, UINT64_MAX / 2);
        break;
    case RECONNECT:
        options.reconnect = true;
        break;
    case IDS:
        options.ids_path = optarg;
        break;
    case OBEY:
        options.calls_path = optarg;
        break;
    case JSON:
        options.json = true;
        break;
    case HELP_WANTED:
        fputs(HELP, stdout);
        exit(0);
    default:
        exit(2);
    }
}

static void read_options(int count, char **words) {
    for (int option; (option = getopt_long(count, words, "", NAMES, NULL)) != -1;)
        apply_option(option);
    if (options.token_count == 0 && !options.pattern)
        fail("--tokens FILE or --token-pattern P is required");
    if (options.seconds <= 0 && options.messages == 0)
        fail("--seconds S or --messages N is required");
    if (options.calls_path && options.rate > 0)
        fail("--obey sends answers only, as they are due: leave --rate out");
    if (options.connections == 0)
        options.connections = options.token_count > 0 ? options.token_count : 1;
    if (options.inflight == 0)
        options.inflight = options.rate > 0 ? 100 : 10;
}

#endif
