// SPDX-License-Identifier: Apache-2.0
// What records say: a vCPU runs on a CPU from runstate_change to running until it leaves that
// state there; a wake-up lasts from vcpu_wake until then; an interrupt until a vCPU goes on on its
// CPU. What was open when records were lost is dropped.
#include "trace.h"
#include <stdlib.h>
#include <string.h>

#define VCPUS 4096U
#define RUNNING 0U

struct wake {
    uint32_t who;
    uint64_t at;
    size_t record;
};

// What is open on a CPU.
struct cpu {
    uint64_t run_from, exit_from, irq_from;
    uint32_t runs, cause, irq;
    size_t irq_record;
};

struct state {
    struct cpu *cpu;
    struct wake wake[VCPUS];
    size_t wakes;
};

#define ADD(list, ...)                                                                             \
    do {                                                                                           \
        if ((list)->count == (list)->room) {                                                       \
            (list)->room = (list)->room ? 2 * (list)->room : 256;                                  \
            (list)->at = realloc((list)->at, (list)->room * sizeof(*(list)->at));                  \
            if (!(list)->at)                                                                       \
                abort();                                                                           \
        }                                                                                          \
        (list)->at[(list)->count++] = (__typeof__(*(list)->at)){__VA_ARGS__};                      \
    } while (0)

static struct wake *wake_of(struct state *s, uint32_t who) {
    for (size_t i = 0; i < s->wakes; i++) {
        if (s->wake[i].who == who)
            return &s->wake[i];
    }
    if (s->wakes == VCPUS)
        return NULL;
    s->wake[s->wakes] = (struct wake){.who = who, .at = NO_TIME};
    return &s->wake[s->wakes++];
}

static void goes_on(struct model *m, struct cpu *cpu, const struct record *r, size_t i) {
    if (cpu->irq_from == NO_TIME)
        return;
    ADD(&m->irq_out, cpu->irq_from, r->ticks, r->cpu, cpu->irq, cpu->irq_record, i);
    cpu->irq_from = NO_TIME;
}

static void runstate(struct model *m, struct state *s, const struct record *r, size_t i) {
    struct cpu *cpu = &s->cpu[r->cpu];
    uint32_t from = r->event >> 8 & 3, to = r->event >> 4 & 3, who = r->word[0];
    if (from == RUNNING && cpu->run_from != NO_TIME && cpu->runs == who) {
        ADD(&m->runs, cpu->run_from, r->ticks, r->cpu, who, 0);
        cpu->run_from = NO_TIME;
    }
    if (to != RUNNING)
        return;
    cpu->run_from = r->ticks;
    cpu->runs = who;
    if (who >> 16 == IDLE_DOMAIN)
        return;
    goes_on(m, cpu, r, i);
    struct wake *w = wake_of(s, who);
    if (w && w->at != NO_TIME)
        ADD(&m->wakes, w->at, r->ticks, r->cpu, who, w->record, i);
    if (w)
        w->at = NO_TIME;
}

static void lose(struct model *m, struct state *s, const struct record *r) {
    struct cpu *cpu = &s->cpu[r->cpu];
    uint64_t from = r->n >= 4 ? r->word[2] | (uint64_t)r->word[3] << 32 : r->ticks;
    if (cpu->run_from != NO_TIME && cpu->run_from < from)
        ADD(&m->runs, cpu->run_from, from, r->cpu, cpu->runs, 0);
    ADD(&m->lost, from, r->ticks, r->cpu, r->word[0], 0);
    *cpu = (struct cpu){.run_from = NO_TIME, .exit_from = NO_TIME, .irq_from = NO_TIME};
    for (size_t i = 0; i < s->wakes; i++)
        s->wake[i].at = NO_TIME;
}

static void interrupt(struct model *m, struct state *s, const struct record *r, size_t i) {
    struct cpu *cpu = &s->cpu[r->cpu];
    uint64_t from = r->ticks - (uint32_t)((uint32_t)r->ticks - r->word[1]);
    if (r->word[0] >= 1020) // gone again
        return;
    ADD(&m->irqs, from, r->ticks, r->cpu, 0, r->word[0]);
    if (cpu->irq_from != NO_TIME) // the first one counts
        return;
    cpu->irq_from = from;
    cpu->irq = r->word[0];
    cpu->irq_record = i;
}

static void one(struct model *m, struct state *s, const struct record *r, size_t i) {
    struct cpu *cpu = &s->cpu[r->cpu];
    if ((r->event & ~0xff0U) == TRC_SCHED_RUNSTATE_CHANGE && r->event >> 4 & 0xff && r->n == 1) {
        runstate(m, s, r, i);
    } else if (r->event == TRC_SCHED_WAKE && r->n >= 2) {
        struct wake *w = wake_of(s, r->word[0] << 16 | r->word[1]);
        if (w && w->at == NO_TIME)
            *w = (struct wake){w->who, r->ticks, i};
    } else if (r->event == TRC_HW_IRQ_HANDLED && r->n >= 3) {
        interrupt(m, s, r, i);
    } else if (r->event == TRC_COFF_EXIT && r->n == 2) {
        cpu->exit_from = r->ticks;
        cpu->cause = r->word[1];
    } else if (r->event == TRC_COFF_ENTER && r->n == 1) {
        goes_on(m, cpu, r, i);
        if (cpu->exit_from != NO_TIME && cpu->run_from != NO_TIME && cpu->run_from < cpu->exit_from)
            ADD(&m->traps, cpu->exit_from, r->ticks, r->cpu, r->word[0], cpu->cause);
        cpu->exit_from = NO_TIME;
    } else if (r->event == TRC_LOST_RECORDS && r->n >= 1) {
        lose(m, s, r);
    }
}

void trace_model(const struct capture *c, struct model *m) {
    struct state *s = calloc(1, sizeof(*s));
    *m = (struct model){0};
    if (!s || !(s->cpu = calloc(c->cpus, sizeof(*s->cpu))))
        abort();
    for (uint32_t i = 0; i < c->cpus; i++)
        s->cpu[i] = (struct cpu){.run_from = NO_TIME, .exit_from = NO_TIME, .irq_from = NO_TIME};
    for (size_t i = 0; i < c->count; i++)
        one(m, s, &c->record[i], i);
    uint64_t end = c->record[c->count - 1].ticks;
    for (uint32_t i = 0; i < c->cpus; i++) {
        if (s->cpu[i].run_from != NO_TIME)
            ADD(&m->runs, s->cpu[i].run_from, end, i, s->cpu[i].runs, 0);
    }
    free(s->cpu);
    free(s);
}

void trace_free(struct capture *c, struct model *m) {
    free(c->record);
    free(m->runs.at);
    free(m->irqs.at);
    free(m->traps.at);
    free(m->lost.at);
    free(m->wakes.at);
    free(m->irq_out.at);
}

const char *trace_vcpu_name(uint32_t who, char name[NAME_SIZE]) {
    if (who >> 16 == IDLE_DOMAIN)
        snprintf(name, NAME_SIZE, "idle");
    else
        snprintf(name, NAME_SIZE, "d%uv%u", who >> 16, who & 0xffff);
    return name;
}

const char *trace_cause_name(uint32_t cause) {
    switch (cause) {
    case 0x01:
        return "WFI/WFE";
    case 0x03 ... 0x06:
        return "CP15/CP14";
    case 0x12:
    case 0x16:
        return "HVC";
    case 0x13:
    case 0x17:
        return "SMC";
    case 0x18:
        return "system register";
    case 0x20:
        return "instruction abort";
    case 0x24:
        return "data abort";
    case TRC_COFF_CAUSE_IRQ:
        return "interrupt";
    case TRC_COFF_CAUSE_SERROR:
        return "SError";
    default:
        return "other exception";
    }
}

struct text {
    uint32_t event;
    const char *format; // takes four words
};

static const struct text texts[] = {
    {TRC_LOST_RECORDS, "%u records lost"},
    {TRC_SCHED_DOM_ADD, "domain %u comes"},
    {TRC_SCHED_DOM_REM, "domain %u goes"},
    {TRC_SCHED_SLEEP, "d%uv%u is stopped"},
    {TRC_SCHED_WAKE, "d%uv%u wakes"},
    {TRC_SCHED_YIELD, "d%uv%u yields"},
    {TRC_SCHED_BLOCK, "d%uv%u blocks"},
    {TRC_SCHED_SWITCH, "switch d%uv%u -> d%uv%u"},
    {TRC_SCHED_SWITCH_INFPREV, "d%uv%u ran for %u ns"},
    {TRC_SCHED_SWITCH_INFNEXT, "d%uv%u waited %u ns, slice %u ns"},
    {TRC_SCHED_SWITCH_INFCONT, "d%uv%u goes on after %u ns, slice %u ns"},
    {TRC_PV_HYPERCALL_V2, "hypercall %u"},
    {TRC_HW_IRQ_HANDLED, "interrupt %u handled"},
};

static void describe_own(const struct record *r, char *to, size_t size) {
    static const char *const states[] = {"running", "runnable", "blocked", "offline"};
    char name[NAME_SIZE];
    trace_vcpu_name(r->word[0], name);
    if (r->event == TRC_COFF_EXIT)
        snprintf(to, size, "%s comes to EL2: %s", name, trace_cause_name(r->word[1]));
    else if (r->event == TRC_COFF_ENTER)
        snprintf(to, size, "%s goes on", name);
    else if (r->event == TRC_SCHED_CONTINUE_RUNNING)
        snprintf(to, size, "%s continues", name);
    else if ((r->event & ~0xff0U) == TRC_SCHED_RUNSTATE_CHANGE)
        snprintf(to, size, "%s %s -> %s", name, states[r->event >> 8 & 3],
                 states[r->event >> 4 & 3]);
    else
        snprintf(to, size, "event %#x", r->event);
}

void trace_describe(const struct record *r, char *to, size_t size) {
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].event == r->event) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(to, size, texts[i].format, r->word[0], r->word[1], r->word[2], r->word[3]);
#pragma GCC diagnostic pop
            return;
        }
    }
    describe_own(r, to, size);
}
