/* Decodes a value of the registry file's database `tokens`. */
#include "registry_value.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* Offsets in the value. */
enum { AT_EXPIRY = 1, AT_DEVICE = 9, AT_OWNER = 33, TOKEN_VALUE_BYTES = 57 };

enum lookup registry_value_read(const uint8_t *bytes, size_t size, uint64_t now_us,
                                struct device *device) {
    if (size < TOKEN_VALUE_BYTES)
        return LOOKUP_UNKNOWN;
    memcpy(&device->expires_at_us, bytes + AT_EXPIRY, sizeof device->expires_at_us);
    device->expires_at_us = le64toh(device->expires_at_us);
    memcpy(device->id, bytes + AT_DEVICE, ID_BYTES);
    device->id[ID_BYTES] = '\0';
    memcpy(device->owner, bytes + AT_OWNER, ID_BYTES);
    device->owner[ID_BYTES] = '\0';
    bool expired = device->expires_at_us != 0 && device->expires_at_us <= now_us;
    return expired || strlen(device->id) != ID_BYTES ? LOOKUP_UNKNOWN : LOOKUP_FOUND;
}
