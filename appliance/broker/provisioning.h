/* Connections that ask for a device's token: who they are, what they may do, and for how long.
 *
 * They have no token yet, so anybody may open one. It is let in with the user name or the client id
 * `provision`, publishes PROVISION_REQUEST and gets the answer on PROVISION_RESPONSE, whether it
 * has subscribed or not; whatever else it does ends it. The limits keep a flood of them from
 * costing memory, the control client's time or the queries of a store. */
#ifndef QLINES_PROVISIONING_H
#define QLINES_PROVISIONING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROVISION_NAME "provision"
#define PROVISION_REQUEST "/provision/request"
#define PROVISION_RESPONSE "/provision/response"
/* A request has two keys and a name. */
#define MAX_PROVISION_BYTES 4096
/* Of one connection, answered or not. */
#define MAX_PROVISION_REQUESTS 10
/* From the first answer on, and from the connection on without one. */
#define PROVISIONING_US UINT64_C(60000000)
/* A request that was not answered by then was lost; another one is passed on. */
#define ANSWER_WITHIN_US UINT64_C(10000000)
/* Connections and requests of one address, of IPv6 of one /64, with a burst of rate_limit.h's
 * seconds. Devices behind a proxy share its address. */
#define PROVISIONING_PER_SECOND 10
#define PROVISIONING_RATE "10" /* the same, for a log line */
/* Addresses of one hash share a bucket, so the table cannot grow. */
#define PROVISIONING_ADDRESSES 1024
/* Open at a time. Beyond it the oldest is closed, which a device that was answered does not notice;
 * a loop's turn may bring some more. */
#define MAX_PROVISIONING 200
#define PROVISIONING_PLACES 256
#define PROVISIONER_ID_BYTES 32

struct mosquitto;
struct plugin_state;

struct provisioner {
    const struct mosquitto *client; /* NULL: a free place */
    uint64_t number;                /* its id in the broker is provision/<number> */
    uint64_t closes_at_us;          /* steady clock, as below */
    uint64_t asked_at_us;           /* of the request that waits for its answer; 0 without one */
    unsigned requests;
    bool is_answered;
    uint8_t max_qos; /* of answers: what it subscribed with, 1 without a subscription */
};

struct provisioning {
    struct provisioner places[PROVISIONING_PLACES];
    uint64_t due_ns[PROVISIONING_ADDRESSES]; /* see rate_limit.h */
    uint64_t count;
    uint64_t last_number;
};

/* Pure: whether a name of a CONNECT, which may be NULL, asks for it. */
bool provisioning_is_asked(const char *name);

/* Pure: charge a connection or a request to an address; false when it must wait. */
bool provisioning_charge(struct provisioning *provisioning, const char *address, uint64_t now_us);

/* Return a new one; NULL when there are too many. `client` must be new. */
struct provisioner *provisioning_add(struct provisioning *provisioning,
                                     const struct mosquitto *client, uint64_t now_us);

/* Write its client id, of PROVISIONER_ID_BYTES at most. */
void provisioner_id(const struct provisioner *provisioner, char *id);

/* Return NULL for any other client. */
struct provisioner *provisioning_find(struct provisioning *provisioning,
                                      const struct mosquitto *client);
struct provisioner *provisioning_find_id(struct provisioning *provisioning, const char *client_id);

/* The connection has ended; does nothing for any other client. */
void provisioning_end(struct provisioning *provisioning, const struct mosquitto *client);

enum provision_request {
    REQUEST_TAKEN,   /* it is to be passed on */
    REQUEST_DROPPED, /* the one before it waits for its answer */
    REQUEST_TOO_MANY,
};

/* Pure: count a request. */
enum provision_request provisioner_asks(struct provisioner *provisioner, uint64_t now_us);

/* Pure: an answer is on the way to it. */
void provisioner_answered(struct provisioner *provisioner, uint64_t now_us);

/* At each tick: close those whose time is over, and the oldest when there are too many. */
void provisioning_apply(struct provisioning *provisioning, uint64_t now_us);

#endif
