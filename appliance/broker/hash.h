/* 64-bit FNV-1a hash. */
#ifndef QLINES_HASH_H
#define QLINES_HASH_H

#include <stdint.h>

static inline uint64_t hash_text(const char *text) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
    return hash;
}

#endif
