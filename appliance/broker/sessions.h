/* The open connections, indexed by client, client id and device. */
#ifndef QLINES_SESSIONS_H
#define QLINES_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "meters.h"
#include "registry.h"

struct mosquitto;

/* The lists in which a session may be; session_list.h has what can be done with them. */
enum session_list_kind {
    LIST_PAUSED,    /* the broker reads nothing from it for a while */
    LIST_WATCHED,   /* something is on the way to it */
    LIST_NEW,       /* of these, those whose newest message has not been looked up yet */
    LIST_TO_REPORT, /* the control client does not know its filters */
    SESSION_LISTS,
};

struct session_link {
    struct session *previous;
    struct session *next;
    bool is_listed;
};

struct session {
    const struct mosquitto *client;
    char *client_id; /* the broker's: <device id>/<the device's own id> */
    char *token;
    struct device device;
    uint64_t checked_change; /* of the registry, when the token was last looked up */
    uint64_t started_us;     /* wall clock */
    bool is_local;           /* of a program in this container, which no proxy can move */
    uint64_t incarnation;    /* the same as long as the broker keeps the MQTT session */
    const char *end_reason;  /* why the plugin is closing it; NULL while it is not */
    struct meter *device_meter;
    struct meter *owner_meter;
    uint64_t paused_until_us;   /* steady clock; 0: not paused */
    bool is_still_read;         /* paused, but the broker has not stopped reading yet */
    struct downlink *downlinks; /* on the way to it, oldest first; see downlinks.h */
    bool is_reported;           /* the control client knows that it can be sent to */
    struct session_link links[SESSION_LISTS];
    struct session *next_same_client;
    struct session *next_same_id;
    struct session *next_same_device;
    struct session *previous;
    struct session *next;
};

#define SESSION_BUCKETS 16384 /* a power of two */

struct sessions {
    struct session *by_client[SESSION_BUCKETS];
    struct session *by_id[SESSION_BUCKETS];
    struct session *by_device[SESSION_BUCKETS];
    struct session *first;
    struct session *latest; /* cache: each message looks its session up twice */
    uint64_t count;
};

struct session *sessions_find(struct sessions *sessions, const struct mosquitto *client);
struct session *sessions_find_id(const struct sessions *sessions, const char *client_id);
bool sessions_has_device(const struct sessions *sessions, const char *device_id);

/* Return the new session, NULL without memory. `client` and `client_id` must be new. */
struct session *sessions_add(struct sessions *sessions, const struct mosquitto *client,
                             const char *client_id, const char *token, const struct device *device);

void sessions_remove(struct sessions *sessions, struct session *session);

void sessions_clear(struct sessions *sessions);

#endif
