/* The segments of a spool folder: their names, their sizes, and the last frame in them. */
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

/* The highest segment number in the folder below `below`; 0 without such a segment. */
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
    /* scanf takes -1 for the highest number, after which there is no other. */
    int first = ungetc(fgetc(file), file);
    if (first < '0' || first > '9' || fscanf(file, "%20" SCNu64, &number) != 1 ||
        number > INT64_MAX)
        number = 0;
    fclose(file);
    return number;
}

uint64_t segments_next_number(const char *folder) {
    uint64_t highest = highest_below(folder, UINT64_MAX);
    uint64_t cursor = cursor_number(folder);
    return (cursor > highest ? cursor : highest) + 1;
}

static uint64_t last_time_in(const uint8_t *bytes, size_t size) {
    uint64_t time_us = 0;
    size_t length;
    for (size_t at = 0; (length = frame_check(bytes + at, size - at, &time_us)) > 0; at += length)
        ;
    return time_us;
}

static uint64_t last_time_of(const char *folder, uint64_t number) {
    char path[PATH_MAX];
    char name[SEGMENT_NAME_BYTES];
    segment_name(name, number);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    uint64_t last_us = 0;
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            last_us = last_time_in(bytes, size);
            munmap(bytes, size);
        }
    }
    if (file >= 0)
        close(file);
    return last_us;
}

uint64_t segments_last_time_us(const char *folder) {
    /* The newest segment may hold no whole frame: then the one before it counts. */
    for (uint64_t number = highest_below(folder, UINT64_MAX); number > 0;
         number = highest_below(folder, number)) {
        uint64_t time_us = last_time_of(folder, number);
        if (time_us > 0)
            return time_us;
    }
    return 0;
}

uint64_t segments_total_bytes(const char *folder) {
    DIR *directory = opendir(folder);
    uint64_t total = 0;
    struct stat status;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (segment_number(entry->d_name) > 0 &&
            fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            total += (uint64_t)status.st_size;
    if (directory)
        closedir(directory);
    return total;
}
