/* Periodic work in the broker's loop: registry, spool, revoked tokens, log lines, heartbeat. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "clock.h"
#include "closing.h"
#include "control_reports.h"
#include "events.h"
#include "heartbeat.h"
#include "plugin_state.h"
#include "presence.h"

#define SWEEP_EVERY_US 500000
#define SECOND_US 1000000
#define LINE_BYTES 800

/* Close the connections of devices that were removed or whose token is no longer valid. */
static void kick_revoked_sessions(struct plugin_state *state) {
    struct session *next;
    for (struct session *at = state->sessions.first; at; at = next) {
        next = at->next;
        if (!session_is_authorised(state, at) && close_session(at, revocation_reason(state, at)))
            state->counters.kicked++;
    }
}

/* Rate-limited logging: one line for all that a counter has grown since its last line. `format`
 * takes the increase (PRIu64) and `detail` (%s). */
static void log_increase(uint64_t count, uint64_t *logged, const char *format, const char *detail) {
    if (count != *logged)
        mosquitto_log_printf(MOSQ_LOG_WARNING, format, count - *logged, detail);
    *logged = count;
}

static void log_refused_connections(struct plugin_state *state) {
    char addresses[LINE_BYTES];
    refusals_take(&state->refusals, addresses, sizeof addresses);
    log_increase(state->counters.unknown_tokens, &state->logged.unknown_tokens,
                 "refused %" PRIu64 " connections with an unknown token, by address: %s",
                 addresses);
    log_increase(state->counters.refused_no_registry, &state->logged.refused_no_registry,
                 "refused %" PRIu64 " connections: waiting for the registry file in %s",
                 state->registry.folder);
    log_increase(state->counters.kicked, &state->logged.kicked,
                 "closed %" PRIu64 " connections whose token is no longer valid%s", "");
    log_increase(state->counters.moved, &state->logged.moved,
                 "closed %" PRIu64 " connections: this side is drained, the devices go to the "
                 "other one%s",
                 "");
    log_increase(state->counters.taken_over, &state->logged.taken_over,
                 "closed %" PRIu64 " connections whose device is connected to another broker%s",
                 "");
}

static void log_limited(struct plugin_state *state) {
    log_increase(state->counters.limited_by_device, &state->logged.limited_by_device,
                 "slowed devices %" PRIu64 " times: QLINES_DEVICE_MESSAGES_PER_SECOND or "
                 "QLINES_DEVICE_POINTS_PER_SECOND is reached%s",
                 "");
    log_increase(state->counters.limited_by_owner, &state->logged.limited_by_owner,
                 "slowed devices %" PRIu64 " times: QLINES_OWNER_MESSAGES_PER_SECOND or "
                 "QLINES_OWNER_POINTS_PER_SECOND is reached%s",
                 "");
    log_increase(state->counters.refused_connections, &state->logged.refused_connections,
                 "refused %" PRIu64 " connections of devices with too many, see "
                 "QLINES_DEVICE_CONNECTIONS%s",
                 "");
    log_increase(state->counters.refused_provisioning, &state->logged.refused_provisioning,
                 "refused %" PRIu64 " connections or requests for provisioning: more than %s a "
                 "second from one address, or too many at once",
                 PROVISIONING_RATE);
}

static void log_refused_messages(struct plugin_state *state) {
    log_increase(state->counters.refused_over_quota, &state->logged.refused_over_quota,
                 "refused %" PRIu64 " messages: the spool is full; free space in %s or raise "
                 "QLINES_SPOOL_LIMIT_MB",
                 state->options.data_dir);
    log_increase(state->counters.refused_write_errors, &state->logged.refused_write_errors,
                 "refused %" PRIu64 " messages: writing to the spool failed: %s",
                 strerror(state->spool.failed_errno));
    log_increase(state->counters.refused_too_large, &state->logged.refused_too_large,
                 "refused %" PRIu64 " messages: payload larger than 65,536 bytes%s", "");
}

static void log_invalid_lags(struct lag_file *file) {
    log_increase(file->invalid, &file->invalid_logged,
                 "ignored an invalid lag %" PRIu64 " times: %s must hold whole milliseconds",
                 file->path);
}

static void log_spool_events(struct plugin_state *state) {
    int failed_errno = atomic_exchange(&state->spool.syncer.failed_errno, 0);
    if (failed_errno != 0)
        mosquitto_log_printf(MOSQ_LOG_ERR, "syncing the spool to the disk failed: %s",
                             strerror(failed_errno));
    if (state->spool.clock_behind_us > 0)
        mosquitto_log_printf(MOSQ_LOG_WARNING,
                             "the clock is %.0f s behind the newest frame of the spool: "
                             "continuing with the clock's time",
                             (double)state->spool.clock_behind_us / 1e6);
    state->spool.clock_behind_us = 0;
}

static void do_every_second(struct plugin_state *state) {
    state->unknown_tokens_this_second = 0;
    registry_refresh(&state->registry);
    meters_sweep(&state->meters, steady_us());
    spool_check_segment(&state->spool);
    presence_repair(state);
    log_refused_connections(state);
    log_refused_messages(state);
    log_limited(state);
    log_invalid_lags(&state->backpressure.ingest);
    log_invalid_lags(&state->backpressure.writer);
    log_spool_events(state);
    heartbeat_write(state);
}

int on_tick(int event, void *event_data, void *userdata) {
    (void)event;
    (void)event_data;
    struct plugin_state *state = userdata;
    uint64_t now_us = steady_us();
    backpressure_refresh(&state->backpressure);
    pausing_apply(&state->pausing, now_us);
    moving_apply(state, now_us);
    provisioning_apply(&state->provisioning, now_us);
    if (now_us - state->swept_at_us >= SWEEP_EVERY_US) {
        state->swept_at_us = now_us;
        kick_revoked_sessions(state);
        elsewhere_apply(state);
    }
    if (now_us - state->second_at_us >= SECOND_US) {
        state->second_at_us = now_us;
        do_every_second(state);
    }
    /* Last, because the broker publishes next: nobody can disconnect in between. */
    downlinks_apply(state, now_us);
    control_apply(state);
    return MOSQ_ERR_SUCCESS;
}
