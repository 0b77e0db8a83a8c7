/* As much of mosquitto's headers as the plugin's pure parts use. */
#ifndef QLINES_STUB_MOSQUITTO_H
#define QLINES_STUB_MOSQUITTO_H

#include <stdbool.h>
#include <stdint.h>

struct mosquitto;

struct mosquitto_opt {
    char *key;
    char *value;
};

typedef struct mqtt5__property mosquitto_property;

enum { MOSQ_ERR_SUCCESS = 0, MOSQ_LOG_WARNING = 4, MOSQ_LOG_ERR = 8 };

void mosquitto_log_printf(int level, const char *format, ...);
int mosquitto_broker_publish_copy(const char *client_id, const char *topic, int payload_bytes,
                                  const void *payload, int qos, bool retain,
                                  mosquitto_property *properties);
int mosquitto_property_add_int32(mosquitto_property **properties, int identifier, uint32_t value);
void mosquitto_property_free_all(mosquitto_property **properties);
const char *mosquitto_client_id(const struct mosquitto *client);
int mosquitto_kick_client_by_clientid(const char *client_id, bool with_will);
int disconnect_with_reason(const struct mosquitto *client, uint8_t reason_code, int error);

#endif
