/* Writes the broker's heartbeat: its loop runs, what it waits for, its counters. */
#include "heartbeat.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

static const char *sentence(struct plugin_state *state) {
    if (state->client_struct == CLIENT_STRUCT_UNKNOWN)
        return "refusing all connections: unknown client struct in this Mosquitto";
    if (!registry_is_open(&state->registry))
        return "refusing connections: waiting for the registry file";
    if (spool_is_full(&state->spool, MAX_FRAME_BYTES))
        return "refusing messages: the spool is full";
    if (state->moving.per_second > 0)
        return "drained: moving the devices to the other side";
    if (state->backpressure.interval_us > 0)
        return "accepting messages, slowing the senders: ingest or the writer lags";
    return "accepting messages";
}

/* Those of devices: what a drain moves to the other side. */
static uint64_t remote_connections(const struct sessions *sessions) {
    uint64_t count = 0;
    for (const struct session *at = sessions->first; at; at = at->next)
        count += !at->is_local;
    return count;
}

/* healthcheck/metrics/programs.py documents each; a unit test compares the names. */
static void write_counters(FILE *file, const struct plugin_state *state) {
    const struct counters *counters = &state->counters;
    const struct backpressure *backpressure = &state->backpressure;
    const struct {
        const char *name;
        double value; /* exact up to 9 * 10^15 */
    } all[] = {
        {"accepted", counters->accepted},
        {"accepted_bytes", counters->accepted_bytes},
        {"session_limits_answers", counters->session_limits_answers},
        {"time_answers", counters->time_answers},
        {"requests", counters->requests},
        {"requests_dropped", counters->requests_dropped},
        {"deduplicated", counters->deduplicated},
        {"unknown_tokens", counters->unknown_tokens},
        {"refused_no_registry", counters->refused_no_registry},
        {"refused_over_quota", counters->refused_over_quota},
        {"refused_write_errors", counters->refused_write_errors},
        {"refused_too_large", counters->refused_too_large},
        {"kicked", counters->kicked},
        {"moved", counters->moved},
        {"taken_over", counters->taken_over},
        {"limited_by_device", counters->limited_by_device},
        {"limited_by_owner", counters->limited_by_owner},
        {"refused_connections", counters->refused_connections},
        {"refused_subscriptions", counters->refused_subscriptions},
        {"sessions_not_kept", counters->sessions_not_kept},
        {"provision_requests", counters->provision_requests},
        {"refused_provisioning", counters->refused_provisioning},
        {"downlinks", counters->downlinks},
        {"downlinks_delivered", counters->downlinks_delivered},
        {"downlinks_refused", counters->downlinks_refused},
        {"slowed", backpressure->slowed},
        {"invalid_lags", backpressure->ingest.invalid + backpressure->writer.invalid},
        {"connections", state->sessions.count},
        {"remote_connections", remote_connections(&state->sessions)},
        {"provisioning", state->provisioning.count},
        {"paused", state->pausing.sessions.count},
        {"lag_seconds", backpressure->lag_ms / 1000.0},
        {"spool_bytes", state->spool.quota.spool_bytes},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        fprintf(file, "%s\"%s\": %.15g", i > 0 ? ", " : "", all[i].name, all[i].value);
}

void heartbeat_write(struct plugin_state *state) {
    char folder[PATH_MAX];
    char path[PATH_MAX + 32];
    char draft[PATH_MAX + 32];
    snprintf(folder, sizeof folder, "%s/heartbeat", state->options.run_dir);
    snprintf(path, sizeof path, "%s/mosquitto.json", folder);
    snprintf(draft, sizeof draft, "%s/.mosquitto.json", folder);
    mkdir(folder, 0755);
    FILE *file = fopen(draft, "we");
    if (!file)
        return; /* the health check judges the age of the last heartbeat */
    bool has_registry = registry_is_open(&state->registry);
    fprintf(file,
            "{\"pid\": %d, \"beat_at\": %.3f, \"waiting_for\": %s, \"sentence\": \"%s\", "
            "\"counters\": {",
            (int)getpid(), (double)wall_us() / 1e6, has_registry ? "null" : "\"registry\"",
            sentence(state));
    write_counters(file, state);
    fputs("}}\n", file);
    if (fclose(file) == 0)
        rename(draft, path);
}
