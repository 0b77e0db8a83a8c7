/* Why a connection ends: the reason code for the device, the words for its owner. */
#ifndef QLINES_DISCONNECT_REASON_H
#define QLINES_DISCONNECT_REASON_H

#include <stdint.h>

struct mosquitto;

/* Reason codes of MQTT 5. */
enum {
    REASON_NOT_AUTHORISED = 0x87,
    REASON_SERVER_UNAVAILABLE = 0x88,
    REASON_SERVER_SHUTTING_DOWN = 0x8B,
    REASON_PACKET_TOO_LARGE = 0x95,
    REASON_MESSAGE_RATE_TOO_HIGH = 0x96,
    REASON_QUOTA_EXCEEDED = 0x97,
};

/* Send DISCONNECT with `reason_code` to an MQTT 5 client. Return the error that the callback must
 * return to close the connection: `error`, or, when nothing could be sent, one for which the
 * broker itself sends "unspecified error". */
int disconnect_with_reason(const struct mosquitto *client, uint8_t reason_code, int error);

/* Answer a CONNECT with "server unavailable": the device should retry. */
void refuse_as_unavailable(const struct mosquitto *client);

/* Answer a CONNECT of a device that has too many connections, or connects too often: it should
 * retry later. MQTT 3.1.1 has no better code than "server unavailable". */
void refuse_over_quota(const struct mosquitto *client);

/* Return why a connection ended that the plugin did not end, judged in the DISCONNECT event. */
const char *disconnect_reason_for_owner(const struct mosquitto *client);

#endif
