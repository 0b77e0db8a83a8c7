/* An ICU data library with an empty table of contents, in ICU's common data format (udata.h). */
struct empty_data {
    unsigned short header_size;
    unsigned char magic1, magic2;
    unsigned short info_size, reserved_word;
    unsigned char is_big_endian, charset_family, size_of_uchar, reserved_byte;
    unsigned char format[4], format_version[4], data_version[4];
    unsigned char padding[8];
    unsigned int count, reserved;
    int filler[4];
};

const struct empty_data icudt72_dat = {
    .header_size = 32,
    .magic1 = 0xda,
    .magic2 = 0x27,
    .info_size = 20,
    .size_of_uchar = 2,
    .format = {'T', 'o', 'C', 'P'},
    .format_version = {1, 0, 0, 0},
};
