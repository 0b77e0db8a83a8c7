/* Pauses connections: the broker reads nothing from them for a while. */
#include "pausing.h"

#include <stddef.h>

#include "client_internals.h"

/* Hundreds of connections may be paused: going through them a thousand times a second is enough. */
#define MIN_PAUSE_US 1000

void pausing_init(struct pausing *pausing) {
    *pausing = (struct pausing){.sessions = {.kind = LIST_PAUSED}};
}

void pausing_forget(struct pausing *pausing, struct session *session) {
    session_list_remove(&pausing->sessions, session);
    session->paused_until_us = 0;
}

bool pausing_pause(struct pausing *pausing, struct session *session, uint64_t wait_us,
                   uint64_t now_us) {
    if (!client_internals_can_stop_reading(session->client))
        return false;
    pausing_forget(pausing, session);
    session_list_append(&pausing->sessions, session);
    session->is_still_read = true;
    session->paused_until_us = now_us + (wait_us > MIN_PAUSE_US ? wait_us : MIN_PAUSE_US);
    if (pausing->sessions.count == 1 || session->paused_until_us < pausing->next_us)
        pausing->next_us = session->paused_until_us;
    return true;
}

/* The new ones are the last in the list. */
static void stop_reading_new(struct pausing *pausing) {
    const struct session_list *paused = &pausing->sessions;
    for (struct session *at = paused->last; at && at->is_still_read;
         at = session_list_previous(paused, at)) {
        client_internals_stop_reading(at->client);
        at->is_still_read = false;
    }
}

static void resume_due(struct pausing *pausing, uint64_t now_us) {
    struct session *next;
    if (!pausing->sessions.first || now_us < pausing->next_us)
        return;
    pausing->next_us = UINT64_MAX;
    for (struct session *at = pausing->sessions.first; at; at = next) {
        next = session_list_next(&pausing->sessions, at);
        if (at->paused_until_us <= now_us) {
            client_internals_read_again(at->client);
            pausing_forget(pausing, at);
        } else if (at->paused_until_us < pausing->next_us) {
            pausing->next_us = at->paused_until_us;
        }
    }
}

void pausing_apply(struct pausing *pausing, uint64_t now_us) {
    stop_reading_new(pausing);
    resume_due(pausing, now_us);
}
