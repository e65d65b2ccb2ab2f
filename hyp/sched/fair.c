// SPDX-License-Identifier: Apache-2.0
// Shares by weight: credit (for those who know Xen's first scheduler and its knobs) and credit2,
// which is the default. A vCPU's key is its virtual time: how long it ran, the faster the lower its
// domain's weight; who has least runs next. The pool's clock is the least of those who compete;
// nobody comes more than CREDIT before it (what is not used is not saved up) or DEBT behind it (an
// idle CPU's time is not held against anybody). One who wakes with clearly less than someone who
// runs takes that CPU; from who sent it an event only after the pool's rate limit. A cap is a
// budget of the domain, refilled every CAP_PERIOD. All is under the pool's lock. Worst case:
// O(log n); NR_CPUS on a wake-up; the vCPUs of one domain in a refill.

#include <arch/cpu.h>
#include <core/domain.h>
#include <core/percpu.h>
#include <sched/find.h>
#include <xen/scheduler.h>

#define MS(n) ((n)*1000000LL)
#define CREDIT MS(10)
#define DEBT MS(100)
#define RESIST 500000LL // ns that a change on a CPU must be worth
#define SLICE_MIN 500000LL
#define RAN_MAX MS(10000) // more at once counts no more
#define YIELD_COST 500000LL
#define CAP_PERIOD MS(10)

static bool capped(const struct vcpu *v) {
    const struct sched_domain *d = &v->domain->sched;
    return d->cap && d->budget <= 0;
}

// v's key at `now`, if it runs.
static int64_t key_at(const struct vcpu *v, uint64_t now) {
    int64_t ran = MIN((int64_t)(now - v->sched.since), RAN_MAX);
    return v->sched.node.key + ran * SCHED_WEIGHT / v->domain->sched.weight;
}

static void burn(struct vcpu *v, uint64_t now) {
    struct sched_domain *d = &v->domain->sched;
    if (d->cap)
        d->budget -= (int64_t)(now - v->sched.since);
    v->sched.node.key = key_at(v, now);
    v->sched.since = now;
}

// v waits, for a CPU of `may`.
static inline void queue(struct sched_pool *p, struct vcpu *v, uint32_t may) {
    struct sched_node *n = &v->sched.node;
    n->key = MIN(MAX(n->key, p->clock - CREDIT), p->clock + DEBT);
    n->may = may;
    queue_put(&p->queue, n);
}

static void unqueue(struct vcpu *v) {
    if (v->sched.node.in)
        queue_take(&v->sched.node);
}

// Nobody has waited so far: the clock is where those are who run.
static void catch_up(struct sched_pool *p, uint32_t cpus, uint64_t now) {
    int64_t least = INT64_MAX;
    for (; cpus; cpus &= cpus - 1) {
        const struct vcpu *v = percpus[__builtin_ctz(cpus)].running;
        if (!v)
            return;
        least = MIN(least, key_at(v, now));
    }
    if (least != INT64_MAX)
        p->clock = MAX(p->clock, least);
}

// For how long `runs` goes on before one that waits, which it leads by so much: until they are
// even.
static uint64_t slice(const struct sched_pool *p, const struct vcpu *runs, int64_t lead) {
    int64_t ns = lead > 0 ? lead * runs->domain->sched.weight / SCHED_WEIGHT : 0;
    return (uint64_t)MIN(MAX(ns, SLICE_MIN), p->slice_us * 1000LL);
}

// Who has run alone goes on, but not for ever.
static void bound_run(struct sched_pool *p, unsigned cpu, struct vcpu *v, int64_t last) {
    const struct percpu *c = this_cpu();
    if (cpu == c->id)
        sched_slice(p->now + slice(p, c->running, v->sched.node.key - last));
    else
        sched_ask(p, cpu); // it sets its timer itself
}

static inline __attribute__((always_inline)) void find_cpu(struct sched_pool *p, struct vcpu *v) {
    sched_find_by(p, v,
                  (struct sched_order){key_at, v->sched.node.key + RESIST, bound_run, p->now});
}

// Until when the one that runs here goes on, though it has sent one who may run on `may` an event:
// what else it has for that one is then seen to in one go. 0: it gives way, or a CPU is idle.
static uint64_t goes_on_until(const struct sched_pool *p, uint32_t may) {
    const struct percpu *c = this_cpu();
    if (c->urgent || !(may & 1U << c->id) || p->idle & may || !c->running)
        return 0;
    uint64_t end = c->running->sched.started + p->ratelimit_us * 1000ULL;
    return end > p->now ? end : 0;
}

void fair_wake(struct sched_pool *p, struct vcpu *v) {
    v->sched.since = p->now;
    v->sched.parked = capped(v);
    if (v->sched.parked || v->sched.node.in)
        return;
    uint32_t may = sched_may(v);
    if (!p->queue.root)
        catch_up(p, may & p->cpus, p->now);
    queue(p, v, may);
    uint64_t end = goes_on_until(p, may & p->cpus);
    if (!end)
        find_cpu(p, v);
    else if (this_cpu()->until > end)
        sched_slice(end);
}

void fair_sleep(struct sched_pool *p, struct vcpu *v) {
    unqueue(v);
    v->sched.parked = false;
    if (sched_has_cpu(v))
        burn(v, p->now);
}

// Does the one that runs stay, though `v` waits?
static bool stays(const struct sched_pool *p, const struct vcpu *now, const struct vcpu *v,
                  uint64_t time) {
    int64_t behind = now->sched.node.key - v->sched.node.key;
    bool fresh = time - now->sched.started < (uint64_t)p->ratelimit_us * 1000;
    return behind <= 0 || (fresh && behind < RESIST);
}

// `next` has been chosen: for how long, and where the pool's clock is.
static inline struct vcpu *chosen(struct sched_pool *p, unsigned cpu, struct vcpu *next,
                                  uint64_t *until) {
    int64_t least = next->sched.node.key;
    if (p->queue.root) {
        const struct sched_node *waits = queue_first(&p->queue, p->cpus & (1U << cpu));
        if (waits)
            *until = p->now + slice(p, next, waits->key - least);
        const struct sched_node *first = queue_first(&p->queue, ~0U);
        least = first ? MIN(first->key, least) : least;
        sched_hand_on(p, &p->queue, cpu);
    }
    p->clock = MAX(p->clock, least);
    if (unlikely(next->domain->sched.cap))
        *until = MIN(*until, p->now + (uint64_t)MAX(next->domain->sched.budget, 0LL));
    return next;
}

static struct vcpu *take(struct sched_pool *p, struct sched_node *n) {
    struct vcpu *v = container_of(n, struct vcpu, sched.node);
    queue_take(n);
    v->sched.since = p->now;
    return v;
}

// `cur` could go on.
static __attribute__((noinline)) struct vcpu *contest(struct sched_pool *p, unsigned cpu,
                                                      uint64_t *until, struct vcpu *cur) {
    unqueue(cur); // it slept and woke before this CPU looked
    struct sched_node *first = queue_first(&p->queue, p->cpus & (1U << cpu));
    burn(cur, p->now);
    cur->sched.parked = capped(cur);
    if (!cur->sched.parked && (cur->sched.hard & p->cpus & (1U << cpu)) &&
        (!first || stays(p, cur, container_of(first, struct vcpu, sched.node), p->now)))
        return chosen(p, cpu, cur, until);
    struct vcpu *next = first ? take(p, first) : NULL;
    if (!cur->sched.parked)
        queue(p, cur, sched_may(cur)); // where it can go is asked when it is put down
    return next ? chosen(p, cpu, next, until) : NULL;
}

struct vcpu *fair_pick(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    struct vcpu *cur = percpus[cpu].running;
    if (cur && sched_can_run(cur))
        return contest(p, cpu, until, cur);
    struct sched_node *first = queue_first(&p->queue, p->cpus & (1U << cpu));
    return first ? chosen(p, cpu, take(p, first), until) : NULL;
}

static void refill(void *arg) {
    struct domain *d = arg;
    struct sched_pool *p = sched_lock(d);
    int64_t quota = d->sched.cap * CAP_PERIOD / 100;
    d->sched.budget = MIN(d->sched.budget + quota, quota);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        if (v->sched.parked && sched_can_run(v))
            fair_wake(p, v);
    }
    if (d->sched.cap)
        timer_set(&d->sched.refill, p->now + CAP_PERIOD);
    sched_unlock(p);
}

void fair_insert(struct sched_pool *p, struct vcpu *v) {
    v->sched.node.key = p->clock;
    v->cpu = (uint8_t)__builtin_ctz(p->cpus);
    if (!v->domain->sched.refill.fn)
        timer_init(&v->domain->sched.refill, refill, v->domain);
}

void fair_remove(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    (void)v;
}

// A waiting one may have another place to go, a running one none here.
void fair_changed(struct sched_pool *p, struct vcpu *v) {
    if (v->sched.node.in) {
        queue_allow(&v->sched.node, sched_may(v));
        find_cpu(p, v);
    } else if (v->state == VCPU_RUNNING && !(v->sched.hard & p->cpus & (1U << v->cpu))) {
        sched_ask(p, v->cpu);
    }
}

// Behind those with about as much.
void fair_yield(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    v->sched.node.key += YIELD_COST;
    v->sched.started = 0;
}

void sched_fair_set(struct domain *d, uint16_t weight, uint16_t cap) {
    struct sched_pool *p = sched_lock(d);
    bool start = cap && !d->sched.cap;
    d->sched.weight = weight;
    d->sched.cap = cap;
    if (start)
        timer_set(&d->sched.refill, p->now); // fills it at once
    sched_unlock(p);
}

// The two differ in their slices: credit's the pool's owner sets, credit2's are at most 10 ms.
static void credit_init(struct sched_pool *p) { p->slice_us = 30000; }
static void credit2_init(struct sched_pool *p) { p->slice_us = 10000; }

#define FAIR(policy, number)                                                                       \
    {                                                                                              \
        .name = #policy, .id = (number), .init = policy##_init, .insert = fair_insert,             \
        .remove = fair_remove, .wake = fair_wake, .sleep = fair_sleep, .pick = fair_pick,          \
        .changed = fair_changed, .yield = fair_yield                                               \
    }
const struct sched_ops sched_credit = FAIR(credit, XEN_SCHEDULER_CREDIT);
const struct sched_ops sched_credit2 = FAIR(credit2, XEN_SCHEDULER_CREDIT2);
