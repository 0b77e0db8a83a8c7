/* The broker's side of the plugin's pure parts: remembers the last log line and the last message.
 */
#include <stdarg.h>
#include <stdio.h>

#include "client_outgoing.h"
#include "mosquitto.h"

char last_log_line[1024];
char last_kicked[64];
enum room room; /* of every client */
/* Gets each message that the plugin publishes. */
void (*on_publish)(const char *client_id, const char *payload, int payload_bytes);

void mosquitto_log_printf(int level, const char *format, ...) {
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    vsnprintf(last_log_line, sizeof last_log_line, format, arguments);
    va_end(arguments);
}

int mosquitto_broker_publish_copy(const char *client_id, const char *topic, int payload_bytes,
                                  const void *payload, int qos, bool retain,
                                  mosquitto_property *properties) {
    (void)topic, (void)qos, (void)retain, (void)properties;
    if (on_publish)
        on_publish(client_id, payload, payload_bytes);
    return MOSQ_ERR_SUCCESS;
}

const char *mosquitto_client_id(const struct mosquitto *client) {
    (void)client;
    return "client";
}

/* Of client_outgoing.c, which reads the broker's client struct. */
enum room client_outgoing_room(const struct mosquitto *client, uint8_t qos, size_t topic_bytes,
                               size_t payload_bytes, unsigned published) {
    (void)client, (void)qos, (void)topic_bytes, (void)payload_bytes, (void)published;
    return room;
}

int mosquitto_kick_client_by_clientid(const char *client_id, bool with_will) {
    (void)with_will;
    snprintf(last_kicked, sizeof last_kicked, "%s", client_id);
    return MOSQ_ERR_SUCCESS;
}

/* Of disconnect_reason.c, which reads the broker's client struct. */
int disconnect_with_reason(const struct mosquitto *client, uint8_t reason_code, int error) {
    (void)client, (void)reason_code;
    return error;
}
