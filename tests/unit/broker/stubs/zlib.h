/* As much of zlib.h as the plugin's pure parts use: the unit tests need no header packages. */
#ifndef QLINES_STUB_ZLIB_H
#define QLINES_STUB_ZLIB_H

typedef unsigned int uInt;
unsigned long crc32(unsigned long crc, const unsigned char *bytes, uInt count);

#endif
