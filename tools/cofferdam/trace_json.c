// SPDX-License-Identifier: Apache-2.0
// The trace-event format of Chrome's about:tracing and of Perfetto: a process for the CPUs with a
// thread each, one for the vCPUs, times in microseconds.
#include "trace.h"

enum { BY_CPU = 1, BY_VCPU = 2 };

static const char *separator;

struct track {
    int pid;
    uint32_t tid;
    const char *kind;
};

static void event(const struct capture *c, FILE *to, struct track at, const char *name,
                  const struct span *s) {
    fprintf(to,
            "%s{\"ph\":\"X\",\"pid\":%d,\"tid\":%u,\"cat\":\"%s\",\"name\":\"%s\",\"ts\":%.3f,"
            "\"dur\":%.3f}",
            separator, at.pid, at.tid, at.kind, name, trace_us(c, s->from),
            (double)(s->to - s->from) * 1e6 / c->hz);
    separator = ",\n";
}

static void label(FILE *to, const char *what, int pid, uint32_t tid, const char *name) {
    fprintf(to, "%s{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"%s\",\"args\":{\"name\":\"%s\"}}",
            separator, pid, tid, what, name);
    separator = ",\n";
}

int trace_json(const struct capture *c, const struct model *m, FILE *to) {
    char name[NAME_SIZE];
    separator = "";
    fprintf(to, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    label(to, "process_name", BY_CPU, 0, "CPUs");
    label(to, "process_name", BY_VCPU, 0, "vCPUs");
    for (uint32_t cpu = 0; cpu < c->cpus; cpu++) {
        snprintf(name, sizeof(name), "CPU%u", cpu);
        label(to, "thread_name", BY_CPU, cpu, name);
    }
    for (size_t i = 0; i < m->runs.count; i++) {
        const struct span *s = &m->runs.at[i];
        if (s->who >> 16 == IDLE_DOMAIN)
            continue;
        trace_vcpu_name(s->who, name);
        event(c, to, (struct track){BY_CPU, s->cpu, "run"}, name, s);
        label(to, "thread_name", BY_VCPU, s->who, name);
        snprintf(name, sizeof(name), "on CPU%u", s->cpu);
        event(c, to, (struct track){BY_VCPU, s->who, "run"}, name, s);
    }
    for (size_t i = 0; i < m->traps.count; i++) {
        const struct span *s = &m->traps.at[i];
        event(c, to, (struct track){BY_CPU, s->cpu, "EL2"}, trace_cause_name(s->what), s);
    }
    for (size_t i = 0; i < m->irqs.count; i++) {
        snprintf(name, sizeof(name), "interrupt %u", m->irqs.at[i].what);
        event(c, to, (struct track){BY_CPU, m->irqs.at[i].cpu, "interrupt"}, name, &m->irqs.at[i]);
    }
    for (size_t i = 0; i < m->wakes.count; i++) {
        const struct latency *l = &m->wakes.at[i];
        struct span s = {.from = l->from, .to = l->to};
        event(c, to, (struct track){BY_VCPU, l->key, "wake"}, "woken, waits", &s);
    }
    for (size_t i = 0; i < m->lost.count; i++)
        event(c, to, (struct track){BY_CPU, m->lost.at[i].cpu, "lost"}, "records lost",
              &m->lost.at[i]);
    fprintf(to, "\n]}\n");
    return ferror(to) ? -1 : 0;
}
