/* Reads the registry file: which device has which token. */
#include "registry.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAP_BYTES (UINT64_C(1) << 30)
#define DATABASES 4
#define MAX_READERS 126

void registry_init(struct registry *registry, const char *data_dir) {
    memset(registry, 0, sizeof *registry);
    snprintf(registry->folder, sizeof registry->folder, "%s/registry", data_dir);
}

static bool stat_file(const struct registry *registry, struct stat *status) {
    char path[PATH_MAX + sizeof "/data.mdb"];
    snprintf(path, sizeof path, "%s/data.mdb", registry->folder);
    return stat(path, status) == 0;
}

void registry_close(struct registry *registry) {
    if (registry->reader)
        mdb_txn_abort(registry->reader);
    if (registry->env)
        mdb_env_close(registry->env);
    registry->reader = NULL;
    registry->env = NULL;
}

/* Open the databases, and a read transaction that each lookup renews and resets. */
static bool open_databases(struct registry *registry) {
    if (mdb_txn_begin(registry->env, NULL, MDB_RDONLY, &registry->reader) != 0) {
        registry->reader = NULL;
        return false;
    }
    if (mdb_dbi_open(registry->reader, "tokens", 0, &registry->tokens) != 0 ||
        mdb_dbi_open(registry->reader, "devices", 0, &registry->devices) != 0 ||
        mdb_dbi_open(registry->reader, "meta", 0, &registry->meta) != 0)
        return false;
    /* Committing keeps the handles open for later transactions; aborting would close them. */
    int failure = mdb_txn_commit(registry->reader);
    registry->reader = NULL;
    if (failure || mdb_txn_begin(registry->env, NULL, MDB_RDONLY, &registry->reader) != 0) {
        registry->reader = NULL;
        return false;
    }
    mdb_txn_reset(registry->reader);
    return true;
}

static bool open_env(struct registry *registry) {
    if (mdb_env_create(&registry->env) != 0) {
        registry->env = NULL;
        return false;
    }
    mdb_env_set_maxdbs(registry->env, DATABASES);
    mdb_env_set_mapsize(registry->env, MAP_BYTES);
    mdb_env_set_maxreaders(registry->env, MAX_READERS);
    /* NOTLS: the reader's slot belongs to the transaction and not to a thread. */
    return mdb_env_open(registry->env, registry->folder, MDB_RDONLY | MDB_NOTLS, 0640) == 0;
}

void registry_refresh(struct registry *registry) {
    struct stat status;
    bool exists = stat_file(registry, &status);
    if (registry->env && exists && status.st_ino == registry->file_inode &&
        status.st_dev == registry->file_device)
        return;
    /* A missing file is being rebuilt: the open one stays valid until the new one appears. */
    if (!exists)
        return;
    registry_close(registry);
    if (open_env(registry) && open_databases(registry)) {
        registry->file_inode = status.st_ino;
        registry->file_device = status.st_dev;
    } else {
        registry_close(registry);
    }
}

bool registry_is_open(const struct registry *registry) {
    return registry->env != NULL;
}

uint64_t registry_change(const struct registry *registry) {
    MDB_envinfo info;
    if (!registry->env || mdb_env_info(registry->env, &info) != 0)
        return 0;
    /* The inode distinguishes a new file, which may repeat the transaction ids of the old one. */
    return (uint64_t)info.me_last_txnid ^ ((uint64_t)registry->file_inode << 40);
}

static int renew(struct registry *registry) {
    int failure = mdb_txn_renew(registry->reader);
    if (failure == MDB_MAP_RESIZED && mdb_env_set_mapsize(registry->env, 0) == 0)
        failure = mdb_txn_renew(registry->reader);
    return failure;
}

static enum lookup get(struct registry *registry, MDB_dbi database, const char *key,
                       MDB_val *value) {
    size_t key_bytes = strlen(key);
    /* LMDB cannot hold such a key. */
    if (key_bytes == 0 || key_bytes > (size_t)mdb_env_get_maxkeysize(registry->env))
        return LOOKUP_UNKNOWN;
    MDB_val wanted = {key_bytes, (void *)key};
    int failure = mdb_get(registry->reader, database, &wanted, value);
    if (failure == MDB_NOTFOUND)
        return LOOKUP_UNKNOWN;
    return failure == 0 ? LOOKUP_FOUND : LOOKUP_UNAVAILABLE;
}

enum lookup registry_find(struct registry *registry, const char *token, uint64_t now_us,
                          struct device *device) {
    if (!registry->env || renew(registry) != 0)
        return LOOKUP_UNAVAILABLE;
    MDB_val value;
    enum lookup lookup = get(registry, registry->tokens, token, &value);
    /* A new file is empty until it has been built: its devices are not unknown. */
    if (lookup == LOOKUP_UNKNOWN &&
        get(registry, registry->meta, "generation", &value) != LOOKUP_FOUND)
        lookup = LOOKUP_UNAVAILABLE;
    if (lookup == LOOKUP_FOUND)
        lookup = registry_value_read(value.mv_data, value.mv_size, now_us, device);
    mdb_txn_reset(registry->reader);
    return lookup;
}

bool registry_has_device(struct registry *registry, const char *id) {
    if (!registry->env || renew(registry) != 0)
        return true;
    MDB_val value;
    enum lookup lookup = get(registry, registry->devices, id, &value);
    mdb_txn_reset(registry->reader);
    return lookup != LOOKUP_UNKNOWN;
}
