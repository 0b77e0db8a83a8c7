/* What the broker's loop does besides: looks after registry, spool, old tokens, log and health. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "heartbeat.h"
#include "clock.h"
#include "door.h"
#include "events.h"
#include "presence.h"

#define SWEEP_EVERY_US 500000
#define SECOND_US 1000000
#define LINE_BYTES 800

/* Close the connection of a device that was removed or whose token is no longer valid. */
static void kick(struct door *door, struct session *session) {
    char *client_id = strdup(session->client_id);
    if (!client_id)
        return; /* the next sweep tries again */
    session->end_reason = door_closed_reason(door, session);
    door->counters.kicked++;
    /* The session is gone after this: on_disconnect is called in between. */
    mosquitto_kick_client_by_clientid(client_id, false);
    free(client_id);
}

static void sweep(struct door *door) {
    struct session *next;
    for (struct session *at = door->sessions.first; at; at = next) {
        next = at->next;
        if (!door_is_open_for(door, at))
            kick(door, at);
    }
}

/* Log in one line what has happened since the last one. */
static void tell(uint64_t now, uint64_t *told, const char *format, const char *detail) {
    if (now != *told)
        mosquitto_log_printf(MOSQ_LOG_WARNING, format, now - *told, detail);
    *told = now;
}

static void tell_refused_connections(struct door *door) {
    char line[LINE_BYTES];
    refusals_take(&door->refusals, line, sizeof line);
    tell(door->counters.refused_tokens, &door->logged.refused_tokens,
         "refused %" PRIu64 " connections with an unknown token, by address: %s", line);
    tell(door->counters.refused_unready, &door->logged.refused_unready,
         "refused %" PRIu64 " connections because %s cannot be read (yet)", door->registry.folder);
}

static void tell_refused_messages(struct door *door) {
    tell(door->counters.refused_limit, &door->logged.refused_limit,
         "refused %" PRIu64 " messages because the spool is full: free space below %s or raise "
         "QLINES_SPOOL_LIMIT_MB",
         door->options.data_dir);
    tell(door->counters.refused_failed, &door->logged.refused_failed,
         "refused %" PRIu64 " messages that could not be written to the spool: %s",
         strerror(door->spool.failed_errno));
    tell(door->counters.refused_size, &door->logged.refused_size,
         "refused %" PRIu64 " messages with a payload over 65,536 bytes%s", "");
    tell(door->counters.kicked, &door->logged.kicked,
         "closed %" PRIu64 " connections whose token is no longer valid%s", "");
    int failed_errno = atomic_exchange(&door->spool.syncer.failed_errno, 0);
    if (failed_errno != 0)
        mosquitto_log_printf(MOSQ_LOG_ERR, "could not bring the spool to the disk: %s",
                             strerror(failed_errno));
}

static void turn_second(struct door *door) {
    door->strangers_this_second = 0;
    registry_turn(&door->registry);
    spool_turn(&door->spool);
    presence_repair(door);
    tell_refused_connections(door);
    tell_refused_messages(door);
    alive_write(door);
}

int on_tick(int event, void *event_data, void *userdata) {
    (void)event;
    (void)event_data;
    struct door *door = userdata;
    uint64_t now_us = steady_us();
    pressure_turn(&door->pressure);
    if (now_us - door->swept_at_us >= SWEEP_EVERY_US) {
        door->swept_at_us = now_us;
        sweep(door);
    }
    if (now_us - door->second_at_us >= SECOND_US) {
        door->second_at_us = now_us;
        turn_second(door);
    }
    return MOSQ_ERR_SUCCESS;
}
