// SPDX-License-Identifier: Apache-2.0
// Run states of vCPUs and the calls into the policy. The pool's LOCK_SCHED guards them.
//   OFFLINE -> RUNNABLE (online)   RUNNABLE <-> RUNNING (pick)   RUNNING -> BLOCKED -> RUNNABLE
//   (wake)
// A paused vCPU keeps its state but is not the policy's to choose. A vCPU whose registers are still
// in an idle CPU runs there or is put down there first; nobody waits for that: who wants it asks,
// and is told when it is done. Worst case: that of the policy's pick.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/percpu.h>
#include <core/trace.h>
#include <lib/string.h>
#include <sched/find.h>

static inline void lock_now(struct sched_pool *p) ACQUIRE(&p->lock) {
    spin_lock_here(&p->lock);
    p->now = time_ns();
}

void sched_lock_pool(struct sched_pool *p) { lock_now(p); }

static inline __attribute__((always_inline)) struct sched_pool *
lock_at(struct sched_pool **at) NO_THREAD_SAFETY {
    for (;;) {
        struct sched_pool *p = load_acquire(at);
        lock_now(p);
        if (likely(p == load_relaxed(at)))
            return p;
        spin_unlock(&p->lock); // it has just moved
    }
}

struct sched_pool *sched_lock(struct domain *d) {
    return lock_at(&d->sched.pool);
}

void sched_unlock(struct sched_pool *p) NO_THREAD_SAFETY { spin_unlock(&p->lock); }

static struct sched_pool *lock_pool(struct vcpu *v) { return sched_lock(v->domain); }
// The same in place.
static inline struct sched_pool *lock_pool_here(struct vcpu *v) {
    return lock_at(&v->domain->sched.pool);
}
static inline void unlock_pool(struct sched_pool *p) NO_THREAD_SAFETY {
    spin_unlock_here(&p->lock);
}

const struct sched_ops *sched_find(const char *name) {
    for (size_t i = 0; sched_policies[i]; i++) {
        if (!strcmp(sched_policies[i]->name, name))
            return sched_policies[i];
    }
    return NULL;
}

const struct sched_ops *sched_find_id(uint32_t id) {
    for (size_t i = 0; sched_policies[i]; i++) {
        if (sched_policies[i]->id == id)
            return sched_policies[i];
    }
    return NULL;
}

static void slice_over(void *arg) { cpu_raise((unsigned)(uintptr_t)arg, WORK_SCHEDULE); }

void sched_init_cpu(unsigned cpu, struct sched_pool *p) {
    struct percpu *c = &percpus[cpu];
    timer_init(&c->slice, slice_over, (void *)(uintptr_t)cpu);
    c->pool = c->want = p;
    p->cpus |= 1U << cpu;
    p->idle |= 1U << cpu;
}

static __attribute__((noinline)) void publish(struct vcpu *v) {
    struct vcpu_runstate_info *area = v->runstate_map;
    bool flag = v->domain->vm_assist & (1U << VMASST_TYPE_runstate_update_flag);
    struct vcpu_runstate_info now = v->runstate;
    if (flag)
        now.state_entry_time |= XEN_RUNSTATE_UPDATE;
    store_release(&area->state_entry_time, now.state_entry_time);
    smp_mb(); // the flag before what it covers
    store_relaxed(&area->state, now.state);
    for (unsigned i = 0; i < ARRAY_SIZE(now.time); i++)
        store_relaxed(&area->time[i], now.time[i]);
    store_release(&area->state_entry_time, now.state_entry_time & ~XEN_RUNSTATE_UPDATE);
}

// Runstate times as the guest sees them (xen/vcpu.h), from one state to another at `now`; `at`: the
// CPU it ran on, if it did.
#define RUNSTATE(state) ((int)(VCPU_RUNNING - (state)))
_Static_assert(RUNSTATE(VCPU_RUNNING) == RUNSTATE_running &&
                   RUNSTATE(VCPU_RUNNABLE) == RUNSTATE_runnable &&
                   RUNSTATE(VCPU_BLOCKED) == RUNSTATE_blocked &&
                   RUNSTATE(VCPU_OFFLINE) == RUNSTATE_offline,
               "the ABI counts the other way round");
static inline __attribute__((always_inline)) void set_state(struct vcpu *v, enum vcpu_state from,
                                                            enum vcpu_state to, uint64_t now,
                                                            struct percpu *at) {
    uint64_t spent = now - v->runstate.state_entry_time;
    v->runstate.time[RUNSTATE(from)] += spent;
    if (from == VCPU_RUNNING)
        at->busy_ns += spent;
    if (unlikely(this_cpu()->trace))
        trace_runstate(v, (uint32_t)RUNSTATE(from), (uint32_t)RUNSTATE(to));
    v->runstate.state = RUNSTATE(to);
    v->runstate.state_entry_time = now;
    store_release(&v->state, (uint32_t)to);
    if (unlikely(v->runstate_map != NULL))
        publish(v);
}

void sched_set_runstate_map(struct vcpu *v, void *map) {
    struct sched_pool *p = lock_pool(v);
    v->runstate_map = map;
    if (map)
        publish(v);
    unlock_pool(p);
}

static bool allowed(const struct vcpu *v, unsigned cpu) {
    return v->sched.hard & v->domain->sched.pool->cpus & (1U << cpu);
}

bool sched_usable(const struct vcpu *v, unsigned cpu) {
    uint8_t at = sched_place(v);
    return allowed(v, cpu) && (at == cpu || at == SCHED_NOWHERE);
}

// A CPU stays in the pool while anybody is loaded there, so that the pool's lock is the right one.
bool sched_runs(const struct vcpu *v) { return sched_has_cpu(v); }

// While its CPU is idle, to run there again when it wakes.
static bool may_stay_loaded(const struct vcpu *v) {
    return v->state == VCPU_BLOCKED && v->paused == 0 && allowed(v, this_cpu()->id);
}

void sched_ask(struct sched_pool *p, unsigned cpu) {
    p->asked |= 1U << cpu;
    cpu_raise(cpu, WORK_SCHEDULE);
}

static void set_running(struct sched_pool *p, struct percpu *c, struct vcpu *next) {
    uint32_t bit = 1U << c->id;
    c->running = next;
    p->idle = next ? p->idle & ~bit : p->idle | bit;
    if (!next || next->state == VCPU_RUNNING)
        return;
    store_relaxed(&next->cpu, c->id);
    store_release(&next->sched.loaded_on, (uint8_t)c->id);
    set_state(next, VCPU_RUNNABLE, VCPU_RUNNING, p->now, c);
    next->sched.started = p->now;
    smp_mb(); // where it runs before we look at pending: vcpu_raise does it the other way round
}

// A deadline that is no later than this one stays: asking early is harmless, and cheaper than to
// set it at each switch. On a CPU that goes idle too: it is woken once.
static inline void arm_slice(struct timer *t, uint64_t until) {
    if (until != UINT64_MAX && (!t->slot || t->deadline > until))
        timer_set(t, until);
}

void sched_slice(uint64_t until) {
    struct percpu *c = this_cpu();
    c->until = until;
    arm_slice(&c->slice, until);
}

struct vcpu *sched_pick(bool *put_down) {
    struct percpu *c = this_cpu();
    uint64_t until = UINT64_MAX;
    struct sched_pool *p = c->pool;
    lock_now(p);
    struct vcpu *prev = c->running;
    p->asked &= ~(1U << c->id);
    struct vcpu *next = p->ops->pick(p, c->id, &until);
    c->until = until;
    if (prev && prev != next && prev->state == VCPU_RUNNING)
        set_state(prev, VCPU_RUNNING, VCPU_RUNNABLE, p->now, c);
    if (unlikely(c->trace))
        trace_switch(prev, next, until);
    set_running(p, c, next);
    *put_down = !next && c->loaded && !may_stay_loaded(c->loaded);
    bool goes = !next && !c->loaded && load_relaxed(&c->want) != p;
    spin_unlock_here(&p->lock);
    if (unlikely(goes))
        sched_join();
    arm_slice(&c->slice, until);
    return next;
}

static __attribute__((noinline)) void free_to_go(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    if (v->state == VCPU_RUNNABLE && v->paused == 0)
        p->ops->changed(p, v);
    unlock_pool(p);
}

// Only one that wants to run needs the lock: it could not be taken by another CPU before, if its
// pool has another (one that comes finds those that wait where they are, see take_away).
void sched_put_down(struct vcpu *v) {
    const struct percpu *c = this_cpu();
    store_release(&v->sched.loaded_on, (uint8_t)SCHED_NOWHERE);
    smp_mb(); // the place before we look at the state: become_runnable does it the other way round
    if (load_relaxed(&v->state) == VCPU_RUNNABLE && load_relaxed(&c->pool->cpus) != 1U << c->id)
        free_to_go(v);
}

// Not the policy's any more; the CPU where it runs finds out.
static void stop(struct sched_pool *p, struct vcpu *v, bool was_running) {
    p->ops->sleep(p, v);
    if (was_running)
        sched_ask(p, v->cpu);
}

static inline void become_runnable(struct vcpu *v, enum vcpu_state from) {
    struct sched_pool *p = lock_pool_here(v);
    if (v->state == from) {
        set_state(v, from, VCPU_RUNNABLE, p->now, NULL);
        smp_mb(); // the state before we look at the place: sched_put_down does it the other way
                  // round
        if (v->paused == 0)
            p->ops->wake(p, v);
    }
    unlock_pool(p);
}

void vcpu_wake(struct vcpu *v) { become_runnable(v, VCPU_BLOCKED); }
void vcpu_online(struct vcpu *v) {
    v->initialised = true;
    become_runnable(v, VCPU_OFFLINE);
}

void vcpu_block(struct vcpu *v) {
    if (load_relaxed(&v->pending) || arch_vcpu_wakeable(v))
        return;
    struct sched_pool *p = lock_pool_here(v);
    if (v->state == VCPU_RUNNING) { // here
        set_state(v, VCPU_RUNNING, VCPU_BLOCKED, p->now, this_cpu());
        p->ops->sleep(p, v);
        p->asked |= 1U << this_cpu()->id;
        atomic_or(&this_cpu()->pending, 1U << WORK_SCHEDULE);
    }
    unlock_pool(p);
    smp_mb(); // the state before we look at pending: vcpu_raise does it the other way round
    if (load_relaxed(&v->pending))
        vcpu_wake(v);
}

void vcpu_offline(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    enum vcpu_state was = v->state;
    if (was != VCPU_OFFLINE) {
        set_state(v, was, VCPU_OFFLINE, p->now, &percpus[v->cpu]);
        stop(p, v, was == VCPU_RUNNING);
    }
    unlock_pool(p);
}

void vcpu_pause(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    bool could_run = sched_can_run(v);
    v->paused++;
    if (could_run)
        stop(p, v, v->state == VCPU_RUNNING);
    unlock_pool(p);
}

void vcpu_unpause(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    if (--v->paused == 0 && v->state == VCPU_RUNNABLE)
        p->ops->wake(p, v);
    unlock_pool(p);
}

bool vcpu_at_rest(struct vcpu *v) {
    uint8_t cpu = load_acquire(&v->sched.loaded_on);
    if (cpu != SCHED_NOWHERE)
        cpu_raise(cpu, WORK_SCHEDULE);
    return cpu == SCHED_NOWHERE;
}

void vcpu_yield(struct vcpu *v) {
    struct sched_pool *p = lock_pool_here(v);
    trace(TRC_SCHED_YIELD, v->domain->id, v->id);
    if (p->ops->yield)
        p->ops->yield(p, v);
    sched_ask(p, v->cpu);
    unlock_pool(p);
}

void sched_vcpu_insert(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    sched_enter(p, v);
    unlock_pool(p);
}

void sched_vcpu_remove(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    sched_leave(p, v);
    unlock_pool(p);
}

int sched_set_affinity(struct vcpu *v, const uint32_t *hard, const uint32_t *soft) {
    struct sched_pool *p = lock_pool(v);
    int err = hard && !(*hard & p->cpus) ? fail(-EINVAL) : 0;
    if (hard && !err && v->sched.kept)
        err = fail(-EBUSY);
    if (!err) {
        v->sched.hard = hard ? *hard : v->sched.hard;
        v->sched.soft = soft ? *soft : v->sched.soft;
        p->ops->changed(p, v);
    }
    unlock_pool(p);
    return err;
}

int sched_pin_override(struct vcpu *v, int32_t cpu) {
    struct sched_pool *p = lock_pool(v);
    uint32_t kept = v->sched.kept;
    int err = 0;
    if (cpu < 0 ? !kept : cpu >= NR_CPUS || !(p->cpus >> cpu & 1))
        err = fail(-EINVAL);
    else if (cpu >= 0 && kept)
        err = fail(-EBUSY);
    if (!err) {
        v->sched.kept = kept ? 0 : v->sched.hard;
        v->sched.hard = kept ? kept : 1U << cpu;
        p->ops->changed(p, v);
    }
    unlock_pool(p);
    return err;
}

uint64_t sched_run_time(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    uint64_t ns = v->runstate.time[RUNSTATE_running];
    if (v->state == VCPU_RUNNING)
        ns += p->now - v->runstate.state_entry_time;
    unlock_pool(p);
    return ns;
}

uint64_t sched_busy_ns(unsigned cpu) {
    struct percpu *c = &percpus[cpu];
    struct sched_pool *p = lock_at(&c->pool);
    uint64_t busy = c->busy_ns;
    if (c->running && c->running->state == VCPU_RUNNING)
        busy += p->now - c->running->runstate.state_entry_time;
    sched_unlock(p);
    return busy;
}

static void dump_pool(struct sched_pool *p) {
    spin_lock(&p->lock);
    log_notice("pool %u: %s, CPUs %x, domains %u", p->id, p->ops->name, p->cpus, p->nr_domains);
    for (const struct vcpu *v = p->members; v; v = v->sched.next_member)
        log_notice("  d%uv%u: state %u, CPU%u, %s key %lld", v->domain->id, v->id, v->state, v->cpu,
                   v->sched.node.in ? "waits," : "", (long long)v->sched.node.key);
    spin_unlock(&p->lock);
}

void sched_dump(void) {
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        const struct vcpu *v = load_relaxed(&percpus[cpu].running);
        if (v)
            log_notice("  CPU%u: d%uv%u", cpu, v->domain->id, v->id);
        else
            log_notice("  CPU%u: idle", cpu);
    }
    for (struct sched_pool *p = sched_pools; p < sched_pools + NR_POOLS; p++) {
        if (p->ops)
            dump_pool(p);
    }
}
