/* Tells the health check that the broker's loop turns, and what it has counted. */
#include "heartbeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"

static const char *sentence(struct door *door) {
    if (!registry_is_open(&door->registry))
        return "waits for the registry file, refuses connections until it is there";
    if (spool_is_full(&door->spool, FRAME_MAX_BYTES))
        return "refuses messages because the spool is full";
    if (door->pressure.interval_us > 0)
        return "takes messages, slows the senders because the programs behind it lag";
    return "takes messages";
}

static void write_counters(FILE *file, const struct door *door) {
    const struct counters *counters = &door->counters;
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"connections", door->sessions.count},
        {"accepted", counters->accepted},
        {"accepted_bytes", counters->accepted_bytes},
        {"answered", counters->answered},
        {"repeated", counters->repeated},
        {"refused_tokens", counters->refused_tokens},
        {"refused_unready", counters->refused_unready},
        {"refused_limit", counters->refused_limit},
        {"refused_failed", counters->refused_failed},
        {"refused_size", counters->refused_size},
        {"kicked", counters->kicked},
        {"delayed", door->pressure.delayed},
        {"lag_ms", door->pressure.lag_ms},
        {"spool_bytes", door->spool.room.spool_bytes},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        fprintf(file, "%s\"%s\": %" PRIu64, i > 0 ? ", " : "", all[i].name, all[i].value);
}

void alive_write(struct door *door) {
    char folder[PATH_MAX];
    char path[PATH_MAX + 32];
    char draft[PATH_MAX + 32];
    snprintf(folder, sizeof folder, "%s/heartbeat", door->options.run_dir);
    snprintf(path, sizeof path, "%s/mosquitto.json", folder);
    snprintf(draft, sizeof draft, "%s/.mosquitto.json", folder);
    mkdir(folder, 0755);
    FILE *file = fopen(draft, "we");
    if (!file)
        return; /* the health check sees the age of the last one */
    fprintf(file,
            "{\"beat_at\": %.3f, \"waiting_for\": %s, \"sentence\": \"%s\", \"counters\": {",
            (double)wall_us() / 1e6, registry_is_open(&door->registry) ? "null" : "\"registry\"",
            sentence(door));
    write_counters(file, door);
    fputs("}}\n", file);
    if (fclose(file) == 0)
        rename(draft, path);
}
