/* The plugin's options and settings, checked. */
#ifndef QLINES_OPTIONS_H
#define QLINES_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct mosquitto_opt;

struct options {
    const char *data_dir;
    const char *run_dir;
    char side; /* of a pairing, 'a' or 'b'; 0 without one */
    bool sync_always;
    uint64_t limit_bytes;   /* the spool's quota; 0: see spool_quota.h */
    uint64_t guard_percent; /* from it follows how much of the disk must stay free */
    /* Limits of one device, and of all devices of one owner; 0: none. */
    uint64_t device_messages_per_second;
    uint64_t device_points_per_second;
    uint64_t owner_messages_per_second;
    uint64_t owner_points_per_second;
    uint64_t device_connections;
};

/* Read plugin_opt_* and the environment. Return false, and log why, when a value is invalid. */
bool options_read(struct options *options, const struct mosquitto_opt *plugin_opts, int count);

#endif
