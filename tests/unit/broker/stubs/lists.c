/* Two lists of the same eight sessions, for session_list.h. */
#include "session_list.h"

#define SESSIONS 8

static struct session sessions[SESSIONS];
static struct session_list lists[2];

void lists_clear(void) {
    for (int i = 0; i < SESSIONS; i++)
        sessions[i] = (struct session){0};
    lists[0] = (struct session_list){.kind = LIST_PAUSED};
    lists[1] = (struct session_list){.kind = LIST_TO_REPORT};
}

void lists_append(int list, int session) {
    session_list_append(&lists[list], &sessions[session]);
}

bool lists_remove(int list, int session) {
    return session_list_remove(&lists[list], &sessions[session]);
}

int lists_take(int list) {
    struct session *session = session_list_take(&lists[list]);
    return session ? (int)(session - sessions) : -1;
}

int lists_count(int list) {
    return (int)lists[list].count;
}

int lists_forwards(int list, int order[SESSIONS]) {
    int count = 0;
    for (struct session *at = lists[list].first; at; at = session_list_next(&lists[list], at))
        order[count++] = (int)(at - sessions);
    return count;
}

int lists_backwards(int list, int order[SESSIONS]) {
    int count = 0;
    for (struct session *at = lists[list].last; at; at = session_list_previous(&lists[list], at))
        order[count++] = (int)(at - sessions);
    return count;
}
