// SPDX-License-Identifier: Apache-2.0
// `cofferdam trace`: a capture of xentrace as records in order of time (trace_read.c), what they
// say about vCPUs, CPUs and interrupts (trace_model.c), and the views (trace_latency.c,
// trace_json.c, trace_html.c).
#pragma once
#include <coff/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define IDLE_DOMAIN 0x7fffU
#define NO_TIME UINT64_MAX
#define NAME_SIZE 24

struct record {
    uint64_t ticks;
    uint32_t event, n, cpu;
    uint32_t word[TRACE_EXTRA_MAX];
    size_t offset; // in the file
};

struct capture {
    const char *path;
    struct record *record; // by time
    size_t count;
    uint32_t cpus;
    double hz;
};

// 0, or -1 after a message on stderr that names the offset and the remedy. `hz` 0: worked out.
int trace_read(struct capture *c, const char *path, double hz);
// One line about a record, without its time.
void trace_describe(const struct record *r, char *to, size_t size);
// Microseconds since the capture's first record.
double trace_us(const struct capture *c, uint64_t ticks);

// vCPUs are (domain << 16 | number), as in runstate records.
struct span { // on `cpu` from..to
    uint64_t from, to;
    uint32_t cpu, who;
    uint32_t what; // of an interrupt its number, of a way into EL2 its cause
};
struct latency {
    uint64_t from, to;
    uint32_t cpu; // where it ended
    uint32_t key; // the vCPU, or the interrupt's number
    size_t first; // record that began it
    size_t last;  // and that ended it
};
struct spans {
    struct span *at;
    size_t count, room;
};
struct latencies {
    struct latency *at;
    size_t count, room;
};

struct model {
    struct spans runs;        // who ran where
    struct spans irqs;        // interrupts while EL2 handled them
    struct spans traps;       // at EL2
    struct spans lost;        // records missing; who: how many
    struct latencies wakes;   // from the wake-up until it runs
    struct latencies irq_out; // from the interrupt until a vCPU goes on on that CPU
};
void trace_model(const struct capture *c, struct model *m);
void trace_free(struct capture *c, struct model *m);

const char *trace_vcpu_name(uint32_t who, char name[NAME_SIZE]);
const char *trace_cause_name(uint32_t cause);

void trace_latency(const struct capture *c, const struct model *m, FILE *to);
int trace_json(const struct capture *c, const struct model *m, FILE *to);
int trace_html(const struct capture *c, const struct model *m, FILE *to);
