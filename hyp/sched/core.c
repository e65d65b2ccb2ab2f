// SPDX-License-Identifier: Apache-2.0
// Run states of vCPUs and the calls into the policy. LOCK_SCHED of the vCPU's CPU guards its state.
//   OFFLINE -> RUNNABLE (online)   RUNNABLE <-> RUNNING (pick)   RUNNING -> BLOCKED -> RUNNABLE
//   (wake)
// Worst case: that of the policy's pick.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <lib/string.h>
#include <sched/sched.h>

static const struct sched_ops *const policies[] = {&sched_null};
static const struct sched_ops *policy = &sched_null;

int sched_init(const char *name) {
    for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
        if (!strcmp(policies[i]->name, name)) {
            policy = policies[i];
            return 0;
        }
    }
    return fail(-ENOENT);
}

const struct sched_ops *sched_policy(void) { return policy; }

void sched_init_cpu(unsigned cpu) {
    spin_lock_init(&percpus[cpu].sched_lock, LOCK_SCHED);
    policy->init_cpu(cpu);
}

int sched_vcpu_insert(struct vcpu *v) {
    int cpu = policy->insert(v);
    if (cpu < 0)
        return cpu;
    v->cpu = (uint8_t)cpu;
    return 0;
}

void sched_vcpu_remove(struct vcpu *v) { policy->remove(v); }

// Runstate times as the guest sees them (xen/vcpu.h); under the sched lock.
static void set_state(struct vcpu *v, enum vcpu_state state) {
    static const uint8_t abi[] = {[VCPU_OFFLINE] = RUNSTATE_offline,
                                  [VCPU_BLOCKED] = RUNSTATE_blocked,
                                  [VCPU_RUNNABLE] = RUNSTATE_runnable,
                                  [VCPU_RUNNING] = RUNSTATE_running};
    uint64_t now = time_ns(), spent = now - v->runstate.state_entry_time;
    v->runstate.time[v->runstate.state] += spent;
    if (v->runstate.state == RUNSTATE_running)
        percpus[v->cpu].busy_ns += spent;
    v->runstate.state = abi[state];
    v->runstate.state_entry_time = now;
    store_release(&v->state, (uint8_t)state);
}

static bool can_run(const struct vcpu *v) {
    return v->state == VCPU_RUNNABLE || v->state == VCPU_RUNNING;
}

struct vcpu *sched_pick(void) {
    struct percpu *c = this_cpu();
    uint64_t slice;
    spin_lock(&c->sched_lock);
    struct vcpu *now = c->loaded, *next = policy->pick(c->id, 0, &slice);
    if (next && (!can_run(next) || next->paused))
        next = NULL;
    if (now && now != next && now->state == VCPU_RUNNING)
        set_state(now, VCPU_RUNNABLE);
    if (next && next->state != VCPU_RUNNING)
        set_state(next, VCPU_RUNNING);
    spin_unlock(&c->sched_lock);
    return next;
}

static void change(struct vcpu *v, enum vcpu_state from, enum vcpu_state to) {
    struct percpu *c = &percpus[v->cpu];
    bool done = false;
    spin_lock(&c->sched_lock);
    if (v->state == from) {
        set_state(v, to);
        if (to == VCPU_RUNNABLE)
            policy->wake(v);
        else
            policy->sleep(v);
        done = true;
    }
    spin_unlock(&c->sched_lock);
    if (done)
        cpu_raise(v->cpu, WORK_SCHEDULE);
}

void vcpu_wake(struct vcpu *v) { change(v, VCPU_BLOCKED, VCPU_RUNNABLE); }

void vcpu_block(struct vcpu *v) {
    if (load_relaxed(&v->pending) || arch_vcpu_wakeable(v))
        return;
    change(v, VCPU_RUNNING, VCPU_BLOCKED);
    smp_mb(); // the state before we look at pending: vcpu_raise does it the other way round
    if (load_relaxed(&v->pending))
        vcpu_wake(v);
}

void vcpu_online(struct vcpu *v) {
    v->initialised = true;
    change(v, VCPU_OFFLINE, VCPU_RUNNABLE);
}

void vcpu_offline(struct vcpu *v) {
    struct percpu *c = &percpus[v->cpu];
    spin_lock(&c->sched_lock);
    if (v->state != VCPU_OFFLINE) {
        set_state(v, VCPU_OFFLINE);
        policy->sleep(v);
    }
    spin_unlock(&c->sched_lock);
    cpu_raise(v->cpu, WORK_SCHEDULE);
}

void vcpu_pause(struct vcpu *v) {
    atomic_add(&v->paused, 1);
    cpu_raise(v->cpu, WORK_SCHEDULE);
}

void vcpu_unpause(struct vcpu *v) {
    if (atomic_sub(&v->paused, 1) == 1)
        cpu_raise(v->cpu, WORK_SCHEDULE);
}

bool vcpu_at_rest(struct vcpu *v) {
    struct percpu *c = &percpus[v->cpu];
    if (load_acquire(&c->loaded) != v)
        return true;
    cpu_raise(v->cpu, WORK_SCHEDULE);
    return false;
}

void vcpu_yield(struct vcpu *v) {
    (void)v;
    cpu_raise(this_cpu()->id, WORK_SCHEDULE);
}

uint64_t sched_busy_ns(unsigned cpu) {
    struct percpu *c = &percpus[cpu];
    spin_lock(&c->sched_lock);
    uint64_t busy = c->busy_ns;
    if (c->loaded && c->loaded->state == VCPU_RUNNING)
        busy += time_ns() - c->loaded->runstate.state_entry_time;
    spin_unlock(&c->sched_lock);
    return busy;
}

void sched_dump(void) {
    log_notice("scheduler %s", policy->name);
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        policy->dump(cpu);
}
