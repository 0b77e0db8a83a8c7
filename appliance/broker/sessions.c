/* The open connections, indexed by client, client id and device. */
#include "sessions.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

static size_t bucket(uint64_t hash) {
    return (hash ^ hash >> 32) & (SESSION_BUCKETS - 1);
}

static size_t client_bucket(const struct mosquitto *client) {
    /* Addresses of the broker's allocator are multiples of 16. */
    return bucket(((uintptr_t)client >> 4) * UINT64_C(0x9E3779B97F4A7C15));
}

struct session *sessions_find(struct sessions *sessions, const struct mosquitto *client) {
    struct session *at = sessions->latest;
    if (at && at->client == client)
        return at;
    at = sessions->by_client[client_bucket(client)];
    while (at && at->client != client)
        at = at->next_same_client;
    sessions->latest = at;
    return at;
}

struct session *sessions_find_id(const struct sessions *sessions, const char *client_id) {
    struct session *at = sessions->by_id[bucket(hash_text(client_id))];
    while (at && strcmp(at->client_id, client_id) != 0)
        at = at->next_same_id;
    return at;
}

bool sessions_has_device(const struct sessions *sessions, const char *device_id) {
    const struct session *at = sessions->by_device[bucket(hash_text(device_id))];
    while (at && strcmp(at->device.id, device_id) != 0)
        at = at->next_same_device;
    return at != NULL;
}

static void release(struct session *session) {
    free(session->client_id);
    free(session->token);
    free(session);
}

static struct session *create(const struct mosquitto *client, const char *client_id,
                              const char *token, const struct device *device) {
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->client = client;
    session->device = *device;
    session->client_id = strdup(client_id);
    session->token = strdup(token);
    if (session->client_id && session->token)
        return session;
    release(session);
    return NULL;
}

struct session *sessions_add(struct sessions *sessions, const struct mosquitto *client,
                             const char *client_id, const char *token,
                             const struct device *device) {
    struct session *session = create(client, client_id, token, device);
    if (!session)
        return NULL;
    struct session **client_head = &sessions->by_client[client_bucket(client)];
    struct session **id_head = &sessions->by_id[bucket(hash_text(client_id))];
    struct session **device_head = &sessions->by_device[bucket(hash_text(device->id))];
    session->next_same_client = *client_head;
    session->next_same_id = *id_head;
    session->next_same_device = *device_head;
    *client_head = *id_head = *device_head = session;
    session->next = sessions->first;
    if (session->next)
        session->next->previous = session;
    sessions->first = session;
    sessions->count++;
    return session;
}

/* Remove `session` from its three hash chains. */
static void unchain(struct sessions *sessions, struct session *session) {
    struct session **at = &sessions->by_client[client_bucket(session->client)];
    while (*at != session)
        at = &(*at)->next_same_client;
    *at = session->next_same_client;
    at = &sessions->by_id[bucket(hash_text(session->client_id))];
    while (*at != session)
        at = &(*at)->next_same_id;
    *at = session->next_same_id;
    at = &sessions->by_device[bucket(hash_text(session->device.id))];
    while (*at != session)
        at = &(*at)->next_same_device;
    *at = session->next_same_device;
}

void sessions_remove(struct sessions *sessions, struct session *session) {
    unchain(sessions, session);
    sessions->latest = NULL;
    if (session->previous)
        session->previous->next = session->next;
    else
        sessions->first = session->next;
    if (session->next)
        session->next->previous = session->previous;
    sessions->count--;
    release(session);
}

void sessions_clear(struct sessions *sessions) {
    while (sessions->first)
        sessions_remove(sessions, sessions->first);
}
