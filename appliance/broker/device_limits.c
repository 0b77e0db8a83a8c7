/* Limits that protect neighbours: what is over a limit waits or is refused, and its owner is
 * notified.
 */
#include "device_limits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mosquitto_broker.h>

#include "client_internals.h"
#include "clock.h"
#include "hash.h"
#include "rate_limit.h"

#define NOTIFY_EVERY_US UINT64_C(60000000)
#define REASON_BYTES 400

/* Notify the owner on the device's page, once a minute: a flood must not cause another one.
 * `format` takes the limit, and how often the device was limited since the last time (both PRIu64).
 */
__attribute__((format(printf, 4, 0))) static void notify_owner(struct plugin_state *state,
                                                               struct meter *device,
                                                               uint64_t now_us, const char *format,
                                                               uint64_t limit) {
    char reason[REASON_BYTES];
    device->limited++;
    if (device->notified_at_us != 0 && now_us - device->notified_at_us < NOTIFY_EVERY_US)
        return;
    int bytes = snprintf(reason, sizeof reason, format, limit, device->limited);
    struct frame frame = {FRAME_LIMITED, device->id, "", reason, (size_t)bytes};
    if (spool_append(&state->spool, &frame) != SPOOL_WRITTEN)
        return; /* the counter has to do while the spool is full */
    device->notified_at_us = now_us;
    device->limited = 0;
}

static const char DEVICE_MESSAGES[] =
    "the device sends more than %" PRIu64 " messages a second, the most that one device may send: "
    "it was slowed or disconnected %" PRIu64 " times since the last such line, nothing that was "
    "acknowledged is lost. Send less often, or several readings in one message";
static const char DEVICE_POINTS[] =
    "the device sends more than %" PRIu64 " values a second, the most that one device may send: "
    "it was slowed or disconnected %" PRIu64 " times since the last such line, nothing that was "
    "acknowledged is lost. Send fewer values, or less often";
static const char OWNER_MESSAGES[] =
    "the devices of this owner send more than %" PRIu64 " messages a second together, the most "
    "that they may send: this one was slowed or disconnected %" PRIu64 " times since the last such "
    "line, nothing that was acknowledged is lost. Send less often";
static const char OWNER_POINTS[] =
    "the devices of this owner send more than %" PRIu64 " values a second together, the most that "
    "they may send: this one was slowed or disconnected %" PRIu64 " times since the last such "
    "line, nothing that was acknowledged is lost. Send fewer values, or less often";
static const char CONNECTIONS[] =
    "the device has %" PRIu64 " connections, the most that one device may have: %" PRIu64 " more "
    "were refused since the last such line. Close the old ones, or add a device for each sender";
static const char RECONNECTIONS[] =
    "the device connects too often, each time costs as much as %" PRIu64 " messages: %" PRIu64 " "
    "connections were refused since the last such line. Keep the connection open";
static const char SUBSCRIPTIONS[] =
    "a connection of the device has %" PRIu64 " subscriptions, the most that one may have: %" PRIu64
    " more were refused since the last such line. Subscribe with a + instead of each name";

#define BUCKETS 4

struct bucket {
    uint64_t *due_ns, amount, per_second, *counter;
    const char *reason;
};

/* What a message of so many points is charged to. */
static void buckets_of(struct plugin_state *state, struct session *session, uint64_t points,
                       struct bucket buckets[static BUCKETS]) {
    const struct options *options = &state->options;
    struct meter *device = session->device_meter, *owner = session->owner_meter;
    uint64_t *by_device = &state->counters.limited_by_device;
    uint64_t *by_owner = &state->counters.limited_by_owner;
    buckets[0] = (struct bucket){&device->messages_due_ns, 1, options->device_messages_per_second,
                                 by_device, DEVICE_MESSAGES};
    buckets[1] = (struct bucket){&device->points_due_ns, points, options->device_points_per_second,
                                 by_device, DEVICE_POINTS};
    buckets[2] = (struct bucket){&owner->messages_due_ns, 1, options->owner_messages_per_second,
                                 by_owner, OWNER_MESSAGES};
    buckets[3] = (struct bucket){&owner->points_due_ns, points, options->owner_points_per_second,
                                 by_owner, OWNER_POINTS};
}

static void count_limited(struct plugin_state *state, struct session *session,
                          const struct bucket *bucket, uint64_t now_us) {
    ++*bucket->counter;
    notify_owner(state, session->device_meter, now_us, bucket->reason, bucket->per_second);
}

bool limits_charge(struct plugin_state *state, struct session *session, uint64_t points) {
    struct bucket buckets[BUCKETS];
    uint64_t now_us = steady_us(), longest_us = 0;
    size_t limit = 0;
    buckets_of(state, session, points, buckets);
    for (size_t i = 0; i < BUCKETS; i++)
        if (rate_limit_is_exhausted(*buckets[i].due_ns, now_us)) {
            count_limited(state, session, &buckets[i], now_us);
            return false;
        }
    for (size_t i = 0; i < BUCKETS; i++) {
        uint64_t wait_us =
            rate_limit_charge(buckets[i].due_ns, now_us, buckets[i].amount, buckets[i].per_second);
        if (wait_us > longest_us) {
            longest_us = wait_us;
            limit = i;
        }
    }
    if (longest_us == 0)
        return true;
    count_limited(state, session, &buckets[limit], now_us);
    uint64_t keepalive_seconds = (uint64_t)mosquitto_client_keepalive(session->client);
    return pausing_pause(&state->pausing, session,
                         rate_limit_pause_us(longest_us, keepalive_seconds), now_us);
}

bool limits_admit(struct plugin_state *state, const struct device *device, bool is_takeover) {
    const struct options *options = &state->options;
    struct meter *meter = meters_of(&state->meters, device->id);
    uint64_t now_us = steady_us();
    if (!meter)
        return false;
    uint64_t others = meter->connections - (is_takeover ? 1 : 0);
    const char *reason = NULL;
    uint64_t limit = 0;
    if (options->device_connections != 0 && others >= options->device_connections) {
        reason = CONNECTIONS;
        limit = options->device_connections;
    } else if (rate_limit_is_overdrawn(meter->messages_due_ns, now_us)) {
        reason = RECONNECTIONS;
        limit = MESSAGES_PER_CONNECTION;
    } else if (rate_limit_is_exhausted(meter->points_due_ns, now_us)) {
        reason = DEVICE_POINTS; /* its first message would only be refused */
        limit = options->device_points_per_second;
    }
    if (!reason) {
        (void)rate_limit_charge(&meter->messages_due_ns, now_us, MESSAGES_PER_CONNECTION,
                                options->device_messages_per_second);
        return true;
    }
    state->counters.refused_connections++;
    notify_owner(state, meter, now_us, reason, limit);
    return false;
}

bool limits_allow_subscription(struct plugin_state *state, struct session *session) {
    if (client_internals_subscriptions(session->client) < MAX_SUBSCRIPTIONS)
        return true;
    state->counters.refused_subscriptions++;
    notify_owner(state, session->device_meter, steady_us(), SUBSCRIPTIONS, MAX_SUBSCRIPTIONS);
    return false;
}

void limits_bound_kept_sessions(struct plugin_state *state, struct mosquitto *client,
                                const char *client_id, const struct device *device) {
    struct meter *meter = meters_of(&state->meters, device->id);
    uint64_t hash = hash_text(client_id) | 1; /* 0 is a free place */
    if (!meter)
        return;
    if (!client_internals_wants_kept_session(client)) {
        meter_drops_session(meter, hash);
        return;
    }
    if (meter_keeps_session(meter, hash, steady_us()))
        return;
    state->counters.sessions_not_kept++;
    client_internals_keep_no_session(client);
}
