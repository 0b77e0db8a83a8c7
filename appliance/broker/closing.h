/* Closes a connection on the plugin's own initiative. */
#ifndef QLINES_CLOSING_H
#define QLINES_CLOSING_H

#include <stdbool.h>

#include "sessions.h"

/* Close the session's connection, for a `reason` that its owner sees. `session` is freed. Return
 * false without memory: a later sweep tries again. */
bool close_session(struct session *session, const char *reason);

#endif
