/* Answers the calls of a device that need nothing but the broker.
 *
 * getSessionLimits: ThingsBoard's clients call it after connecting (ThingsBoard:
 * DefaultTransportService), and thingsboard-gateway publishes nothing before it has the answer. It
 * is the same for all devices: the limits of one device, in ThingsBoard's notation
 * "capacity:seconds". ThingsBoard and its Python client disagree whether a gateway's own limits are
 * in `rateLimits` or in `gatewayRateLimits`, so both have the same. A limit that is off is absent.
 *
 * getTime, as in the examples of ThingsBoard's Python client, and getCurrentTime, as in its
 * documentation and the examples for Arduino: milliseconds since 1970, a bare number, because the
 * documentation's rule for it answers so ("Remote commands to devices": new Date().getTime()).
 */
#include "calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "client_outgoing.h"
#include "clock.h"
#include "frame.h"

#define REQUEST_TOPIC "v1/devices/me/rpc/request/"
#define RESPONSE_TOPIC "v1/devices/me/rpc/response/"
#define METHOD_KEY "\"method\""
#define BLANKS " \t\r\n"
#define MAX_CALL_BYTES 1024
#define MAX_ID_DIGITS 20 /* of a 64-bit number */
#define LIMITS_BYTES 160

static const struct {
    const char *method;
    enum call call;
} METHODS[] = {
    {"\"getSessionLimits\"", CALL_SESSION_LIMITS},
    {"\"getTime\"", CALL_TIME},
    {"\"getCurrentTime\"", CALL_TIME},
};

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && strchr(BLANKS, *at) && *at != '\0')
        at++;
    return at;
}

/* Return the value of the first "method" in the text up to `end`; `end` without one. A JSON parser
 * is not worth it: a "method" within the parameters, before the call's own, is nobody's habit. */
static const char *find_method(const char *text, const char *end) {
    const char *key = memmem(text, (size_t)(end - text), METHOD_KEY, strlen(METHOD_KEY));
    if (!key)
        return end;
    const char *colon = skip_blanks(key + strlen(METHOD_KEY), end);
    return colon < end && *colon == ':' ? skip_blanks(colon + 1, end) : end;
}

static const char *id_in(const char *topic) {
    if (strncmp(topic, REQUEST_TOPIC, strlen(REQUEST_TOPIC)) != 0)
        return NULL;
    const char *id = topic + strlen(REQUEST_TOPIC);
    size_t digits = strspn(id, "0123456789");
    return digits > 0 && digits <= MAX_ID_DIGITS && id[digits] == '\0' ? id : NULL;
}

enum call call_read(const char *topic, const void *payload, size_t payload_bytes,
                    const char **request_id) {
    *request_id = id_in(topic);
    /* An empty payload is NULL. */
    if (!*request_id || payload_bytes == 0 || payload_bytes > MAX_CALL_BYTES)
        return CALL_NONE;
    const char *end = (const char *)payload + payload_bytes;
    const char *method = find_method(payload, end);
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        size_t bytes = strlen(METHODS[i].method);
        if ((size_t)(end - method) >= bytes && memcmp(method, METHODS[i].method, bytes) == 0)
            return METHODS[i].call;
    }
    return CALL_NONE;
}

/* Append `"name":"per_second:1"` to a JSON object that has `*bytes` so far. */
static void add_limit(char *object, size_t *bytes, const char *name, uint64_t per_second) {
    if (per_second > 0)
        *bytes +=
            (size_t)snprintf(object + *bytes, LIMITS_BYTES - *bytes, "%s\"%s\":\"%" PRIu64 ":1\"",
                             *bytes > 1 ? "," : "", name, per_second);
}

static void write_session_limits(char answer[MAX_ANSWER_BYTES], const struct options *options) {
    char limits[LIMITS_BYTES] = "{";
    size_t bytes = 1;
    add_limit(limits, &bytes, "messages", options->device_messages_per_second);
    add_limit(limits, &bytes, "telemetryMessages", options->device_messages_per_second);
    add_limit(limits, &bytes, "telemetryDataPoints", options->device_points_per_second);
    /* maxInflightMessages is ThingsBoard's default. */
    snprintf(answer, MAX_ANSWER_BYTES,
             "{\"maxPayloadSize\":%d,\"maxInflightMessages\":100,\"rateLimits\":%s},"
             "\"gatewayRateLimits\":%s}}",
             MAX_PAYLOAD_BYTES, limits, limits);
}

void call_write_answer(char answer[MAX_ANSWER_BYTES], enum call call, const struct options *options,
                       uint64_t now_us) {
    if (call == CALL_SESSION_LIMITS)
        write_session_limits(answer, options);
    else
        snprintf(answer, MAX_ANSWER_BYTES, "%" PRIu64, now_us / 1000);
}

bool call_answer(const struct mosquitto *client, const char *request_id, enum call call,
                 const struct options *options) {
    char topic[sizeof RESPONSE_TOPIC + MAX_ID_DIGITS];
    char answer[MAX_ANSWER_BYTES];
    call_write_answer(answer, call, options, wall_us());
    snprintf(topic, sizeof topic, "%s%s", RESPONSE_TOPIC, request_id);
    /* The loop reads one packet of a client in a turn, so nothing was published to it in this one.
     */
    return client_outgoing_room(client, 1, strlen(topic), strlen(answer), 0) == ROOM_YES &&
           mosquitto_broker_publish_copy(mosquitto_client_id(client), topic, (int)strlen(answer),
                                         answer, 1, false, NULL) == MOSQ_ERR_SUCCESS;
}
