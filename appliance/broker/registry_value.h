/* Decodes a value of the registry file's database `tokens`. */
#ifndef QLINES_REGISTRY_VALUE_H
#define QLINES_REGISTRY_VALUE_H

#include <stddef.h>
#include <stdint.h>

#define ID_BYTES 24 /* a MongoDB ObjectId in hexadecimal digits */

struct device {
    char id[ID_BYTES + 1];
    char owner[ID_BYTES + 1];
    uint64_t expires_at_us; /* of the token; 0: never */
};

enum lookup {
    LOOKUP_FOUND,
    LOOKUP_UNKNOWN,
    LOOKUP_UNAVAILABLE, /* the registry file is missing or cannot be read */
};

/* Pure: read the device of a token. LOOKUP_UNKNOWN for an expired token, and for a value that is
 * too short or has no whole id. app/qlines/store/registry_file.py writes the values. */
enum lookup registry_value_read(const uint8_t *bytes, size_t size, uint64_t now_us,
                                struct device *device);

#endif
