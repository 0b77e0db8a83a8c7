/* Writes to the spool which devices are connected. */
#ifndef QLINES_PRESENCE_H
#define QLINES_PRESENCE_H

#include "door.h"

void presence_writer_started(struct door *door);
void presence_connected(struct door *door, const char *device_id, const char *address);
void presence_disconnected(struct door *door, const char *device_id, const char *reason);

/* Say it all again, once there is room, when something could not be written. */
void presence_repair(struct door *door);

#endif
