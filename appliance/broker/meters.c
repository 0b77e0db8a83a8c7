/* What each device and each owner uses: its buckets, its connections, its sessions. */
#include "meters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

#define SECOND_US UINT64_C(1000000)
#define SWEEP_EVERY_US (60 * SECOND_US)

static struct meter **chain_of(struct meters *meters, const char *id) {
    uint64_t hash = hash_text(id);
    return &meters->by_id[(hash ^ hash >> 32) & (METER_BUCKETS - 1)];
}

struct meter *meters_of(struct meters *meters, const char *id) {
    struct meter **chain = chain_of(meters, id);
    for (struct meter *at = *chain; at; at = at->next)
        if (strcmp(at->id, id) == 0)
            return at;
    struct meter *meter = calloc(1, sizeof *meter);
    if (!meter)
        return NULL;
    snprintf(meter->id, sizeof meter->id, "%s", id);
    meter->next = *chain;
    *chain = meter;
    return meter;
}

static bool is_used(const struct kept_session *kept, uint64_t now_us) {
    return kept->client_id != 0 && now_us < kept->used_at_us + KEPT_SECONDS * SECOND_US;
}

bool meter_keeps_session(struct meter *meter, uint64_t client_id, uint64_t now_us) {
    struct kept_session *place = NULL;
    for (size_t i = 0; i < MAX_KEPT_SESSIONS; i++) {
        struct kept_session *kept = &meter->kept[i];
        if (kept->client_id == client_id) {
            place = kept;
            break;
        }
        if (!place && !is_used(kept, now_us))
            place = kept;
    }
    if (!place)
        return false;
    *place = (struct kept_session){client_id, now_us};
    return true;
}

void meter_drops_session(struct meter *meter, uint64_t client_id) {
    for (size_t i = 0; i < MAX_KEPT_SESSIONS; i++)
        if (meter->kept[i].client_id == client_id)
            meter->kept[i].client_id = 0;
}

/* Return whether a new meter would act exactly as this one. */
static bool is_as_new(const struct meter *meter, uint64_t now_us) {
    uint64_t now_ns = now_us * 1000;
    for (size_t i = 0; i < MAX_KEPT_SESSIONS; i++)
        if (is_used(&meter->kept[i], now_us))
            return false;
    return meter->connections == 0 && meter->messages_due_ns <= now_ns &&
           meter->points_due_ns <= now_ns && now_us >= meter->notified_at_us + SWEEP_EVERY_US;
}

void meters_sweep(struct meters *meters, uint64_t now_us) {
    if (now_us < meters->swept_at_us + SWEEP_EVERY_US)
        return;
    meters->swept_at_us = now_us;
    for (size_t i = 0; i < METER_BUCKETS; i++)
        for (struct meter **at = &meters->by_id[i]; *at;) {
            struct meter *meter = *at;
            if (!is_as_new(meter, now_us)) {
                at = &meter->next;
                continue;
            }
            *at = meter->next;
            free(meter);
        }
}

void meters_clear(struct meters *meters) {
    for (size_t i = 0; i < METER_BUCKETS; i++)
        while (meters->by_id[i]) {
            struct meter *meter = meters->by_id[i];
            meters->by_id[i] = meter->next;
            free(meter);
        }
}
