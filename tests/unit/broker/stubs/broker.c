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
