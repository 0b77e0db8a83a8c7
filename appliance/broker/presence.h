/* Writes presence to the spool: which devices are connected. */
#ifndef QLINES_PRESENCE_H
#define QLINES_PRESENCE_H

#include "plugin_state.h"

void presence_writer_started(struct plugin_state *state);
void presence_connected(struct plugin_state *state, const char *device_id, const char *address);
void presence_disconnected(struct plugin_state *state, const char *device_id, const char *reason);

/* Write that a client's session began, by which the twin ends an older one of it. */
void presence_session_started(struct plugin_state *state, const struct session *session);

/* Write all presence again, after a presence frame was lost because the spool was full. */
void presence_repair(struct plugin_state *state);

#endif
