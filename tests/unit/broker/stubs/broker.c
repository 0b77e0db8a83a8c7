/* The broker's side of the plugin's pure parts: remembers the last log line. */
#include <stdarg.h>
#include <stdio.h>

#include "mosquitto.h"

char last_log_line[1024];

void mosquitto_log_printf(int level, const char *format, ...) {
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    vsnprintf(last_log_line, sizeof last_log_line, format, arguments);
    va_end(arguments);
}

int mosquitto_broker_publish_copy(const char *client_id, const char *topic, int payload_bytes,
                                  const void *payload, int qos, bool retain, void *properties) {
    (void)client_id, (void)topic, (void)payload_bytes, (void)payload;
    (void)qos, (void)retain, (void)properties;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_kick_client_by_clientid(const char *client_id, bool with_will) {
    (void)client_id, (void)with_will;
    return MOSQ_ERR_SUCCESS;
}

/* Of disconnect_reason.c, which reads the broker's client struct. */
int disconnect_with_reason(const struct mosquitto *client, uint8_t reason_code, int error) {
    (void)client, (void)reason_code;
    return error;
}
