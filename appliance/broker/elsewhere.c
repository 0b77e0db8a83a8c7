/* Ends a session whose client has come back at another broker, as a broker does with the older of
 * two sessions of one client id.
 *
 * `twin` or `node` (app/qlines/brokers/arrivals.py) writes the file: a line for each client that
 * connected over there, and the time on this machine's clock before which a session here is the
 * older one. So a line can be read twice, or late, without harm to a session that began since.
 */
#include "elsewhere.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "closing.h"
#include "plugin_state.h"

#define MAX_DIGITS 18

void elsewhere_init(struct elsewhere *elsewhere, const char *run_dir) {
    memset(elsewhere, 0, sizeof *elsewhere);
    snprintf(elsewhere->path, sizeof elsewhere->path, "%s/sessions-elsewhere", run_dir);
}

const char *elsewhere_parse(char *line, uint64_t *before_us) {
    line[strcspn(line, "\n")] = '\0';
    size_t digits = strspn(line, "0123456789");
    if (digits == 0 || digits > MAX_DIGITS || line[digits] != ' ' || line[digits + 1] == '\0' ||
        sscanf(line, "%" SCNu64, before_us) != 1)
        return NULL;
    return line + digits + 1;
}

static void close_older(struct plugin_state *state, const char *client_id, uint64_t before_us) {
    struct session *session = sessions_find_id(&state->sessions, client_id);
    if (session && session->started_us < before_us &&
        close_session(session, "the device connected to another broker"))
        state->counters.taken_over++;
}

static bool has_changed(struct elsewhere *elsewhere, FILE *file) {
    struct stat status;
    if (fstat(fileno(file), &status) != 0)
        return false;
    bool is_same = status.st_mtim.tv_sec == elsewhere->modified_at.tv_sec &&
                   status.st_mtim.tv_nsec == elsewhere->modified_at.tv_nsec;
    elsewhere->modified_at = status.st_mtim;
    return !is_same;
}

void elsewhere_apply(struct plugin_state *state) {
    FILE *file = fopen(state->elsewhere.path, "re");
    if (!file)
        return;
    char *line = NULL;
    size_t capacity = 0;
    uint64_t before_us;
    if (has_changed(&state->elsewhere, file)) {
        while (getline(&line, &capacity, file) > 0) {
            const char *client_id = elsewhere_parse(line, &before_us);
            if (client_id)
                close_older(state, client_id, before_us);
        }
    }
    free(line);
    fclose(file);
}
