/* Ends a session whose client has come back at the other twin. */
#ifndef QLINES_ELSEWHERE_H
#define QLINES_ELSEWHERE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct plugin_state;

struct elsewhere {
    char path[PATH_MAX];
    struct timespec modified_at; /* of the file that was read last */
};

void elsewhere_init(struct elsewhere *elsewhere, const char *run_dir);

/* Close the sessions that the file names, if it has changed. */
void elsewhere_apply(struct plugin_state *state);

/* Pure: split a line, "microseconds client-id", in place, without its newline. Return the client id
 * and set `*before_us`; NULL for a line that is not valid. */
const char *elsewhere_parse(char *line, uint64_t *before_us);

#endif
