/* Which topic filters a device may subscribe to. */
#ifndef QLINES_FILTERS_H
#define QLINES_FILTERS_H

#include <stdbool.h>

bool filter_is_allowed(const char *filter);

#endif
