/* Reads the registry file: which device has which token. */
#ifndef QLINES_REGISTRY_H
#define QLINES_REGISTRY_H

#include <limits.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "registry_value.h"

struct registry {
    char folder[PATH_MAX];
    MDB_env *env; /* NULL while there is no file */
    MDB_txn *reader;
    MDB_dbi tokens;
    MDB_dbi devices;
    MDB_dbi meta;
    dev_t file_device;
    ino_t file_inode;
};

void registry_init(struct registry *registry, const char *data_dir);

/* Open the file when it appears, and again when it was replaced. Call it once a second. */
void registry_refresh(struct registry *registry);

bool registry_is_open(const struct registry *registry);

/* A number that differs after every change of the file; costs some nanoseconds. */
uint64_t registry_change(const struct registry *registry);

/* Look a token up and fill in its device. A token that has expired at `now_us` is unknown. */
enum lookup registry_find(struct registry *registry, const char *token, uint64_t now_us,
                          struct device *device);

/* Return true also while the file cannot be read. */
bool registry_has_device(struct registry *registry, const char *id);

void registry_close(struct registry *registry);

#endif
