/* The files of a spool folder: their names, their sizes, and the newest frame in them. */
#include "segments.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame.h"

#define DIGITS 20

uint64_t segment_number(const char *file_name) {
    if (strspn(file_name, "0123456789") != DIGITS || strcmp(file_name + DIGITS, ".seg") != 0)
        return 0;
    uint64_t number = 0;
    return sscanf(file_name, "%20" SCNu64, &number) == 1 ? number : 0;
}

void segment_name(char name[SEGMENT_NAME_BYTES], uint64_t number) {
    snprintf(name, SEGMENT_NAME_BYTES, "%020" PRIu64 ".seg", number);
}

/* The highest number in the folder below `below`; 0 when there is none. */
static uint64_t highest_below(const char *folder, uint64_t below) {
    DIR *directory = opendir(folder);
    uint64_t highest = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        uint64_t number = segment_number(entry->d_name);
        if (number > highest && number < below)
            highest = number;
    }
    if (directory)
        closedir(directory);
    return highest;
}

static uint64_t cursor_number(const char *folder) {
    char path[PATH_MAX];
    uint64_t number = 0;
    snprintf(path, sizeof path, "%s/cursor", folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%20" SCNu64, &number) != 1)
        number = 0;
    fclose(file);
    return number;
}

uint64_t segments_next_number(const char *folder) {
    uint64_t highest = highest_below(folder, UINT64_MAX);
    uint64_t cursor = cursor_number(folder);
    return (cursor > highest ? cursor : highest) + 1;
}

static uint64_t newest_time_in(const uint8_t *bytes, size_t size) {
    uint64_t newest_us = 0;
    uint64_t time_us = 0;
    size_t length;
    for (size_t at = 0; (length = frame_check(bytes + at, size - at, &time_us)) > 0; at += length)
        if (time_us > newest_us)
            newest_us = time_us;
    return newest_us;
}

static uint64_t newest_time_of(const char *folder, uint64_t number) {
    char path[PATH_MAX];
    char name[SEGMENT_NAME_BYTES];
    segment_name(name, number);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    uint64_t newest_us = 0;
    if (file >= 0 && fstat(file, &facts) == 0 && facts.st_size > 0) {
        size_t size = (size_t)facts.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            newest_us = newest_time_in(bytes, size);
            munmap(bytes, size);
        }
    }
    if (file >= 0)
        close(file);
    return newest_us;
}

uint64_t segments_newest_time_us(const char *folder) {
    /* The newest segment may be empty or torn at its first frame: then the one before it counts. */
    for (uint64_t number = highest_below(folder, UINT64_MAX); number > 0;
         number = highest_below(folder, number)) {
        uint64_t time_us = newest_time_of(folder, number);
        if (time_us > 0)
            return time_us;
    }
    return 0;
}

uint64_t segments_total_bytes(const char *folder) {
    DIR *directory = opendir(folder);
    uint64_t total = 0;
    struct stat facts;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (segment_number(entry->d_name) > 0 &&
            fstatat(dirfd(directory), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
            total += (uint64_t)facts.st_size;
    if (directory)
        closedir(directory);
    return total;
}
