/* QLines in mosquitto: loads, registers for the broker's events, and cleans up. See README.md. */
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "clock.h"
#include "door.h"
#include "events.h"
#include "presence.h"

#define API_VERSION 5
#define CLOCK_BEHIND_MAX_US 60000000

static const struct {
    int event;
    MOSQ_FUNC_generic_callback handle;
} EVENTS[] = {
    {MOSQ_EVT_BASIC_AUTH, on_basic_auth},
    {MOSQ_EVT_DISCONNECT, on_disconnect},
    {MOSQ_EVT_ACL_CHECK, on_acl_check},
    {MOSQ_EVT_MESSAGE, on_message},
    {MOSQ_EVT_TICK, on_tick},
};

int mosquitto_plugin_version(int supported_version_count, const int *supported_versions) {
    for (int i = 0; i < supported_version_count; i++)
        if (supported_versions[i] == API_VERSION)
            return API_VERSION;
    return -1;
}

static bool open_spool(struct door *door) {
    const struct options *options = &door->options;
    int failure =
        spool_open(&door->spool, options->data_dir, options->sync_always, options->limit_bytes);
    if (failure != 0) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "the spool %s/spool/mqtt must be writable: %s",
                             options->data_dir, strerror(failure));
        return false;
    }
    if (door->spool.last_time_us > wall_us() + CLOCK_BEHIND_MAX_US)
        mosquitto_log_printf(MOSQ_LOG_WARNING,
                             "the clock is %.0f s behind the newest frame of the spool: times go "
                             "on from that frame until the clock has passed it",
                             (double)(door->spool.last_time_us - wall_us()) / 1e6);
    return true;
}

static int register_events(struct door *door) {
    int error = MOSQ_ERR_SUCCESS;
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS && error == MOSQ_ERR_SUCCESS; i++)
        error = mosquitto_callback_register(door->identifier, EVENTS[i].event, EVENTS[i].handle,
                                            NULL, door);
    return error;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                          struct mosquitto_opt *options, int option_count) {
    struct door *door = calloc(1, sizeof *door);
    if (!door)
        return MOSQ_ERR_NOMEM;
    if (!options_read(&door->options, options, option_count) || !open_spool(door)) {
        free(door);
        return MOSQ_ERR_INVAL;
    }
    door->identifier = identifier;
    registry_init(&door->registry, door->options.data_dir);
    registry_turn(&door->registry);
    pressure_init(&door->pressure, door->options.run_dir);
    presence_writer_started(door);
    *userdata = door;
    return register_events(door);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count) {
    (void)options;
    (void)option_count;
    struct door *door = userdata;
    if (!door)
        return MOSQ_ERR_SUCCESS;
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++)
        mosquitto_callback_unregister(door->identifier, EVENTS[i].event, EVENTS[i].handle, NULL);
    sessions_clear(&door->sessions);
    registry_close(&door->registry);
    spool_close(&door->spool);
    free(door);
    return MOSQ_ERR_SUCCESS;
}
