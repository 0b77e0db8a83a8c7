/* The end of a connection: what the device is told, and what its owner is. */
#ifndef QLINES_FAREWELL_H
#define QLINES_FAREWELL_H

#include "broker_memory.h"

/* Reason codes of MQTT 5. */
enum {
    REASON_SERVER_UNAVAILABLE = 0x88,
    REASON_NOT_AUTHORISED = 0x87,
    REASON_PACKET_TOO_LARGE = 0x95,
    REASON_QUOTA_EXCEEDED = 0x97,
};

/* Tell an MQTT 5 client why it is disconnected. Returns the error with which the event must end,
 * so that the broker closes the connection: `error`, or, where we cannot speak for ourselves, one
 * at which the broker says "unspecified error". */
int farewell_disconnect(const struct broker_memory *memory, const struct mosquitto *client,
                        uint8_t reason_code, int error);

/* Answer a CONNECT with "server unavailable", which invites the device to come back. */
void farewell_unavailable(const struct broker_memory *memory, const struct mosquitto *client);

/* Why a connection ends that we did not end ourselves, judged at the DISCONNECT event. */
const char *farewell_reason(const struct broker_memory *memory, const struct mosquitto *client);

#endif
