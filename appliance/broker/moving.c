/* Moves the devices to the twin while this side is drained: closes their connections at a limited
 * rate, and the proxies connect them to the other side when they come back.
 *
 * `twin` (app/qlines/twin/moving.py) decides whether, and writes how many a second to a file, again
 * and again: without that program nothing moves. What the broker has acknowledged is in the spool;
 * what it has not, the device sends again. Programs of this container, such as the canary, stay.
 */
#include "moving.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "closing.h"
#include "disconnect_reason.h"
#include "plugin_state.h"

#define READ_EVERY_US 200000
#define TURN_US 100000 /* the broker's loop turns at least that often */
#define SECOND_US 1000000
#define MAX_TEXT_BYTES 16
#define MAX_DIGITS 6

uint64_t moving_due(uint64_t *due_us, uint64_t now_us, uint64_t per_second) {
    uint64_t interval_us = SECOND_US / per_second;
    uint64_t window_us = interval_us + TURN_US;
    if (*due_us + window_us < now_us)
        *due_us = now_us - window_us;
    if (*due_us > now_us)
        return 0;
    uint64_t count = (now_us - *due_us) / interval_us;
    *due_us += count * interval_us;
    return count;
}

uint64_t moving_parse(const char *text) {
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    uint64_t number;
    if (digits == 0 || digits > MAX_DIGITS || (*rest != '\0' && strcmp(rest, "\n") != 0) ||
        sscanf(text, "%" SCNu64, &number) != 1 || number > MAX_MOVED_PER_SECOND)
        return 0;
    return number;
}

void moving_init(struct moving *moving, const char *run_dir) {
    memset(moving, 0, sizeof *moving);
    snprintf(moving->path, sizeof moving->path, "%s/move-clients", run_dir);
}

/* Without a file, or with a stale one, the devices stay. */
static uint64_t read_per_second(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    char text[MAX_TEXT_BYTES];
    struct stat status;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    bool is_fresh =
        fstat(fileno(file), &status) == 0 && status.st_mtime + MOVE_STALE_SECONDS >= time(NULL);
    fclose(file);
    return is_fresh ? moving_parse(text) : 0;
}

static void refresh(struct moving *moving, uint64_t now_us) {
    if (now_us - moving->read_at_us < READ_EVERY_US)
        return;
    moving->read_at_us = now_us;
    uint64_t before = moving->per_second;
    moving->per_second = read_per_second(moving->path);
    if (before == 0)
        moving->due_us = now_us;
}

void moving_apply(struct plugin_state *state, uint64_t now_us) {
    struct moving *moving = &state->moving;
    refresh(moving, now_us);
    if (moving->per_second == 0 || state->sessions.count == 0)
        return;
    uint64_t left = moving_due(&moving->due_us, now_us, moving->per_second);
    struct session *next;
    for (struct session *at = state->sessions.first; at && left > 0; at = next) {
        next = at->next;
        if (at->is_local)
            continue;
        /* "Administrative action", which the broker sends, reads as if the device should stop. */
        disconnect_with_reason(at->client, REASON_SERVER_SHUTTING_DOWN, 0);
        if (!close_session(at, "moved to the other side, this one is drained"))
            return;
        state->counters.moved++;
        left--;
    }
}
