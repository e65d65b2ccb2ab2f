// SPDX-License-Identifier: Apache-2.0
// The timeline: timeline.html with the data in place of its one mark.
#include "trace.h"
#include <string.h>

#define MARK "/*DATA*/"

__asm__(".pushsection .rodata\n"
        "timeline_html: .incbin \"timeline.html\"\n"
        ".byte 0\n"
        ".popsection");
extern const char timeline_html[];

static void spans(const struct capture *c, FILE *to, const char *name, const struct spans *all) {
    char vcpu[NAME_SIZE];
    fprintf(to, "%s:[", name);
    for (size_t i = 0; i < all->count; i++) {
        const struct span *s = &all->at[i];
        fprintf(to, "%s[%.3f,%.3f,%u,\"%s\",%u]", i ? "," : "", trace_us(c, s->from),
                trace_us(c, s->to), s->cpu, trace_vcpu_name(s->who, vcpu), s->what);
    }
    fprintf(to, "],\n");
}

static void latencies(const struct capture *c, FILE *to, const struct latencies *all) {
    char vcpu[NAME_SIZE];
    fprintf(to, "wakes:[");
    for (size_t i = 0; i < all->count; i++) {
        const struct latency *l = &all->at[i];
        fprintf(to, "%s[%.3f,%.3f,%u,\"%s\"]", i ? "," : "", trace_us(c, l->from),
                trace_us(c, l->to), l->cpu, trace_vcpu_name(l->key, vcpu));
    }
    fprintf(to, "],\n");
}

int trace_html(const struct capture *c, const struct model *m, FILE *to) {
    const char *mark = strstr(timeline_html, MARK);
    if (!mark)
        return -1;
    fwrite(timeline_html, 1, (size_t)(mark - timeline_html), to);
    fprintf(to, "cpus:%u, end:%.3f, hz:%.0f,\ncauses:{", c->cpus,
            trace_us(c, c->record[c->count - 1].ticks), c->hz);
    for (uint32_t i = 0; i <= TRC_COFF_CAUSE_SERROR; i++)
        fprintf(to, "%u:\"%s\",", i, trace_cause_name(i));
    fprintf(to, "},\n");
    spans(c, to, "runs", &m->runs);
    spans(c, to, "traps", &m->traps);
    spans(c, to, "irqs", &m->irqs);
    spans(c, to, "lost", &m->lost);
    latencies(c, to, &m->wakes);
    fputs(mark + strlen(MARK), to);
    return ferror(to) ? -1 : 0;
}
