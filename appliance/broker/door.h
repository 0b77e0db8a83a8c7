/* What the plugin knows while the broker runs, handed to every event. */
#ifndef QLINES_DOOR_H
#define QLINES_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "broker_memory.h"
#include "options.h"
#include "pressure.h"
#include "refusals.h"
#include "registry.h"
#include "repeats.h"
#include "sessions.h"
#include "spool.h"

/* All count from the start of the broker. */
struct counters {
    uint64_t accepted;        /* messages in the spool */
    uint64_t accepted_bytes;  /* their payloads */
    uint64_t answered;        /* questions for the session's limits */
    uint64_t repeated;        /* QoS 2 messages that were in the spool already */
    uint64_t refused_tokens;  /* connections with an unknown or expired token, or none */
    uint64_t refused_unready; /* connections while there was no registry file */
    uint64_t refused_limit;   /* messages, because the spool was full */
    uint64_t refused_failed;  /* messages, because the write failed */
    uint64_t refused_size;    /* messages over the largest payload */
    uint64_t kicked;          /* connections whose device or token ceased to be valid */
};

#define INCARNATIONS 8192
#define STRANGERS_A_SECOND 20

struct door {
    struct mosquitto_plugin_id_t *identifier; /* under which the events are registered */
    struct options options;
    struct registry registry;
    struct spool spool;
    struct sessions sessions;
    struct broker_memory memory;
    struct repeats repeats;
    struct refusals refusals;
    struct pressure pressure;
    struct counters counters;
    struct counters logged;              /* what the log lines have told already */
    uint32_t incarnations[INCARNATIONS]; /* by client id: clean starts so far */
    bool presence_lost;                  /* a connect or disconnect could not be written */
    uint32_t strangers_this_second;
    uint64_t swept_at_us;
    uint64_t second_at_us;
};

/* Whether the session's token still opens the door; looked up again after each change. */
bool door_is_open_for(struct door *door, struct session *session);

/* Why it no longer does. */
const char *door_closed_reason(struct door *door, const struct session *session);

#endif
