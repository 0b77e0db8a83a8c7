/* The plugin's options and settings, checked. */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#define VALUE_BYTES 64
#define MEBIBYTE (UINT64_C(1024) * 1024)
#define MAX_MEBIBYTES 100000000
#define MIN_GUARD_PERCENT 50
#define MAX_GUARD_PERCENT 98
#define MAX_PER_SECOND 10000000
#define MAX_CONNECTIONS 100000

static bool log_invalid(const char *rule, const char *value, const char *remedy) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "%s, got '%s': %s", rule, value, remedy);
    return false;
}

/* Read the setting `name`, or the first line of the file that `name`_FILE names. */
static bool read_setting(const char *name, char value[VALUE_BYTES], const char *default_value) {
    char file_name[VALUE_BYTES];
    const char *direct = getenv(name);
    snprintf(file_name, sizeof file_name, "%s_FILE", name);
    const char *path = getenv(file_name);
    snprintf(value, VALUE_BYTES, "%s", direct && *direct ? direct : default_value);
    if (!path || !*path || (direct && *direct))
        return true;
    FILE *file = fopen(path, "re");
    if (!file)
        return log_invalid("a setting's file must be readable", path, strerror(errno));
    if (!fgets(value, VALUE_BYTES, file))
        snprintf(value, VALUE_BYTES, "%s", default_value);
    value[strcspn(value, "\r\n")] = '\0';
    fclose(file);
    return true;
}

static bool read_sync(struct options *options) {
    char value[VALUE_BYTES];
    if (!read_setting("QLINES_SPOOL_SYNC", value, "interval"))
        return false;
    options->sync_always = strcmp(value, "always") == 0;
    if (options->sync_always || strcmp(value, "interval") == 0)
        return true;
    return log_invalid("QLINES_SPOOL_SYNC must be 'interval' or 'always'", value,
                       "choose 'always' if a power cut must not cost the last second");
}

/* Read a whole number; `remedy` says what the values mean. */
static bool read_number(const char *name, const char *default_value, uint64_t max, uint64_t *number,
                        const char *remedy) {
    char value[VALUE_BYTES];
    char rule[VALUE_BYTES * 2];
    char rest;
    if (!read_setting(name, value, default_value))
        return false;
    if (strspn(value, "0123456789") == strlen(value) &&
        sscanf(value, "%12" SCNu64 "%c", number, &rest) == 1 && *number <= max)
        return true;
    snprintf(rule, sizeof rule, "%s must be a whole number of at most %" PRIu64, name, max);
    return log_invalid(rule, value, remedy);
}

static bool read_spool_limit(struct options *options) {
    uint64_t megabytes;
    if (!read_number("QLINES_SPOOL_LIMIT_MB", "0", MAX_MEBIBYTES, &megabytes,
                     "0 means half of the free space"))
        return false;
    options->limit_bytes = megabytes * MEBIBYTE;
    return true;
}

/* The defaults and the largest values are those of app/qlines/setting_table.py. */
static bool read_limits(struct options *options) {
    return read_number("QLINES_DEVICE_MESSAGES_PER_SECOND", "2000", MAX_PER_SECOND,
                       &options->device_messages_per_second, "0 means no limit") &&
           read_number("QLINES_DEVICE_POINTS_PER_SECOND", "20000", MAX_PER_SECOND,
                       &options->device_points_per_second, "0 means no limit") &&
           read_number("QLINES_OWNER_MESSAGES_PER_SECOND", "100000", MAX_PER_SECOND,
                       &options->owner_messages_per_second, "0 means no limit") &&
           read_number("QLINES_OWNER_POINTS_PER_SECOND", "500000", MAX_PER_SECOND,
                       &options->owner_points_per_second, "0 means no limit") &&
           read_number("QLINES_DEVICE_CONNECTIONS", "50", MAX_CONNECTIONS,
                       &options->device_connections, "0 means no limit");
}

static bool read_guard(struct options *options) {
    const char *remedy = "90 keeps a tenth of the disk free";
    if (!read_number("QLINES_DISK_GUARD_PERCENT", "90", MAX_GUARD_PERCENT, &options->guard_percent,
                     remedy))
        return false;
    if (options->guard_percent >= MIN_GUARD_PERCENT)
        return true;
    char value[VALUE_BYTES];
    snprintf(value, sizeof value, "%" PRIu64, options->guard_percent);
    return log_invalid("QLINES_DISK_GUARD_PERCENT must be a whole number of at least 50", value,
                       remedy);
}

static bool read_folder(const char **folder, const char *name, const char *value) {
    /* 128 bytes: the longest path in it is a segment's or a lag file's. */
    if (value[0] != '/' || strlen(value) > PATH_MAX - 128)
        return log_invalid(name, value, "give an absolute path");
    *folder = value;
    return true;
}

static bool read_side(char *side, const char *value) {
    if (strcmp(value, "a") != 0 && strcmp(value, "b") != 0)
        return log_invalid("plugin_opt_side must be a or b", value,
                           "see /opt/qlines/etc/mosquitto/start");
    *side = value[0];
    return true;
}

bool options_read(struct options *options, const struct mosquitto_opt *plugin_opts, int count) {
    options->data_dir = "/data";
    options->run_dir = "/run/qlines";
    options->side = 0;
    for (int i = 0; i < count; i++) {
        bool is_valid;
        if (strcmp(plugin_opts[i].key, "data_dir") == 0)
            is_valid = read_folder(&options->data_dir, "plugin_opt_data_dir must be a folder",
                                   plugin_opts[i].value);
        else if (strcmp(plugin_opts[i].key, "run_dir") == 0)
            is_valid = read_folder(&options->run_dir, "plugin_opt_run_dir must be a folder",
                                   plugin_opts[i].value);
        else if (strcmp(plugin_opts[i].key, "side") == 0)
            is_valid = read_side(&options->side, plugin_opts[i].value);
        else
            is_valid = log_invalid("plugin_opt_ must be data_dir, run_dir or side",
                                   plugin_opts[i].key, "remove it from mosquitto.conf");
        if (!is_valid)
            return false;
    }
    return read_sync(options) && read_spool_limit(options) && read_limits(options) &&
           read_guard(options);
}
