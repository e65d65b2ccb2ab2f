// SPDX-License-Identifier: Apache-2.0
// Reads what xentrace wrote: windows of one CPU's records each, begun by a cpu_change record with
// the CPU and the window's bytes; records as in xen/trace.h. The counter's frequency is not in
// there: it follows from the switch records, which tell in nanoseconds what lies between two of
// them in ticks.
#include "trace.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 1024U

static int refuse(const char *path, size_t offset, const char *what, const char *remedy) {
    fprintf(stderr, "cofferdam trace: %s: offset %zu: %s; %s\n", path, offset, what, remedy);
    return -1;
}

static uint8_t *load(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t room = 0, n;
    *size = 0;
    if (!f) {
        perror(path);
        return NULL;
    }
    do {
        if (*size == room) {
            room = room ? room * 2 : 1 << 20;
            data = realloc(data, room);
        }
        n = data ? fread(data + *size, 1, room - *size, f) : 0;
        *size += n;
    } while (n);
    if (ferror(f))
        perror(path);
    fclose(f);
    return data;
}

static uint32_t word_at(const uint8_t *p) {
    uint32_t w;
    memcpy(&w, p, sizeof(w));
    return w;
}

// The record at `at`; returns its bytes, 0 when it goes beyond `end`.
static size_t parse(const uint8_t *data, size_t at, size_t end, struct record *r) {
    if (end - at < 4)
        return 0;
    uint32_t head = word_at(data + at);
    bool timed = head >> 31;
    *r = (struct record){
        .event = head & 0xfffffff, .n = head >> TRACE_EXTRA_SHIFT & TRACE_EXTRA_MAX, .offset = at};
    size_t bytes = (timed ? 12U : 4U) + 4 * (size_t)r->n;
    if (end - at < bytes)
        return 0;
    r->ticks = timed ? word_at(data + at + 4) | (uint64_t)word_at(data + at + 8) << 32 : NO_TIME;
    for (uint32_t i = 0; i < r->n; i++)
        r->word[i] = word_at(data + at + bytes - 4 * (r->n - i));
    return bytes;
}

static void keep(struct capture *c, const struct record *r) {
    if ((c->count & (c->count - 1)) == 0) {
        c->record = realloc(c->record, (c->count ? c->count * 2 : 1) * sizeof(*r));
        if (!c->record)
            abort();
    }
    c->record[c->count++] = *r;
}

static int window(struct capture *c, const uint8_t *data, size_t *at, size_t end, uint32_t cpu) {
    struct record r;
    while (*at < end) {
        size_t bytes = parse(data, *at, end, &r);
        if (!bytes)
            return refuse(c->path, *at, "the record goes beyond its window",
                          "the file is damaged: capture again");
        r.cpu = cpu;
        if (r.ticks != NO_TIME)
            keep(c, &r);
        *at += bytes;
    }
    return 0;
}

static int windows(struct capture *c, const uint8_t *data, size_t size) {
    struct record r;
    for (size_t at = 0; at < size;) {
        size_t bytes = parse(data, at, size, &r);
        if (!bytes)
            return refuse(c->path, at, "the file ends within a record",
                          "xentrace was stopped while it wrote: use its -T SECONDS");
        if (r.event != TRC_TRACE_CPU_CHANGE || r.n < 2 || r.word[0] >= MAX_CPUS)
            return refuse(c->path, at, "no cpu_change record: this is no capture of xentrace",
                          "make one with: xentrace -D -e all -T 5 FILE");
        at += bytes;
        if (size - at < r.word[1])
            return refuse(c->path, at, "the file ends within a CPU's window",
                          "xentrace was stopped while it wrote: use its -T SECONDS");
        if (r.word[0] >= c->cpus)
            c->cpus = r.word[0] + 1;
        if (window(c, data, &at, at + r.word[1], r.word[0]))
            return -1;
    }
    return 0;
}

static int by_time(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    if (x->ticks != y->ticks)
        return x->ticks < y->ticks ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// The median of ticks / ns over the turns that were long enough, to three digits.
static double frequency(const struct capture *c) {
    double *rate = calloc(c->count + 1, sizeof(*rate));
    uint64_t begun[MAX_CPUS];
    size_t n = 0;
    memset(begun, 0xff, sizeof(begun));
    for (size_t i = 0; rate && i < c->count; i++) {
        const struct record *r = &c->record[i];
        if (r->event == TRC_SCHED_SWITCH_INFPREV && r->n >= 3 && begun[r->cpu] != NO_TIME &&
            r->word[2] > 50000 && r->word[2] != UINT32_MAX)
            rate[n++] = (double)(r->ticks - begun[r->cpu]) * 1e9 / r->word[2];
        if (r->event == TRC_SCHED_SWITCH_INFNEXT)
            begun[r->cpu] = r->ticks;
        if (r->event == TRC_LOST_RECORDS)
            begun[r->cpu] = NO_TIME;
    }
    char digits[32] = "0";
    if (n) {
        qsort(rate, n, sizeof(*rate), by_value);
        snprintf(digits, sizeof(digits), "%.2e", rate[n / 2]);
    }
    free(rate);
    return strtod(digits, NULL);
}

static int read_all(struct capture *c, double hz) {
    size_t size;
    uint8_t *data = load(c->path, &size);
    int bad = data ? windows(c, data, size) : -1;
    free(data);
    if (bad)
        return -1;
    if (!c->count)
        return refuse(c->path, size, "no records",
                      "capture longer, with tracing on: xentrace -e all");
    qsort(c->record, c->count, sizeof(*c->record), by_time);
    c->hz = hz > 0 ? hz : frequency(c);
    if (c->hz <= 0)
        return refuse(c->path, size, "too few switches to tell how fast the counter runs",
                      "give --hz (xl info: cpu_mhz)");
    return 0;
}

int trace_read(struct capture *c, const char *path, double hz) {
    *c = (struct capture){.path = path};
    int bad = read_all(c, hz);
    if (bad)
        free(c->record);
    return bad;
}

double trace_us(const struct capture *c, uint64_t ticks) {
    return (double)(ticks - c->record[0].ticks) * 1e6 / c->hz;
}
