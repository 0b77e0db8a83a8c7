/* The one question of a device that the broker answers by itself: what its session may do.
 *
 * ThingsBoard's clients ask it after they have connected, as a call of the method
 * getSessionLimits (ThingsBoard's DefaultTransportService), and thingsboard-gateway sends nothing
 * of its devices before it has the answer. The answer is the same for everybody: there are no
 * rates that a device must keep, so `rateLimits` and `gatewayRateLimits` are empty.
 */
#include "session_limits.h"

#include <stdio.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>

#define REQUEST_TOPIC "v1/devices/me/rpc/request/"
#define RESPONSE_TOPIC "v1/devices/me/rpc/response/"
#define METHOD "\"getSessionLimits\""
#define LONGEST_REQUEST_BYTES 1024
#define LONGEST_ID 20 /* digits of a 64-bit number */
/* The largest payload is PAYLOAD_MAX_BYTES of frame.h; as many in flight as ThingsBoard says. */
#define ANSWER                                                                                     \
    "{\"maxPayloadSize\":65536,\"maxInflightMessages\":100,\"rateLimits\":{},"                     \
    "\"gatewayRateLimits\":{}}"

const char *session_limits_request(const char *topic, const void *payload, size_t payload_bytes) {
    if (strncmp(topic, REQUEST_TOPIC, strlen(REQUEST_TOPIC)) != 0)
        return NULL;
    const char *id = topic + strlen(REQUEST_TOPIC);
    size_t digits = strspn(id, "0123456789");
    if (digits == 0 || digits > LONGEST_ID || id[digits] != '\0')
        return NULL;
    /* An empty payload is NULL. No parser for one word: whoever writes it elsewhere in a call gets
     * an answer too many. */
    if (payload_bytes == 0 || payload_bytes > LONGEST_REQUEST_BYTES ||
        !memmem(payload, payload_bytes, METHOD, strlen(METHOD)))
        return NULL;
    return id;
}

bool session_limits_answer(const char *client_id, const char *request_id) {
    char topic[sizeof RESPONSE_TOPIC + LONGEST_ID];
    char answer[] = ANSWER;
    snprintf(topic, sizeof topic, "%s%s", RESPONSE_TOPIC, request_id);
    return mosquitto_broker_publish_copy(client_id, topic, (int)strlen(answer), answer, 1, false,
                                         NULL) == MOSQ_ERR_SUCCESS;
}
