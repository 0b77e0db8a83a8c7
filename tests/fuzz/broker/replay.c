/* Runs a target once for each file named on the command line: the corpus, with any compiler. */
#include <stdio.h>

#include "input.h"

#define MAX_BYTES (1024 * 1024)

int main(int count, char **paths) {
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        uint8_t *bytes = malloc(MAX_BYTES);
        if (!file || !bytes)
            return 2;
        size_t size = fread(bytes, 1, MAX_BYTES, file);
        fclose(file);
        bytes = realloc(bytes, size ? size : 1);
        fprintf(stderr, "%s\n", paths[i]);
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
    }
    return 0;
}
