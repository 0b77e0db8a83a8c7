/* Entry points that mosquitto calls to load and unload the plugin. README.md explains it. */
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "plugin_state.h"
#include "events.h"
#include "presence.h"

#define API_VERSION 5

static const struct {
    int event;
    MOSQ_FUNC_generic_callback handle;
    const char *topic; /* of a control event; NULL for the others */
} EVENTS[] = {
    {MOSQ_EVT_BASIC_AUTH, on_basic_auth, NULL},    {MOSQ_EVT_DISCONNECT, on_disconnect, NULL},
    {MOSQ_EVT_ACL_CHECK, on_acl_check, NULL},      {MOSQ_EVT_MESSAGE, on_message, NULL},
    {MOSQ_EVT_CONTROL, on_control, CONTROL_TOPIC}, {MOSQ_EVT_TICK, on_tick, NULL},
};

int mosquitto_plugin_version(int supported_version_count, const int *supported_versions) {
    for (int i = 0; i < supported_version_count; i++)
        if (supported_versions[i] == API_VERSION)
            return API_VERSION;
    return -1;
}

static bool open_spool(struct plugin_state *state) {
    const struct options *options = &state->options;
    int failure = spool_open(&state->spool, options->data_dir, options->sync_always,
                             options->limit_bytes, options->guard_percent, options->side);
    if (failure != 0)
        mosquitto_log_printf(MOSQ_LOG_ERR, "the spool %s/spool/mqtt must be writable: %s",
                             options->data_dir, strerror(failure));
    return failure == 0;
}

static int register_events(struct plugin_state *state) {
    int error = MOSQ_ERR_SUCCESS;
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS && error == MOSQ_ERR_SUCCESS; i++)
        error = mosquitto_callback_register(state->identifier, EVENTS[i].event, EVENTS[i].handle,
                                            EVENTS[i].topic, state);
    return error;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                          struct mosquitto_opt *options, int option_count) {
    struct plugin_state *state = calloc(1, sizeof *state);
    if (!state)
        return MOSQ_ERR_NOMEM;
    if (!options_read(&state->options, options, option_count) || !open_spool(state)) {
        free(state);
        return MOSQ_ERR_INVAL;
    }
    state->identifier = identifier;
    registry_init(&state->registry, state->options.data_dir);
    registry_refresh(&state->registry);
    pausing_init(&state->pausing);
    backpressure_init(&state->backpressure, state->options.run_dir);
    moving_init(&state->moving, state->options.run_dir);
    elsewhere_init(&state->elsewhere, state->options.run_dir);
    control_init(&state->control, state->options.run_dir);
    downlinks_init(&state->downlinks);
    presence_writer_started(state);
    *userdata = state;
    return register_events(state);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count) {
    (void)options;
    (void)option_count;
    struct plugin_state *state = userdata;
    if (!state)
        return MOSQ_ERR_SUCCESS;
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++)
        mosquitto_callback_unregister(state->identifier, EVENTS[i].event, EVENTS[i].handle,
                                      EVENTS[i].topic);
    downlinks_clear(state);
    sessions_clear(&state->sessions);
    meters_clear(&state->meters);
    registry_close(&state->registry);
    spool_close(&state->spool);
    free(state);
    return MOSQ_ERR_SUCCESS;
}
