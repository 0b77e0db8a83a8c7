/* Writes the broker's heartbeat: its loop runs, what it waits for, its counters. */
#ifndef QLINES_HEARTBEAT_H
#define QLINES_HEARTBEAT_H

#include "plugin_state.h"

/* Replace <run_dir>/heartbeat/mosquitto.json. */
void heartbeat_write(struct plugin_state *state);

#endif
