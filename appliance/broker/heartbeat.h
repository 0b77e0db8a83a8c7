/* Tells the health check that the broker's loop turns, and what it has counted. */
#ifndef QLINES_ALIVE_H
#define QLINES_ALIVE_H

#include "door.h"

/* Replace <run_dir>/heartbeat/mosquitto.json. */
void alive_write(struct door *door);

#endif
