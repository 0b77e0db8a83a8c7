/* Reads the registry file: which device a token belongs to. */
#ifndef QLINES_REGISTRY_H
#define QLINES_REGISTRY_H

#include <limits.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ID_BYTES 24 /* a MongoDB ObjectId in hexadecimal digits */

struct device {
    char id[ID_BYTES + 1];
    uint64_t expires_at_us; /* of the token; 0: never */
};

enum lookup {
    LOOKUP_FOUND,
    LOOKUP_UNKNOWN,
    LOOKUP_UNAVAILABLE, /* no registry file, or one that cannot be read: nothing is known */
};

struct registry {
    char folder[PATH_MAX];
    MDB_env *env; /* NULL while there is no file */
    MDB_txn *reader;
    MDB_dbi tokens;
    MDB_dbi devices;
    dev_t file_device;
    ino_t file_inode;
};

void registry_init(struct registry *registry, const char *data_dir);

/* Open the file when it appears, and the new one when it was replaced. Call it once a second. */
void registry_turn(struct registry *registry);

bool registry_is_open(const struct registry *registry);

/* A number that is another one after every change of the file; costs some nanoseconds. */
uint64_t registry_change(const struct registry *registry);

/* The device of a token that is valid at `now_us`. An expired token is unknown. */
enum lookup registry_find(struct registry *registry, const char *token, uint64_t now_us,
                          struct device *device);

bool registry_has_device(struct registry *registry, const char *id);

void registry_close(struct registry *registry);

#endif
