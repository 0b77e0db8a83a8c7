/* Closes a connection on the plugin's own initiative. */
#include "closing.h"

#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

bool close_session(struct session *session, const char *reason) {
    /* The broker reads the id after on_disconnect, which frees the session. */
    char *client_id = strdup(session->client_id);
    if (!client_id)
        return false;
    session->end_reason = reason;
    mosquitto_kick_client_by_clientid(client_id, false);
    free(client_id);
    return true;
}
