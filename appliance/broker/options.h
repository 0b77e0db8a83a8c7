/* The plugin's options and settings, checked. */
#ifndef QLINES_OPTIONS_H
#define QLINES_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct mosquitto_opt;

struct options {
    const char *data_dir;
    const char *run_dir;
    bool sync_always;
    uint64_t limit_bytes;
};

/* Read plugin_opt_* and the environment. False when a value makes no sense; it was then said. */
bool options_read(struct options *options, const struct mosquitto_opt *given, int count);

#endif
