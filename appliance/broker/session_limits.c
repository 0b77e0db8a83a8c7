/* Answers ThingsBoard's getSessionLimits, the only request that the broker itself answers.
 *
 * ThingsBoard's clients call this method after connecting (ThingsBoard: DefaultTransportService),
 * and thingsboard-gateway publishes nothing before it has the response. The response is the same
 * for all devices: the limits of one device, in ThingsBoard's notation "capacity:seconds".
 * ThingsBoard and its Python client disagree whether a gateway's own limits are in `rateLimits` or
 * in `gatewayRateLimits`, so both have the same. A limit that is off is absent.
 */
#include "session_limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include "frame.h"

#define REQUEST_TOPIC "v1/devices/me/rpc/request/"
#define RESPONSE_TOPIC "v1/devices/me/rpc/response/"
#define METHOD "\"getSessionLimits\""
#define MAX_REQUEST_BYTES 1024
#define MAX_ID_DIGITS 20 /* of a 64-bit number */
#define LIMITS_BYTES 160

const char *session_limits_request(const char *topic, const void *payload, size_t payload_bytes) {
    if (strncmp(topic, REQUEST_TOPIC, strlen(REQUEST_TOPIC)) != 0)
        return NULL;
    const char *id = topic + strlen(REQUEST_TOPIC);
    size_t digits = strspn(id, "0123456789");
    if (digits == 0 || digits > MAX_ID_DIGITS || id[digits] != '\0')
        return NULL;
    /* An empty payload is NULL. A JSON parser is not worth it: the word elsewhere in a call only
     * causes a superfluous response. */
    if (payload_bytes == 0 || payload_bytes > MAX_REQUEST_BYTES ||
        !memmem(payload, payload_bytes, METHOD, strlen(METHOD)))
        return NULL;
    return id;
}

/* Append `"name":"per_second:1"` to a JSON object that has `*bytes` so far. */
static void add_limit(char *object, size_t *bytes, const char *name, uint64_t per_second) {
    if (per_second > 0)
        *bytes +=
            (size_t)snprintf(object + *bytes, LIMITS_BYTES - *bytes, "%s\"%s\":\"%" PRIu64 ":1\"",
                             *bytes > 1 ? "," : "", name, per_second);
}

void session_limits_response(char response[SESSION_LIMITS_BYTES], const struct options *options) {
    char limits[LIMITS_BYTES] = "{";
    size_t bytes = 1;
    add_limit(limits, &bytes, "messages", options->device_messages_per_second);
    add_limit(limits, &bytes, "telemetryMessages", options->device_messages_per_second);
    add_limit(limits, &bytes, "telemetryDataPoints", options->device_points_per_second);
    /* maxInflightMessages is ThingsBoard's default. */
    snprintf(response, SESSION_LIMITS_BYTES,
             "{\"maxPayloadSize\":%d,\"maxInflightMessages\":100,\"rateLimits\":%s},"
             "\"gatewayRateLimits\":%s}}",
             MAX_PAYLOAD_BYTES, limits, limits);
}

bool session_limits_answer(const char *client_id, const char *request_id,
                           const struct options *options) {
    char topic[sizeof RESPONSE_TOPIC + MAX_ID_DIGITS];
    char response[SESSION_LIMITS_BYTES];
    session_limits_response(response, options);
    snprintf(topic, sizeof topic, "%s%s", RESPONSE_TOPIC, request_id);
    return mosquitto_broker_publish_copy(client_id, topic, (int)strlen(response), response, 1,
                                         false, NULL) == MOSQ_ERR_SUCCESS;
}
