// SPDX-License-Identifier: Apache-2.0
// Timetables (hyp/sched/arinc653.c): windows fit into the frame, none overlaps another of its core
// or of its vCPU. The worst response time of a vCPU is the longest time without a window of its.
// O(n log n).
#include "arena.h"
#include "sched_check.h"
#include "value.h"
#include <stdlib.h>
#include <string.h>

#define MOST_WINDOWS 64 // a pool's table in the hypervisor

static int compare(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int by_core(const void *a, const void *b) {
    const struct flight_window *x = *(const struct flight_window *const *)a;
    const struct flight_window *y = *(const struct flight_window *const *)b;
    int order = compare(x->core.v, y->core.v);
    return order ? order : compare(x->start.v, y->start.v);
}

static int same_vcpu(const struct flight_window *x, const struct flight_window *y) {
    int order = strcmp(x->partition.s, y->partition.s);
    return order ? order : compare(x->vcpu.v, y->vcpu.v);
}

static int by_vcpu(const void *a, const void *b) {
    const struct flight_window *x = *(const struct flight_window *const *)a;
    const struct flight_window *y = *(const struct flight_window *const *)b;
    int order = same_vcpu(x, y);
    return order ? order : compare(x->start.v, y->start.v);
}

static void one(const struct flight *f, const struct flight_window *w, struct report *r) {
    if (!w->length.v)
        complain(r, w->length.at, "give it time or leave it out", "an empty window of '%s'",
                 w->partition.s);
    if (w->core.v >= f->cores.v)
        complain(r, w->core.at, "give one below the pool's cores", "no core %llu",
                 (unsigned long long)w->core.v);
    if (w->start.v > f->major_frame.v || w->length.v > f->major_frame.v - w->start.v)
        complain(r, w->at, "end it before the frame does",
                 "the window of '%s' ends %s after the major frame of %s", w->partition.s,
                 show_time(w->start.v + w->length.v - f->major_frame.v),
                 show_time(f->major_frame.v));
}

static void overlap(const struct flight_window *last, const struct flight_window *w,
                    const char *what, struct report *r) {
    uint64_t end = last->start.v + last->length.v;
    if (end > w->start.v)
        complain(r, w->at, "move or shorten one of them",
                 "the window of '%s' begins %s before that of line %u on the same %s is over",
                 w->partition.s, show_time(end - w->start.v), last->at.line, what);
}

static void print_cores(const struct flight *f, struct flight_window **w) {
    for (size_t i = 0, n = 0; i < f->windows.n; i += n) {
        uint64_t used = 0;
        for (n = 0; i + n < f->windows.n && w[i + n]->core.v == w[i]->core.v; n++)
            used += w[i + n]->length.v;
        printf("  core %llu: %zu windows, %.1f %% of the frame\n", (unsigned long long)w[i]->core.v,
               n, (double)used * 100 / (double)f->major_frame.v);
    }
}

static void print_vcpus(const struct flight *f, struct flight_window **w) {
    for (size_t i = 0, n = 0; i < f->windows.n; i += n) {
        uint64_t used = 0, gap = 0;
        for (n = 0; i + n < f->windows.n && !same_vcpu(w[i + n], w[i]); n++)
            used += w[i + n]->length.v;
        for (size_t k = 0; k < n; k++) {
            const struct flight_window *x = w[i + k], *next = w[i + (k + 1) % n];
            uint64_t begin = next->start.v + (k + 1 == n ? f->major_frame.v : 0);
            uint64_t without = begin - (x->start.v + x->length.v);
            gap = without > gap ? without : gap;
        }
        printf("  %-15s vCPU %llu: %s in each frame, response within %s\n", w[i]->partition.s,
               (unsigned long long)w[i]->vcpu.v, show_time(used), show_time(gap));
    }
}

void check_flight(const struct flight *f, struct report *r) {
    unsigned before = r->n;
    struct flight_window *item = f->windows.item;
    struct flight_window **w = take(f->windows.n * sizeof(struct flight_window *) + 1);
    for (size_t i = 0; i < f->windows.n; i++) {
        w[i] = &item[i];
        one(f, w[i], r);
    }
    if (!f->major_frame.v)
        complain(r, f->major_frame.at, "give it a length", "an empty major frame");
    if (f->windows.n > MOST_WINDOWS && f->cores.v <= 8)
        complain(r, f->windows.at, "join windows, or use two pools",
                 "%zu windows; the hypervisor's table has %d", f->windows.n, MOST_WINDOWS);
    if (r->n != before || !f->windows.n)
        return;
    qsort(w, f->windows.n, sizeof(struct flight_window *), by_core);
    for (size_t i = 1; i < f->windows.n; i++)
        if (w[i]->core.v == w[i - 1]->core.v)
            overlap(w[i - 1], w[i], "core", r);
    if (r->n == before) {
        printf("arinc653 pool '%s': %zu windows on %llu cores, frame %s, test: no overlap\n",
               f->name.s, f->windows.n, (unsigned long long)f->cores.v,
               show_time(f->major_frame.v));
        print_cores(f, w);
    }
    qsort(w, f->windows.n, sizeof(struct flight_window *), by_vcpu);
    for (size_t i = 1; i < f->windows.n; i++)
        if (!same_vcpu(w[i], w[i - 1]) && w[i]->core.v != w[i - 1]->core.v)
            overlap(w[i - 1], w[i], "vCPU", r);
    if (r->n == before) {
        print_vcpus(f, w);
        printf("  feasible\n");
    }
}
