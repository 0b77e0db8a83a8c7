/* The plugin's state while the broker runs; every event gets it. */
#ifndef QLINES_PLUGIN_STATE_H
#define QLINES_PLUGIN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "backpressure.h"
#include "control.h"
#include "downlinks.h"
#include "elsewhere.h"
#include "meters.h"
#include "moving.h"
#include "options.h"
#include "pausing.h"
#include "provisioning.h"
#include "qos2_dedup.h"
#include "refusals.h"
#include "registry.h"
#include "sessions.h"
#include "spool.h"

/* Since the start of the broker; healthcheck/metrics/programs.py documents each by its name. */
struct counters {
    uint64_t accepted;
    uint64_t accepted_bytes;
    uint64_t session_limits_answers;
    uint64_t time_answers;
    uint64_t requests;
    uint64_t requests_dropped;
    uint64_t deduplicated;
    uint64_t unknown_tokens;
    uint64_t refused_no_registry;
    uint64_t refused_over_quota;
    uint64_t refused_write_errors;
    uint64_t refused_too_large;
    uint64_t kicked;
    uint64_t moved;
    uint64_t taken_over;
    uint64_t limited_by_device;
    uint64_t limited_by_owner;
    uint64_t refused_connections;
    uint64_t refused_subscriptions;
    uint64_t sessions_not_kept;
    uint64_t provision_requests;
    uint64_t refused_provisioning;
    uint64_t downlinks;
    uint64_t downlinks_delivered;
    uint64_t downlinks_refused;
};

#define INCARNATIONS 8192

enum client_struct {
    CLIENT_STRUCT_UNCHECKED, /* no client has connected yet */
    CLIENT_STRUCT_MATCHES,
    CLIENT_STRUCT_UNKNOWN, /* every connection is refused */
};

struct plugin_state {
    struct mosquitto_plugin_id_t *identifier; /* under which the events are registered */
    struct options options;
    struct registry registry;
    struct spool spool;
    struct sessions sessions;
    struct meters meters;
    struct pausing pausing;
    enum client_struct client_struct;
    struct qos2_dedup qos2_dedup;
    struct refusals refusals;
    struct provisioning provisioning;
    struct backpressure backpressure;
    struct moving moving;
    struct elsewhere elsewhere;
    struct control control;
    struct downlinks downlinks;
    struct counters counters;
    struct counters logged;              /* the counters as of the last log lines */
    uint32_t incarnations[INCARNATIONS]; /* clean starts so far, by hash of the client id */
    bool presence_lost;                  /* a connect or disconnect could not be written */
    uint32_t unknown_tokens_this_second;
    uint64_t swept_at_us;
    uint64_t second_at_us;
};

/* Return whether the session's token is still valid; looked up again after each change. */
bool session_is_authorised(struct plugin_state *state, struct session *session);

/* Return why it no longer is. */
const char *revocation_reason(struct plugin_state *state, const struct session *session);

#endif
