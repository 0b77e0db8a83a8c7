/* Answers ThingsBoard's getSessionLimits, the only request that the broker itself answers.
 *
 * ThingsBoard's clients call this method after connecting (ThingsBoard: DefaultTransportService),
 * and thingsboard-gateway publishes nothing before it has the response. The response is the same
 * for all devices: there is no rate limit, so `rateLimits` and `gatewayRateLimits` are empty.
 */
#include "session_limits.h"

#include <stdio.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#define REQUEST_TOPIC "v1/devices/me/rpc/request/"
#define RESPONSE_TOPIC "v1/devices/me/rpc/response/"
#define METHOD "\"getSessionLimits\""
#define MAX_REQUEST_BYTES 1024
#define MAX_ID_DIGITS 20 /* of a 64-bit number */
/* maxPayloadSize is MAX_PAYLOAD_BYTES of frame.h; maxInflightMessages is ThingsBoard's default. */
#define RESPONSE                                                                                   \
    "{\"maxPayloadSize\":65536,\"maxInflightMessages\":100,\"rateLimits\":{},"                     \
    "\"gatewayRateLimits\":{}}"

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

bool session_limits_answer(const char *client_id, const char *request_id) {
    char topic[sizeof RESPONSE_TOPIC + MAX_ID_DIGITS];
    char response[] = RESPONSE;
    snprintf(topic, sizeof topic, "%s%s", RESPONSE_TOPIC, request_id);
    return mosquitto_broker_publish_copy(client_id, topic, (int)strlen(response), response, 1,
                                         false, NULL) == MOSQ_ERR_SUCCESS;
}
