/* A list of some of the sessions: each is in it once, and is added and removed at a fixed cost. */
#ifndef QLINES_SESSION_LIST_H
#define QLINES_SESSION_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "sessions.h"

struct session_list {
    enum session_list_kind kind;
    struct session *first;
    struct session *last;
    uint64_t count;
};

static inline bool session_list_has(const struct session_list *list,
                                    const struct session *session) {
    return session->links[list->kind].is_listed;
}

static inline struct session *session_list_next(const struct session_list *list,
                                                const struct session *session) {
    return session->links[list->kind].next;
}

static inline struct session *session_list_previous(const struct session_list *list,
                                                    const struct session *session) {
    return session->links[list->kind].previous;
}

/* Make the session the last one; one that is in the list keeps its place. */
static inline void session_list_append(struct session_list *list, struct session *session) {
    if (session_list_has(list, session))
        return;
    session->links[list->kind] = (struct session_link){.previous = list->last, .is_listed = true};
    if (list->last)
        list->last->links[list->kind].next = session;
    else
        list->first = session;
    list->last = session;
    list->count++;
}

/* Return whether the session was in the list. */
static inline bool session_list_remove(struct session_list *list, struct session *session) {
    struct session_link link = session->links[list->kind];
    if (!link.is_listed)
        return false;
    if (link.previous)
        link.previous->links[list->kind].next = link.next;
    else
        list->first = link.next;
    if (link.next)
        link.next->links[list->kind].previous = link.previous;
    else
        list->last = link.previous;
    session->links[list->kind] = (struct session_link){0};
    list->count--;
    return true;
}

/* Remove the first session and return it; NULL when the list is empty. */
static inline struct session *session_list_take(struct session_list *list) {
    struct session *session = list->first;
    if (session)
        session_list_remove(list, session);
    return session;
}

#endif
