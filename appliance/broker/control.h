/* The control client: the one program of this container that may have the broker speak to devices.
 */
#ifndef QLINES_CONTROL_H
#define QLINES_CONTROL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "control_events.h"
#include "session_list.h"

#define CONTROL_USER "qlines-control"
#define CONTROL_TOPIC "$CONTROL/qlines/v1"

struct plugin_state;

struct control {
    char secret_path[PATH_MAX];
    char socket_path[PATH_MAX]; /* which the broker gives as the address of who came through it */
    const struct mosquitto *client; /* NULL while none is connected */
    bool is_new;                    /* it has not been greeted */
    bool is_syncing;
    struct session_list to_report; /* sessions whose filters may have changed */
    uint32_t sequence;             /* of the next event */
    uint32_t sent_this_turn;       /* events that the broker has not taken yet */
    struct event_writer event;
    struct event_writer results; /* collected until they can be sent */
    uint64_t broker_started_us;
};

void control_init(struct control *control, const char *run_dir);

/* During authentication: return whether `client` is the control client, by its socket, user name
 * and secret, and let it be from now on. */
bool control_admit(struct plugin_state *state, struct mosquitto *client, const char *username,
                   const char *password);

bool control_is(const struct plugin_state *state, const struct mosquitto *client);

/* Return whether the control client may publish to this topic. */
bool control_may_publish(const char *topic);

/* The control client has disconnected. */
void control_end(struct plugin_state *state);

#endif
