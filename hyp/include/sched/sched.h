// SPDX-License-Identifier: Apache-2.0
// Scheduler room: sched/core.c (run states, locking, wake and block) and one policy file each
// behind this table. Policies are called with LOCK_SCHED of the CPU held.
#pragma once
#include <core/types.h>

struct vcpu;

struct sched_ops {
    const char *name; // as in `sched=`
    uint32_t id;      // XEN_SCHEDULER_*
    void (*init_cpu)(unsigned cpu);
    // Assigns a home to a new vCPU: returns the CPU or -E.
    int (*insert)(struct vcpu *v);
    void (*remove)(struct vcpu *v);
    void (*wake)(struct vcpu *v);
    void (*sleep)(struct vcpu *v);
    // Who runs next on `cpu`; NULL = idle. *slice_ns: when to ask again, UINT64_MAX = never.
    struct vcpu *(*pick)(unsigned cpu, uint64_t now, uint64_t *slice_ns);
    void (*dump)(unsigned cpu);
};

extern const struct sched_ops sched_null;

// Chooses the policy by its `sched=` name; -ENOENT if unknown (the caller warns and takes the
// default).
int sched_init(const char *name) must_check;
void sched_init_cpu(unsigned cpu);
int sched_vcpu_insert(struct vcpu *v) must_check;
void sched_vcpu_remove(struct vcpu *v);
const struct sched_ops *sched_policy(void);
// Exit room only: decides who runs on this CPU now; NULL = idle. Updates run states.
struct vcpu *sched_pick(void);
// For how long vCPUs have run on `cpu`. Takes LOCK_SCHED.
uint64_t sched_busy_ns(unsigned cpu);
void sched_dump(void);
