/* The counts of a run, and how they are printed. */
#ifndef LOADGEN_REPORT_H
#define LOADGEN_REPORT_H

#include <inttypes.h>
#include <stdio.h>

#include "loadgen_latency.h"
#include "loadgen_options.h"

static uint64_t sent, acknowledged, resent, reconnects, lost, refused;
static uint64_t started_us, last_ack_us;

static void report(void) {
    double seconds = (double)(last_ack_us - started_us) / SECOND_US;
    double rate = (double)(options.qos > 0 ? acknowledged : sent) / (seconds > 0 ? seconds : 1);
    const char *format =
        options.json
            ? "{\"sent\": %" PRIu64 ", \"acknowledged\": %" PRIu64 ", \"seconds\": %.3f, "
              "\"rate\": %.1f, \"puback_ms\": {\"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f}, "
              "\"reconnects\": %" PRIu64 ", \"lost_connections\": %" PRIu64 ", \"resent\": %" PRIu64
              ", \"refused\": %" PRIu64 ", \"first_seq\": %" PRIu64 "}\n"
            : "sent %" PRIu64 ", acknowledged %" PRIu64 " in %.3f s: %.1f/s\n"
              "PUBACK after ms: p50 %.3f, p95 %.3f, p99 %.3f\n"
              "reconnects %" PRIu64 ", connections lost %" PRIu64 ", resent %" PRIu64
              ", refused %" PRIu64 ", first number %" PRIu64 "\n";
    printf(format, sent, acknowledged, seconds, rate, percentile_ms(0.5), percentile_ms(0.95),
           percentile_ms(0.99), reconnects, lost, resent, refused, options.first_seq);
}

#endif
