// SPDX-License-Identifier: Apache-2.0
// Where one who waits could run: sched_find_cpu for policies that wake often enough to have it
// inline, with an order and a time of their own. Under the pool's lock. Worst case: NR_CPUS.
#pragma once
#include <core/percpu.h>
#include <core/vcpu.h>
#include <sched/sched.h>

// sched_runs.
static inline bool sched_has_cpu(const struct vcpu *v) {
    uint8_t at = sched_place(v);
    return at != SCHED_NOWHERE && percpus[at].running == v;
}

struct sched_order {
    sched_key_fn *key;
    int64_t mine;
    sched_crowd_fn *crowd;
    uint64_t now;
};

// The CPU of `mask` whose vCPU is last, and by which key.
static inline __attribute__((always_inline)) unsigned
sched_last_cpu(uint32_t mask, struct sched_order o, int64_t *last) {
    unsigned found = SCHED_NOWHERE;
    for (; mask; mask &= mask - 1) {
        unsigned cpu = (unsigned)__builtin_ctz(mask);
        const struct vcpu *v = percpus[cpu].running;
        int64_t there = v ? o.key(v, o.now) : INT64_MIN;
        if (v && (found == SCHED_NOWHERE || there > *last)) {
            *last = there;
            found = cpu;
        }
    }
    return found;
}

static inline __attribute__((always_inline)) void
sched_find_by(struct sched_pool *p, struct vcpu *v, struct sched_order o) {
    uint8_t at = sched_place(v);
    uint32_t may = v->sched.hard & sched_mask(at) & p->cpus, idle = p->idle & ~p->asked & may;
    if (at != SCHED_NOWHERE && !may) {
        cpu_raise(at, WORK_SCHEDULE); // put it down there first, then tell
        return;
    }
    if (at != SCHED_NOWHERE && (p->asked & may))
        return; // that CPU is about to choose, and nobody else can have v
    if (idle & (1U << v->cpu)) {
        sched_ask(p, v->cpu);
    } else if (idle) {
        uint32_t soft = idle & v->sched.soft;
        sched_ask(p, (unsigned)__builtin_ctz(soft ? soft : idle));
    } else {
        int64_t last = 0;
        unsigned cpu = sched_last_cpu(may & ~p->asked, o, &last);
        if (cpu != SCHED_NOWHERE && last > o.mine)
            sched_ask(p, cpu);
        else if (cpu != SCHED_NOWHERE && percpus[cpu].until == UINT64_MAX && o.crowd)
            o.crowd(p, cpu, v, last);
    }
}
