/* Which messages of a device are requests: they are answered, not stored. Pure. */
#ifndef QLINES_REQUESTS_H
#define QLINES_REQUESTS_H

#include <stdbool.h>

/* The largest payload of a request, which waits in the broker's memory for the control client. */
#define MAX_REQUEST_BYTES 16384
/* The longest id in a request's topic. ThingsBoard's clients use numbers. */
#define MAX_REQUEST_ID_BYTES 64

bool request_is(const char *topic);

#endif
