/* Connections that ask for a device's token: who they are, what they may do, and for how long. */
#include "provisioning.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "hash.h"
#include "rate_limit.h"

#define ID_PREFIX PROVISION_NAME "/"
#define SITE_BYTES 8

bool provisioning_is_asked(const char *name) {
    return name && strcmp(name, PROVISION_NAME) == 0;
}

/* Return the network of an IPv6 address: who has one has 2^64 of them (RFC 6177), so a limit for
 * each would limit nobody. Another address is returned as it is. */
static const char *site_of(const char *address, char *text) {
    struct in6_addr parsed;
    if (inet_pton(AF_INET6, address, &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed))
        return address;
    memset(parsed.s6_addr + SITE_BYTES, 0, sizeof parsed.s6_addr - SITE_BYTES);
    return inet_ntop(AF_INET6, &parsed, text, INET6_ADDRSTRLEN);
}

bool provisioning_charge(struct provisioning *provisioning, const char *address, uint64_t now_us) {
    char text[INET6_ADDRSTRLEN];
    uint64_t hash = hash_text(site_of(address ? address : "", text));
    uint64_t *due_ns = &provisioning->due_ns[hash % PROVISIONING_ADDRESSES];
    if (rate_limit_is_overdrawn(*due_ns, now_us))
        return false;
    (void)rate_limit_charge(due_ns, now_us, 1, PROVISIONING_PER_SECOND);
    return true;
}

struct provisioner *provisioning_find(struct provisioning *provisioning,
                                      const struct mosquitto *client) {
    /* Nearly always the table is empty, and each message of a device without a session asks. */
    for (size_t i = 0; provisioning->count > 0 && i < PROVISIONING_PLACES; i++)
        if (provisioning->places[i].client == client)
            return &provisioning->places[i];
    return NULL;
}

struct provisioner *provisioning_find_id(struct provisioning *provisioning, const char *client_id) {
    char id[PROVISIONER_ID_BYTES];
    if (strncmp(client_id, ID_PREFIX, strlen(ID_PREFIX)) != 0)
        return NULL;
    for (size_t i = 0; i < PROVISIONING_PLACES; i++) {
        if (!provisioning->places[i].client)
            continue;
        provisioner_id(&provisioning->places[i], id);
        if (strcmp(id, client_id) == 0)
            return &provisioning->places[i];
    }
    return NULL;
}

struct provisioner *provisioning_add(struct provisioning *provisioning,
                                     const struct mosquitto *client, uint64_t now_us) {
    for (size_t i = 0; i < PROVISIONING_PLACES; i++) {
        struct provisioner *place = &provisioning->places[i];
        if (place->client)
            continue;
        *place = (struct provisioner){.client = client,
                                      .number = ++provisioning->last_number,
                                      .closes_at_us = now_us + PROVISIONING_US,
                                      .max_qos = 1};
        provisioning->count++;
        return place;
    }
    return NULL;
}

void provisioner_id(const struct provisioner *provisioner, char *id) {
    snprintf(id, PROVISIONER_ID_BYTES, ID_PREFIX "%" PRIu64, provisioner->number);
}

void provisioning_end(struct provisioning *provisioning, const struct mosquitto *client) {
    struct provisioner *provisioner = provisioning_find(provisioning, client);
    if (!provisioner)
        return;
    memset(provisioner, 0, sizeof *provisioner);
    provisioning->count--;
}

enum provision_request provisioner_asks(struct provisioner *provisioner, uint64_t now_us) {
    if (provisioner->requests >= MAX_PROVISION_REQUESTS)
        return REQUEST_TOO_MANY;
    provisioner->requests++;
    if (provisioner->asked_at_us != 0 && now_us - provisioner->asked_at_us < ANSWER_WITHIN_US)
        return REQUEST_DROPPED;
    provisioner->asked_at_us = now_us;
    return REQUEST_TAKEN;
}

void provisioner_answered(struct provisioner *provisioner, uint64_t now_us) {
    provisioner->asked_at_us = 0;
    if (!provisioner->is_answered)
        provisioner->closes_at_us = now_us + PROVISIONING_US;
    provisioner->is_answered = true;
}

static void close_one(struct provisioning *provisioning, struct provisioner *provisioner) {
    char id[PROVISIONER_ID_BYTES];
    provisioner_id(provisioner, id);
    mosquitto_kick_client_by_clientid(id, false); /* calls on_disconnect, which ends it here */
    if (provisioner->client)
        provisioning_end(provisioning, provisioner->client); /* the broker has no such client */
}

static struct provisioner *oldest(struct provisioning *provisioning) {
    struct provisioner *found = NULL;
    for (size_t i = 0; i < PROVISIONING_PLACES; i++) {
        struct provisioner *at = &provisioning->places[i];
        if (at->client && (!found || at->number < found->number))
            found = at;
    }
    return found;
}

void provisioning_apply(struct provisioning *provisioning, uint64_t now_us) {
    if (provisioning->count == 0)
        return;
    for (size_t i = 0; i < PROVISIONING_PLACES; i++) {
        struct provisioner *at = &provisioning->places[i];
        if (at->client && now_us >= at->closes_at_us)
            close_one(provisioning, at);
    }
    while (provisioning->count > MAX_PROVISIONING)
        close_one(provisioning, oldest(provisioning));
}
