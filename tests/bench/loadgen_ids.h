/* The numbers of the messages that the broker acknowledged, for --ids. */
#ifndef LOADGEN_IDS_H
#define LOADGEN_IDS_H

#include "loadgen_options.h"

static uint64_t *acknowledged_seqs;
static size_t acknowledged_count, acknowledged_capacity;

static void add_seq(uint64_t seq) {
    if (!options.ids_path)
        return;
    if (acknowledged_count == acknowledged_capacity) {
        acknowledged_capacity = acknowledged_capacity ? acknowledged_capacity * 2 : 65536;
        acknowledged_seqs = realloc(acknowledged_seqs, acknowledged_capacity * sizeof(uint64_t));
        if (!acknowledged_seqs)
            fail("no memory for %zu message numbers", acknowledged_capacity);
    }
    acknowledged_seqs[acknowledged_count++] = seq;
}

static void write_ids(void) {
    if (!options.ids_path)
        return;
    FILE *file = fopen(options.ids_path, "w");
    if (!file)
        fail("cannot write %s: %s", options.ids_path, strerror(errno));
    for (size_t i = 0; i < acknowledged_count; i++)
        fprintf(file, "%" PRIu64 "\n", acknowledged_seqs[i]);
    if (fclose(file) != 0)
        fail("cannot write %s: %s", options.ids_path, strerror(errno));
}

#endif
