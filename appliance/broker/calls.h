/* Answers the calls of a device that need nothing but the broker. */
#ifndef QLINES_CALLS_H
#define QLINES_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct mosquitto;

#define MAX_ANSWER_BYTES 512

enum call {
    CALL_NONE, /* any other message */
    CALL_SESSION_LIMITS,
    CALL_TIME,
};

/* Pure: return what the message calls; `request_id` is then a part of `topic`. */
enum call call_read(const char *topic, const void *payload, size_t payload_bytes,
                    const char **request_id);

/* Pure: write the answer; `now_us` is the wall clock. */
void call_write_answer(char answer[MAX_ANSWER_BYTES], enum call call, const struct options *options,
                       uint64_t now_us);

/* Send the answer to the client; return false when it takes nothing more now. */
bool call_answer(const struct mosquitto *client, const char *request_id, enum call call,
                 const struct options *options);

#endif
