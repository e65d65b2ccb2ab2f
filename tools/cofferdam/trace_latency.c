// SPDX-License-Identifier: Apache-2.0
// Latencies as text: by interrupt and by vCPU, a histogram in powers of two and the worst case with
// the records around it.
#include "trace.h"
#include <stdlib.h>
#include <string.h>

#define BUCKETS 24 // the first holds what is below 1 us, the last 4 s and above
#define AROUND 4   // records shown before and after the worst case, the longest part left out

static const struct capture *sorting;

static int by_key(const void *a, const void *b) {
    const struct latency *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    uint64_t i = x->to - x->from, j = y->to - y->from;
    return i < j ? -1 : i > j;
}

static double us_of(const struct latency *l) {
    return (double)(l->to - l->from) * 1e6 / sorting->hz;
}

static void histogram(const struct latency *l, size_t n, FILE *to) {
    static const char bar[] = "########################################";
    size_t bucket[BUCKETS] = {0}, most = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned b = 0;
        for (double us = us_of(&l[i]); us >= 1 && b + 1 < BUCKETS; us /= 2)
            b++;
        bucket[b]++;
        most = bucket[b] > most ? bucket[b] : most;
    }
    for (unsigned b = 0; b < BUCKETS; b++) {
        if (bucket[b])
            fprintf(to, "    < %8lu us %7zu %.*s\n", 1UL << b, bucket[b],
                    (int)(1 + bucket[b] * 39 / most), bar);
    }
}

static void around(const struct capture *c, const struct latency *l, FILE *to) {
    size_t first = l->first > AROUND ? l->first - AROUND : 0;
    size_t last = l->last + AROUND < c->count ? l->last + AROUND : c->count - 1;
    char text[96];
    for (size_t i = first; i <= last; i++) {
        const struct record *r = &c->record[i];
        if (i == l->first + AROUND + 1 && i + AROUND < l->last) {
            fprintf(to, "      ... %zu records ...\n", l->last - AROUND - i);
            i = l->last - AROUND - 1;
            continue;
        }
        trace_describe(r, text, sizeof(text));
        fprintf(to, "    %c %14.3f us  CPU%-2u %s\n", i == l->first || i == l->last ? '>' : ' ',
                trace_us(c, r->ticks), r->cpu, text);
    }
}

static void table(const struct capture *c, const struct latencies *all, bool vcpus, FILE *to) {
    struct latency *l = malloc((all->count + 1) * sizeof(*l));
    char name[NAME_SIZE];
    if (!l)
        abort();
    if (all->count)
        memcpy(l, all->at, all->count * sizeof(*l));
    sorting = c;
    qsort(l, all->count, sizeof(*l), by_key);
    for (size_t i = 0, n; i < all->count; i += n) {
        for (n = 1; i + n < all->count && l[i + n].key == l[i].key; n++) {
        }
        if (vcpus)
            trace_vcpu_name(l[i].key, name);
        else
            snprintf(name, sizeof(name), "interrupt %u", l[i].key);
        const struct latency *worst = &l[i + n - 1];
        fprintf(to, "\n%s: %zu, median %.3f us, 99 %% %.3f us, worst %.3f us\n", name, n,
                us_of(&l[i + n / 2]), us_of(&l[i + n * 99 / 100]), us_of(worst));
        histogram(&l[i], n, to);
        fprintf(to, "  the worst, on CPU%u:\n", worst->cpu);
        around(c, worst, to);
    }
    free(l);
}

static void exits(const struct capture *c, const struct model *m, FILE *to) {
    struct {
        size_t n;
        uint64_t sum, max;
    } cause[TRC_COFF_CAUSE_SERROR + 1];
    memset(cause, 0, sizeof(cause));
    for (size_t i = 0; i < m->traps.count; i++) {
        const struct span *s = &m->traps.at[i];
        if (s->what > TRC_COFF_CAUSE_SERROR)
            continue;
        cause[s->what].n++;
        cause[s->what].sum += s->to - s->from;
        if (s->to - s->from > cause[s->what].max)
            cause[s->what].max = s->to - s->from;
    }
    fprintf(to, "\nAt EL2 between two instructions of a vCPU, by cause:\n");
    for (uint32_t i = 0; i <= TRC_COFF_CAUSE_SERROR; i++) {
        if (cause[i].n)
            fprintf(to, "  %-18s (%#04x) %8zu, mean %10.3f us, worst %10.3f us\n",
                    trace_cause_name(i), i, cause[i].n,
                    (double)cause[i].sum * 1e6 / c->hz / (double)cause[i].n,
                    (double)cause[i].max * 1e6 / c->hz);
    }
}

void trace_latency(const struct capture *c, const struct model *m, FILE *to) {
    fprintf(to, "%s: %zu records of %u CPUs, %.6f s, counter at %.3f MHz, %zu gaps\n", c->path,
            c->count, c->cpus, trace_us(c, c->record[c->count - 1].ticks) / 1e6, c->hz / 1e6,
            m->lost.count);
    fprintf(to, "\nFrom the wake-up of a vCPU until it runs:\n");
    table(c, &m->wakes, true, to);
    fprintf(to, "\nFrom an interrupt at EL2 until a vCPU goes on on that CPU:\n");
    table(c, &m->irq_out, false, to);
    exits(c, m, to);
}
