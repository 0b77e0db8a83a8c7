/* Splits the bytes of a fuzzer into the arguments of the function under test. */
#ifndef QLINES_FUZZ_INPUT_H
#define QLINES_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer, and replay.c, call for each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *data;
    size_t size;
};

/* Fail as a sanitizer does, with a stack trace. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static inline uint64_t take_number(struct input *input) {
    uint64_t number = 0;
    size_t bytes = input->size < sizeof number ? input->size : sizeof number;
    memcpy(&number, input->data, bytes);
    input->data += bytes;
    input->size -= bytes;
    return number;
}

/* Take a zero-terminated text: up to a zero, or the rest. The copy has no byte to spare, so that a
 * sanitizer sees one that is read too many. */
static inline char *take_text(struct input *input) {
    const uint8_t *end = memchr(input->data, 0, input->size);
    size_t bytes = end ? (size_t)(end - input->data) : input->size;
    char *text = malloc(bytes + 1);
    memcpy(text, input->data, bytes);
    text[bytes] = '\0';
    bytes += end != NULL;
    input->data += bytes;
    input->size -= bytes;
    return text;
}

#endif
