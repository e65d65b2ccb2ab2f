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
#include <lib/string.h>
#include <sched/sched.h>

#define YIELD_COST 500000 // ns of credit: behind those with about as much

static struct sched_pool pool0 = {.lock = SPINLOCK_INIT(LOCK_SCHED), .ratelimit_us = 1000};

struct sched_pool *sched_pool_get(uint32_t id) {
    return id == 0 ? &pool0 : NULL;
}

struct sched_pool *sched_lock(struct domain *d) NO_THREAD_SAFETY {
    for (;;) {
        struct sched_pool *p = load_acquire(&d->sched.pool);
        spin_lock(&p->lock);
        if (likely(p == load_relaxed(&d->sched.pool)))
            return p;
        spin_unlock(&p->lock); // the domain has just moved
    }
}

void sched_unlock(struct sched_pool *p) NO_THREAD_SAFETY { spin_unlock(&p->lock); }

static struct sched_pool *lock_pool(struct vcpu *v) { return sched_lock(v->domain); }
static void unlock_pool(struct sched_pool *p) { sched_unlock(p); }

const struct sched_ops *sched_find(const char *name) {
    static const struct sched_ops *const all[] = {&sched_credit2, &sched_null};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (!strcmp(all[i]->name, name))
            return all[i];
    }
    return NULL;
}

void sched_init(const struct sched_ops *ops) { pool0.ops = ops; }

static void slice_over(void *arg) { cpu_raise((unsigned)(uintptr_t)arg, WORK_SCHEDULE); }

void sched_init_cpu(unsigned cpu) {
    struct percpu *c = &percpus[cpu];
    timer_init(&c->slice, slice_over, (void *)(uintptr_t)cpu);
    c->pool = &pool0;
    pool0.cpus |= 1U << cpu;
    pool0.idle |= 1U << cpu;
}

int sched_domain_create(struct domain *d, uint32_t pool) {
    struct sched_pool *p = sched_pool_get(pool);
    if (!p)
        return fail(-ENOENT);
    d->sched = (struct sched_domain){.pool = p, .weight = 256};
    spin_lock(&p->lock);
    p->nr_domains++;
    spin_unlock(&p->lock);
    return 0;
}

void sched_domain_destroy(struct domain *d) {
    timer_cancel(&d->sched.refill);
    struct sched_pool *p = sched_lock(d);
    p->nr_domains--;
    sched_unlock(p);
}

static void publish(struct vcpu *v) {
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

// Runstate times as the guest sees them (xen/vcpu.h).
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

bool sched_can_run(const struct vcpu *v) {
    return (v->state == VCPU_RUNNABLE || v->state == VCPU_RUNNING) && v->paused == 0;
}

static bool allowed(const struct vcpu *v, unsigned cpu) {
    return v->sched.hard & v->domain->sched.pool->cpus & (1U << cpu);
}

bool sched_usable(const struct vcpu *v, unsigned cpu) {
    uint8_t at = v->sched.loaded_on;
    return allowed(v, cpu) && (at == cpu || at == SCHED_NOWHERE);
}

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
    store_relaxed(&next->cpu, (uint8_t)c->id);
    store_release(&next->sched.loaded_on, (uint8_t)c->id);
    set_state(next, VCPU_RUNNING);
    next->sched.started = next->runstate.state_entry_time;
    smp_mb(); // where it runs before we look at pending: vcpu_raise does it the other way round
}

struct vcpu *sched_pick(bool *put_down) {
    struct percpu *c = this_cpu();
    uint64_t until = UINT64_MAX;
    struct sched_pool *p = c->pool;
    spin_lock(&p->lock);
    struct vcpu *prev = c->running;
    p->asked &= ~(1U << c->id);
    struct vcpu *next = p->ops->pick(p, c->id, &until);
    if (prev && prev != next && prev->state == VCPU_RUNNING)
        set_state(prev, VCPU_RUNNABLE);
    set_running(p, c, next);
    *put_down = !next && c->loaded && !may_stay_loaded(c->loaded);
    spin_unlock(&p->lock);
    if (until != UINT64_MAX)
        timer_set(&c->slice, until);
    else if (c->slice.slot)
        timer_cancel(&c->slice);
    return next;
}

void sched_put_down(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    store_release(&v->sched.loaded_on, (uint8_t)SCHED_NOWHERE);
    if (v->state == VCPU_RUNNABLE && v->paused == 0)
        p->ops->changed(p, v); // it could not be taken by another CPU before
    unlock_pool(p);
}

static void runnable(struct sched_pool *p, struct vcpu *v) {
    if (v->paused == 0)
        p->ops->wake(p, v);
}

// Not the policy's any more; the CPU where it runs finds out.
static void stop(struct sched_pool *p, struct vcpu *v, bool was_running) {
    p->ops->sleep(p, v);
    if (was_running)
        sched_ask(p, v->cpu);
}

static void start(struct vcpu *v, enum vcpu_state from) {
    struct sched_pool *p = lock_pool(v);
    if (v->state == from) {
        set_state(v, VCPU_RUNNABLE);
        runnable(p, v);
    }
    unlock_pool(p);
}

void vcpu_wake(struct vcpu *v) { start(v, VCPU_BLOCKED); }
void vcpu_online(struct vcpu *v) {
    v->initialised = true;
    start(v, VCPU_OFFLINE);
}

static void halt(struct vcpu *v, enum vcpu_state to) {
    struct sched_pool *p = lock_pool(v);
    bool was_running = v->state == VCPU_RUNNING;
    if (to == VCPU_OFFLINE ? v->state != VCPU_OFFLINE : was_running) {
        set_state(v, to);
        stop(p, v, was_running);
    }
    unlock_pool(p);
}

void vcpu_block(struct vcpu *v) {
    if (load_relaxed(&v->pending) || arch_vcpu_wakeable(v))
        return;
    halt(v, VCPU_BLOCKED);
    smp_mb(); // the state before we look at pending: vcpu_raise does it the other way round
    if (load_relaxed(&v->pending))
        vcpu_wake(v);
}

void vcpu_offline(struct vcpu *v) { halt(v, VCPU_OFFLINE); }

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
    struct sched_pool *p = lock_pool(v);
    v->sched.credit -= YIELD_COST;
    v->sched.started = 0;
    sched_ask(p, v->cpu);
    unlock_pool(p);
}

int sched_vcpu_insert(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    v->sched = (struct sched_vcpu){.hard = ~0U, .soft = ~0U, .loaded_on = SCHED_NOWHERE};
    int err = p->ops->insert(p, v);
    if (!err) {
        v->sched.next_member = p->members;
        p->members = v;
    }
    unlock_pool(p);
    return err;
}

void sched_vcpu_remove(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    struct vcpu **at = &p->members;
    while (*at && *at != v)
        at = &(*at)->sched.next_member;
    if (*at)
        *at = v->sched.next_member;
    p->ops->sleep(p, v);
    p->ops->remove(p, v);
    unlock_pool(p);
}

int sched_set_affinity(struct vcpu *v, const uint32_t *hard, const uint32_t *soft) {
    struct sched_pool *p = lock_pool(v);
    int err = hard && !(*hard & p->cpus) ? fail(-EINVAL) : 0;
    if (!err) {
        v->sched.hard = hard ? *hard : v->sched.hard;
        v->sched.soft = soft ? *soft : v->sched.soft;
        p->ops->changed(p, v);
    }
    unlock_pool(p);
    return err;
}

uint64_t sched_run_time(struct vcpu *v) {
    struct sched_pool *p = lock_pool(v);
    uint64_t ns = v->runstate.time[RUNSTATE_running];
    if (v->state == VCPU_RUNNING)
        ns += time_ns() - v->runstate.state_entry_time;
    unlock_pool(p);
    return ns;
}

uint64_t sched_busy_ns(unsigned cpu) {
    struct percpu *c = &percpus[cpu];
    struct sched_pool *p = c->pool;
    spin_lock(&p->lock);
    uint64_t busy = c->busy_ns;
    if (c->running && c->running->state == VCPU_RUNNING)
        busy += time_ns() - c->running->runstate.state_entry_time;
    spin_unlock(&p->lock);
    return busy;
}

void sched_dump(void) {
    struct sched_pool *p = &pool0;
    log_notice("scheduler %s", p->ops->name);
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        const struct vcpu *v = load_relaxed(&percpus[cpu].running);
        if (v)
            log_notice("  CPU%u: d%uv%u", cpu, v->domain->id, v->id);
        else
            log_notice("  CPU%u: idle", cpu);
    }
    spin_lock(&p->lock);
    for (const struct vcpu *v = p->queue; v; v = v->sched.next)
        log_notice("  waits: d%uv%u credit %lld", v->domain->id, v->id, (long long)v->sched.credit);
    spin_unlock(&p->lock);
}
