// SPDX-License-Identifier: Apache-2.0
// null: one vCPU, one CPU, for good. No tick, no timer. A vCPU that finds no CPU waits until one is
// given up. All is under the pool's lock. Worst case: pick is one load; the others look at every
// CPU once, O(log n) each.

#include <core/percpu.h>
#include <core/vcpu.h>
#include <sched/sched.h>
#include <xen/scheduler.h>

static bool has_home(const struct sched_pool *p, const struct vcpu *v) {
    return p->home[v->cpu] == v;
}

// A CPU nobody has, among the soft ones first.
static unsigned vacancy(const struct sched_pool *p, uint32_t mask) {
    for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
        if ((p->cpus & mask & (1U << cpu)) && !p->home[cpu])
            return cpu;
    }
    return SCHED_NOWHERE;
}

static void take(struct sched_pool *p, struct vcpu *v, unsigned cpu) {
    p->home[cpu] = v;
    v->cpu = (uint8_t)cpu;
    if (sched_can_run(v))
        sched_ask(p, cpu);
}

static bool settle(struct sched_pool *p, struct vcpu *v) {
    unsigned cpu = vacancy(p, v->sched.hard & v->sched.soft);
    if (cpu == SCHED_NOWHERE)
        cpu = vacancy(p, v->sched.hard);
    if (cpu == SCHED_NOWHERE)
        return false;
    take(p, v, cpu);
    return true;
}

static void queue(struct sched_pool *p, struct vcpu *v) {
    if (v->sched.node.in)
        return;
    v->sched.node.key = p->clock++;
    v->sched.node.may = v->sched.hard;
    queue_put(&p->queue, &v->sched.node);
}

// Whoever waits longest and may, takes a free CPU.
static void fill(struct sched_pool *p) {
    for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
        bool free = (p->cpus & (1U << cpu)) && !p->home[cpu];
        struct vcpu *v = free ? queue_first_vcpu(&p->queue, 1U << cpu) : NULL;
        if (v) {
            queue_take(&v->sched.node);
            take(p, v, cpu);
        }
    }
}

static void null_insert(struct sched_pool *p, struct vcpu *v) {
    if (!settle(p, v))
        queue(p, v);
}

static void give_up(struct sched_pool *p, struct vcpu *v) {
    if (v->sched.node.in)
        queue_take(&v->sched.node);
    if (!has_home(p, v))
        return;
    p->home[v->cpu] = NULL;
    sched_ask(p, v->cpu);
}

static void null_remove(struct sched_pool *p, struct vcpu *v) {
    give_up(p, v);
    fill(p);
}

static void null_wake(struct sched_pool *p, struct vcpu *v) {
    if (has_home(p, v))
        sched_ask(p, v->cpu);
}

static void null_sleep(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    (void)v;
}

static struct vcpu *null_pick(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    struct vcpu *v = p->home[cpu];
    (void)until;
    if (!v || !sched_can_run(v))
        return NULL;
    // Its home is where it may run; its registers may be elsewhere still.
    uint8_t at = sched_place(v);
    if (likely(at == cpu || at == SCHED_NOWHERE))
        return v;
    cpu_raise(at, WORK_SCHEDULE); // put it down, then tell
    return NULL;
}

static void null_changed(struct sched_pool *p, struct vcpu *v) {
    if (has_home(p, v) && (v->sched.hard & p->cpus & (1U << v->cpu))) {
        null_wake(p, v);
        return;
    }
    give_up(p, v);
    if (!settle(p, v))
        queue(p, v);
    fill(p);
}

static void null_cpu(struct sched_pool *p, unsigned cpu) {
    struct vcpu *v = p->home[cpu];
    if (v && !(p->cpus & (1U << cpu)))
        null_changed(p, v);
    else
        fill(p);
}

const struct sched_ops sched_null = {
    .name = "null",
    .id = XEN_SCHEDULER_NULL,
    .insert = null_insert,
    .remove = null_remove,
    .wake = null_wake,
    .sleep = null_sleep,
    .pick = null_pick,
    .changed = null_changed,
    .cpu = null_cpu,
};
