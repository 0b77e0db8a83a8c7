/* What each device and each owner uses: its buckets, its connections, its sessions. */
#ifndef QLINES_METERS_H
#define QLINES_METERS_H

#include <stdbool.h>
#include <stdint.h>

#include "registry_value.h"

/* MQTT sessions that the broker keeps for one device while it is offline. */
#define MAX_KEPT_SESSIONS 16
/* As persistent_client_expiration in mosquitto.conf. */
#define KEPT_SECONDS UINT64_C(86400)

struct kept_session {
    uint64_t client_id; /* its hash; 0: free */
    uint64_t used_at_us;
};

/* One device's, or one owner's. It outlives a connection: reconnecting resets no limit. */
struct meter {
    char id[ID_BYTES + 1];
    uint32_t connections;
    uint64_t messages_due_ns; /* see rate_limit.h */
    uint64_t points_due_ns;
    uint64_t limited;        /* how often the device was limited since its owner was notified */
    uint64_t notified_at_us; /* 0: never */
    struct kept_session kept[MAX_KEPT_SESSIONS];
    struct meter *next; /* of the same hash */
};

#define METER_BUCKETS 16384 /* a power of two */

struct meters {
    struct meter *by_id[METER_BUCKETS];
    uint64_t swept_at_us;
};

/* Return the meter of a device or an owner, a new one if need be; NULL without memory. */
struct meter *meters_of(struct meters *meters, const char *id);

/* Pure: return whether the broker may keep the session of this client id (its hash, not 0), and
 * count it as used now. False when the device has MAX_KEPT_SESSIONS others. */
bool meter_keeps_session(struct meter *meter, uint64_t client_id, uint64_t now_us);

/* Pure: the session of this client id is no longer kept. */
void meter_drops_session(struct meter *meter, uint64_t client_id);

/* Once a minute, free the meters that equal new ones. */
void meters_sweep(struct meters *meters, uint64_t now_us);

void meters_clear(struct meters *meters);

#endif
