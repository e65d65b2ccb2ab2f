// SPDX-License-Identifier: Apache-2.0
// null: one vCPU, one CPU, for good. No tick, no timer, no queue.
// Locking: the homes are written at domain creation under LOCK_SCHED of the CPU, read under it.
// Worst case: pick is one load; insert looks at every CPU once.

#include <arch/cpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <sched/sched.h>
#include <xen/domctl.h>

static struct vcpu *home[NR_CPUS];

static void null_init_cpu(unsigned cpu) { home[cpu] = NULL; }

static int null_insert(struct vcpu *v) {
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        spin_lock(&percpus[cpu].sched_lock);
        bool free = !home[cpu];
        if (free)
            home[cpu] = v;
        spin_unlock(&percpus[cpu].sched_lock);
        if (free)
            return (int)cpu;
    }
    return fail(-EBUSY);
}

static void null_remove(struct vcpu *v) {
    spin_lock(&percpus[v->cpu].sched_lock);
    if (home[v->cpu] == v)
        home[v->cpu] = NULL;
    spin_unlock(&percpus[v->cpu].sched_lock);
}

static void null_nothing(struct vcpu *v) { (void)v; }

static struct vcpu *null_pick(unsigned cpu, uint64_t now, uint64_t *slice_ns) {
    (void)now;
    *slice_ns = UINT64_MAX;
    return home[cpu];
}

static void null_dump(unsigned cpu) {
    const struct vcpu *v = home[cpu];
    if (v)
        log_notice("  CPU%u: d%uv%u", cpu, v->domain->id, v->id);
    else
        log_notice("  CPU%u: idle", cpu);
}

const struct sched_ops sched_null = {
    .name = "null",
    .id = XEN_SCHEDULER_NULL,
    .init_cpu = null_init_cpu,
    .insert = null_insert,
    .remove = null_remove,
    .wake = null_nothing,
    .sleep = null_nothing,
    .pick = null_pick,
    .dump = null_dump,
};
