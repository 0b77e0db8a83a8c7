/* Connections that ask for a token, for provisioning.c: each client is a number. */
#include <stdlib.h>
#include <string.h>

#include "mosquitto.h"
#include "provisioning.h"

#define MAX_CLIENTS 1000

static char clients[MAX_CLIENTS]; /* only their addresses matter */
static struct provisioning *provisioning;

static const struct mosquitto *client_of(int number) {
    return (const struct mosquitto *)&clients[number];
}

void provisioners_clear(void) {
    free(provisioning);
    provisioning = calloc(1, sizeof *provisioning);
}

bool provisioners_charge(const char *address, uint64_t now_us) {
    return provisioning_charge(provisioning, address, now_us);
}

bool provisioners_add(int number, uint64_t now_us) {
    return provisioning_add(provisioning, client_of(number), now_us) != NULL;
}

bool provisioners_has(int number) {
    return provisioning_find(provisioning, client_of(number)) != NULL;
}

/* Return whether the client that has this id in the broker is that one. */
bool provisioners_is_id(const char *client_id, int number) {
    const struct provisioner *found = provisioning_find_id(provisioning, client_id);
    return found && found->client == client_of(number);
}

void provisioners_end(int number) {
    provisioning_end(provisioning, client_of(number));
}

int provisioners_ask(int number, uint64_t now_us) {
    return (int)provisioner_asks(provisioning_find(provisioning, client_of(number)), now_us);
}

void provisioners_answered(int number, uint64_t now_us) {
    provisioner_answered(provisioning_find(provisioning, client_of(number)), now_us);
}

void provisioners_tick(uint64_t now_us) {
    provisioning_apply(provisioning, now_us);
}

int provisioners_count(void) {
    return (int)provisioning->count;
}
