// SPDX-License-Identifier: Apache-2.0
// cpupools: which there are, and CPUs and domains on their way between them. A CPU in no pool is in
// limbo, where nobody runs. It changes its pool by itself, when nobody is loaded on it, so that the
// path that picks needs no look at this; who wants it moved sets `want` and asks. A domain moves
// when all its vCPUs are at rest. Owns LOCK_POOLS. Worst case: the members of a pool once (a CPU
// leaves), the vCPUs of a domain once (it moves).

#include <arch/atomic.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/percpu.h>
#include <core/trace.h>
#include <sched/sched.h>

#define RATELIMIT_US 1000 // at first

static struct vcpu *pick_nobody(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    (void)p;
    (void)cpu;
    (void)until;
    return NULL;
}

static const struct sched_ops nobody = {.name = "none", .pick = pick_nobody};
struct sched_pool sched_limbo = {.lock = SPINLOCK_INIT(LOCK_SCHED), .ops = &nobody};
struct sched_pool sched_pools[NR_POOLS];
static spinlock_t pools_lock = SPINLOCK_INIT(LOCK_POOLS);

struct sched_pool *sched_pool_next(uint32_t id) {
    struct sched_pool *found = NULL;
    for (struct sched_pool *p = sched_pools; p < sched_pools + NR_POOLS; p++) {
        if (load_acquire(&p->ops) && p->id >= id && (!found || p->id < found->id))
            found = p;
    }
    return found;
}

struct sched_pool *sched_pool_get(uint32_t id) {
    struct sched_pool *p = sched_pool_next(id);
    return p && p->id == id ? p : NULL;
}

static void tick(void *arg) {
    struct sched_pool *p = arg;
    sched_lock_pool(p);
    p->armed = UINT64_MAX;
    if (p->ops && p->ops->tick)
        p->ops->tick(p);
    spin_unlock(&p->lock);
}

void sched_arm(struct sched_pool *p, uint64_t deadline) {
    if (deadline >= p->armed)
        return;
    p->armed = deadline;
    timer_set(&p->timer, deadline);
}

static void open(struct sched_pool *p, uint32_t id, const struct sched_ops *ops) {
    timer_cancel(&p->timer);
    *p = (struct sched_pool){.lock = p->lock, .id = id, .ratelimit_us = RATELIMIT_US};
    p->lock.rank = LOCK_SCHED;
    p->armed = UINT64_MAX;
    timer_init(&p->timer, tick, p);
    if (ops->init)
        ops->init(p);
    store_release(&p->ops, ops);
}

void sched_init(const struct sched_ops *ops) { open(&sched_pools[0], 0, ops); }

// One more than the highest, as in Xen.
static uint32_t next_id(void) {
    uint32_t id = 0;
    for (const struct sched_pool *p = sched_pool_next(0); p && id != SCHED_ANY;
         p = sched_pool_next(id))
        id = p->id + 1;
    return id;
}

int sched_pool_create(uint32_t *id, const struct sched_ops *ops) {
    struct sched_pool *p = sched_pools;
    spin_lock(&pools_lock);
    if (*id == SCHED_ANY)
        *id = next_id();
    while (p < sched_pools + NR_POOLS && p->ops)
        p++;
    int err = *id == SCHED_ANY || sched_pool_get(*id) ? fail(-EEXIST) : 0;
    if (!err && p == sched_pools + NR_POOLS)
        err = fail(-ENOMEM);
    if (!err)
        open(p, *id, ops);
    spin_unlock(&pools_lock);
    return err;
}

static bool is_wanted(const struct sched_pool *p) {
    bool wanted = false;
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        wanted |= percpus[cpu].want == p || load_relaxed(&percpus[cpu].pool) == p;
    return wanted;
}

int sched_pool_destroy(uint32_t id) {
    int err = 0;
    spin_lock(&pools_lock);
    struct sched_pool *p = sched_pool_get(id);
    if (!p) {
        err = fail(-ENOENT);
    } else {
        spin_lock(&p->lock);
        if (p->nr_domains || is_wanted(p))
            err = fail(-EBUSY);
        else
            store_release(&p->ops, NULL);
        spin_unlock(&p->lock);
    }
    spin_unlock(&pools_lock);
    return err;
}

bool sched_cpu_moved(unsigned cpu) {
    struct percpu *c = &percpus[cpu];
    struct sched_pool *want = load_relaxed(&c->want);
    return load_acquire(&c->pool) == want &&
           (want == &sched_limbo || (load_acquire(&want->cpus) & (1U << cpu)));
}

uint32_t sched_free_cpus(void) {
    uint32_t cpus = 0;
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        if (load_relaxed(&percpus[cpu].want) == &sched_limbo)
            cpus |= 1U << cpu;
    }
    return cpus;
}

// The one asked for, if it is among `cpus`; else `absent`.
static int choose(uint32_t *cpu, uint32_t any, uint32_t cpus, int absent) {
    if (*cpu == SCHED_ANY)
        *cpu = any;
    if (*cpu >= nr_cpus)
        return fail(-EINVAL);
    if (!(cpus & (1U << *cpu)))
        return fail(absent);
    return sched_cpu_moved(*cpu) ? 0 : fail(-EBUSY);
}

static void send(unsigned cpu, struct sched_pool *to) {
    store_relaxed(&percpus[cpu].want, to);
    cpu_raise(cpu, WORK_SCHEDULE);
}

// Nobody runs here any more. Who has no other CPU in the pool may use any.
static void take_away(struct sched_pool *p, unsigned cpu) {
    store_relaxed(&p->cpus, p->cpus & ~(1U << cpu));
    p->idle &= ~(1U << cpu);
    for (struct vcpu *v = p->members; v; v = v->sched.next_member) {
        bool stays = v->sched.hard & p->cpus, waits = v->sched.node.in;
        if (!stays) {
            log_notice("d%uv%u: hard affinity %x broken", v->domain->id, v->id, v->sched.hard);
            v->sched.hard = ~0U;
        }
        if (!stays || (waits && !(v->sched.node.may & p->cpus)))
            p->ops->changed(p, v);
    }
    if (p->ops->cpu)
        p->ops->cpu(p, cpu);
    send(cpu, &sched_limbo);
}

int sched_pool_remove_cpu(uint32_t id, uint32_t *cpu) {
    int err;
    spin_lock(&pools_lock);
    struct sched_pool *p = sched_pool_get(id);
    if (!p) {
        err = fail(-ENOENT);
    } else {
        sched_lock_pool(p);
        uint32_t last = p->cpus ? 31 - (uint32_t)__builtin_clz(p->cpus) : SCHED_ANY;
        err = choose(cpu, last, p->cpus, -EADDRNOTAVAIL);
        if (!err && p->cpus == 1U << *cpu && (p->nr_domains || p == sched_pools))
            err = fail(p == sched_pools ? -EINVAL : -EBUSY);
        if (!err)
            take_away(p, *cpu);
        spin_unlock(&p->lock);
    }
    spin_unlock(&pools_lock);
    return err ? err : SCHED_MORE;
}

int sched_pool_add_cpu(uint32_t id, uint32_t *cpu) {
    spin_lock(&pools_lock);
    struct sched_pool *p = sched_pool_get(id);
    uint32_t cpus = sched_free_cpus();
    int err = p ? 0 : fail(-ENOENT);
    if (!err)
        err = choose(cpu, cpus ? (uint32_t)__builtin_ctz(cpus) : 0, cpus, -ENODEV);
    if (!err)
        send(*cpu, p);
    spin_unlock(&pools_lock);
    return err ? err : SCHED_MORE;
}

void sched_join(void) {
    struct percpu *c = this_cpu();
    struct sched_pool *from = c->pool, *to = load_relaxed(&c->want);
    spin_lock(&from->lock);
    store_release(&c->pool, to);
    spin_unlock(&from->lock);
    sched_lock_pool(to);
    if (to != &sched_limbo) {
        store_release(&to->cpus, to->cpus | 1U << c->id);
        to->idle |= 1U << c->id;
        if (to->ops->cpu)
            to->ops->cpu(to, c->id);
    }
    spin_unlock(&to->lock);
    cpu_raise(c->id, WORK_SCHEDULE);
}

int sched_domain_create(struct domain *d, uint32_t pool) {
    struct sched_pool *p = sched_pool_get(pool);
    int err = p ? 0 : fail(-ESRCH);
    if (err)
        return err;
    spin_lock(&p->lock);
    if (p->ops && p->id == pool && p->cpus) {
        d->sched = (struct sched_domain){.pool = p, .weight = SCHED_WEIGHT};
        p->nr_domains++;
        trace(TRC_SCHED_DOM_ADD, d->id);
    } else {
        err = fail(-ENODEV);
    }
    spin_unlock(&p->lock);
    return err;
}

void sched_domain_destroy(struct domain *d) {
    struct sched_pool *p = sched_lock(d);
    d->sched.cap = 0; // then it is not armed again
    p->nr_domains--;
    trace(TRC_SCHED_DOM_REM, d->id);
    sched_unlock(p);
    timer_cancel(&d->sched.refill);
}

void sched_enter(struct sched_pool *p, struct vcpu *v) {
    v->sched = (struct sched_vcpu){.hard = ~0U, .soft = ~0U, .loaded_on = SCHED_NOWHERE};
    v->sched.next_member = p->members;
    p->members = v;
    p->ops->insert(p, v);
}

void sched_leave(struct sched_pool *p, struct vcpu *v) {
    struct vcpu **at = &p->members;
    while (*at && *at != v)
        at = &(*at)->sched.next_member;
    if (*at)
        *at = v->sched.next_member;
    p->ops->sleep(p, v);
    p->ops->remove(p, v);
}

static void change_pool(struct domain *d, struct sched_pool *from, struct sched_pool *to) {
    timer_cancel(&d->sched.refill);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        sched_leave(from, d->vcpu[i]);
    from->nr_domains--;
    to->nr_domains++;
    d->sched.weight = SCHED_WEIGHT;
    d->sched.cap = 0;
    store_release(&d->sched.pool, to);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        sched_enter(to, d->vcpu[i]);
}

// Both pools' locks are taken in the order of the table.
static int change_pool_locked(struct domain *d, struct sched_pool *to) NO_THREAD_SAFETY {
    struct sched_pool *from = d->sched.pool; // stays: only this function changes it, under d->lock
    spin_lock(from < to ? &from->lock : &to->lock);
    spin_lock_nested(from < to ? &to->lock : &from->lock);
    int err = to->ops && to->cpus ? 0 : fail(-ENOENT);
    if (!err)
        change_pool(d, from, to);
    spin_unlock(&from->lock);
    spin_unlock(&to->lock);
    return err;
}

static void pause_all(struct domain *d, bool on) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        (on ? vcpu_pause : vcpu_unpause)(d->vcpu[i]);
    d->sched.moving = on;
}

int sched_domain_move(struct domain *d, uint32_t id) {
    struct sched_pool *to = sched_pool_get(id);
    int err = 0;
    spin_lock(&d->lock);
    if (!to)
        err = fail(-ENOENT);
    else if (d->life != DOMAIN_ALIVE)
        err = fail(-EINVAL);
    else if (to != d->sched.pool && !d->sched.moving)
        pause_all(d, true);
    if (!err && d->sched.moving && !domain_at_rest(d))
        err = SCHED_MORE;
    else if (!err && to != d->sched.pool)
        err = change_pool_locked(d, to);
    if (d->sched.moving && err != SCHED_MORE)
        pause_all(d, false);
    spin_unlock(&d->lock);
    return err;
}
