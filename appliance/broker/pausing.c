/* Pauses connections: the broker reads nothing from them for a while. */
#include "pausing.h"

#include <stddef.h>

#include "client_internals.h"

/* Hundreds of connections may be paused: going through them a thousand times a second is enough. */
#define MIN_PAUSE_US 1000

static void add_first(struct pausing *pausing, struct session *session) {
    session->next_paused = pausing->first;
    session->previous_paused = NULL;
    if (session->next_paused)
        session->next_paused->previous_paused = session;
    pausing->first = session;
    pausing->count++;
}

void pausing_forget(struct pausing *pausing, struct session *session) {
    if (session->paused_until_us == 0)
        return;
    if (session->previous_paused)
        session->previous_paused->next_paused = session->next_paused;
    else
        pausing->first = session->next_paused;
    if (session->next_paused)
        session->next_paused->previous_paused = session->previous_paused;
    session->paused_until_us = 0;
    pausing->count--;
}

bool pausing_pause(struct pausing *pausing, struct session *session, uint64_t wait_us,
                   uint64_t now_us) {
    if (!client_internals_can_stop_reading(session->client))
        return false;
    pausing_forget(pausing, session);
    add_first(pausing, session);
    session->is_still_read = true;
    session->paused_until_us = now_us + (wait_us > MIN_PAUSE_US ? wait_us : MIN_PAUSE_US);
    if (pausing->count == 1 || session->paused_until_us < pausing->next_us)
        pausing->next_us = session->paused_until_us;
    return true;
}

/* The new ones are the first in the list. */
static void stop_reading_new(struct pausing *pausing) {
    for (struct session *at = pausing->first; at && at->is_still_read; at = at->next_paused) {
        client_internals_stop_reading(at->client);
        at->is_still_read = false;
    }
}

static void resume_due(struct pausing *pausing, uint64_t now_us) {
    struct session *next;
    if (!pausing->first || now_us < pausing->next_us)
        return;
    pausing->next_us = UINT64_MAX;
    for (struct session *at = pausing->first; at; at = next) {
        next = at->next_paused;
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
