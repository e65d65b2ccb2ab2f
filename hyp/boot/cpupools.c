// SPDX-License-Identifier: Apache-2.0
// Boot-time cpupools (boot/cpupools.h; Xen's docs/misc/arm/device-tree/cpupools.txt). O(pools *
// CPUs).
#include <boot/cpupools.h>
#include <boot/domu.h>

#include <core/log.h>
#include <sched/sched.h>

_Static_assert(MAX_WINDOWS == ARINC_WINDOWS, "one of each");

static uint32_t ids[MAX_CPUPOOLS + 1]; // by index into pool[]; the last: of CPUs that are in none

static unsigned index_of(const struct system *s, uint64_t mpidr) {
    for (unsigned i = 0; i < s->nr_pools; i++)
        for (unsigned k = 0; k < s->pool[i].nr_cpus; k++)
            if (s->pool[i].mpidr[k] == mpidr)
                return i;
    return MAX_CPUPOOLS;
}

static const struct sched_ops *policy_of(const struct system *s, unsigned index,
                                         const struct sched_ops *usual) {
    const struct sched_ops *ops = usual;

    if (index < MAX_CPUPOOLS && s->pool[index].sched[0])
        ops = sched_find(s->pool[index].sched);
    if (!ops)
        boot_refuse(s->pool[index].node,
                    "choose one of sched=", "the scheduler %s is not in this build",
                    s->pool[index].sched);
    return ops;
}

void cpupools_open(const struct system *s, const struct sched_ops *usual) {
    unsigned first = index_of(s, s->cpu[0].mpidr);
    bool rest = false;

    sched_init(policy_of(s, first, usual));
    ids[first] = 0;
    for (unsigned i = 0; i < s->nr_cpus; i++)
        rest = rest || index_of(s, s->cpu[i].mpidr) == MAX_CPUPOOLS;
    for (unsigned i = 0; i <= MAX_CPUPOOLS; i++) {
        if (i == first || (i < MAX_CPUPOOLS ? i >= s->nr_pools : !rest))
            continue;
        ids[i] = SCHED_ANY;
        if (sched_pool_create(&ids[i], policy_of(s, i, usual)))
            boot_refuse("/chosen", "declare fewer", "too many cpupools");
    }
}

uint32_t cpupools_id_for_cpu(const struct system *s, uint64_t mpidr) {
    return ids[index_of(s, mpidr)];
}

// The windows follow each other on the pool's first CPU. Its domains are known by their handles.
static void set_windows(const struct system_pool *p, struct sched_pool *pool) {
    static struct sched_table t;
    uint64_t at = 0;

    t.frame = p->frame_us * 1000ULL;
    t.nr = p->nr_windows;
    for (uint32_t i = 0; i < t.nr; i++) {
        struct sched_window *w = &t.window[i];

        *w = (struct sched_window){.start = at, .vcpu_id = p->window[i].vcpu};
        domu_handle((domid_t)p->window[i].domid, w->handle);
        at += p->window[i].us * 1000ULL;
        w->end = at;
        w->cpu = (uint32_t)__builtin_ctz(pool->cpus);
    }
    if (sched_arinc_set(pool, &t))
        boot_refuse(p->node, "report this", "coff,windows are not accepted");
}

void cpupools_set_windows(const struct system *s) {
    for (unsigned i = 0; i < s->nr_pools; i++) {
        struct sched_pool *pool = sched_pool_get(ids[i]);

        if (!s->pool[i].nr_windows)
            continue;
        if (!pool->cpus)
            boot_refuse(s->pool[i].node, "name other CPUs", "no CPU of the pool has started");
        set_windows(&s->pool[i], pool);
    }
}

uint32_t cpupools_id(unsigned index) { return index < MAX_CPUPOOLS ? ids[index] : 0; }
