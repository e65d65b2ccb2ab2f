// SPDX-License-Identifier: Apache-2.0
// credit2: general-purpose, fair by weight. A vCPU burns credit while it runs, the faster the lower
// its domain's weight; the queue is in order of credit; when the best has none left everybody gets
// the same again, nobody more than CREDIT_INIT. One who wakes with clearly more credit than someone
// runs with takes that CPU. A cap is a budget of the domain, refilled every CAP_PERIOD.
// Worst case: the members of the pool once (a reset), the queue once (an insertion).

#include <arch/time.h>
#include <core/domain.h>
#include <core/percpu.h>
#include <sched/sched.h>
#include <xen/domctl.h>

#define MS(n) ((n)*1000000LL)
#define CREDIT_INIT MS(10)
#define CREDIT_FLOOR (-100 * CREDIT_INIT) // what is owed beyond is forgotten
#define REFERENCE_WEIGHT 256
#define RESIST 500000LL // ns of credit that a change of CPU must be worth
#define SLICE_MIN 500000LL
#define SLICE_MAX MS(10)
#define CAP_PERIOD MS(10)

static bool capped(const struct vcpu *v) {
    const struct sched_domain *d = &v->domain->sched;
    return d->cap && d->budget <= 0;
}

static void burn(struct vcpu *v, uint64_t now) {
    struct sched_domain *d = &v->domain->sched;
    int64_t ran = (int64_t)(now - v->sched.since);
    v->sched.since = now;
    v->sched.credit = MAX(v->sched.credit - ran * REFERENCE_WEIGHT / d->weight, CREDIT_FLOOR);
    if (d->cap)
        d->budget -= ran;
}

static void unqueue(struct sched_pool *p, struct vcpu *v) {
    struct vcpu **at = &p->queue;
    if (!v->sched.queued)
        return;
    while (*at != v)
        at = &(*at)->sched.next;
    *at = v->sched.next;
    v->sched.queued = false;
}

static void queue(struct sched_pool *p, struct vcpu *v) {
    struct vcpu **at = &p->queue;
    while (*at && (*at)->sched.credit >= v->sched.credit)
        at = &(*at)->sched.next;
    v->sched.next = *at;
    v->sched.queued = true;
    *at = v;
}

static unsigned first_cpu(uint32_t mask) { return (unsigned)__builtin_ctz(mask); }

// The CPU of `mask` whose vCPU has least credit.
static unsigned weakest(uint32_t mask, uint64_t now, int64_t *credit_there) {
    int64_t least = INT64_MAX;
    unsigned found = SCHED_NOWHERE;
    for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
        struct vcpu *r = mask & (1U << cpu) ? percpus[cpu].running : NULL;
        if (!r)
            continue;
        int64_t ran = (int64_t)(now - r->sched.since);
        int64_t credit = r->sched.credit - ran * REFERENCE_WEIGHT / r->domain->sched.weight;
        if (credit < least) {
            least = credit;
            found = cpu;
        }
    }
    *credit_there = least;
    return found;
}

// Somebody shall run v: where it was, an idle CPU, or one that is worth taking.
static void find_cpu(struct sched_pool *p, struct vcpu *v) {
    uint32_t may = v->sched.hard & p->cpus, idle = p->idle & ~p->asked & may;
    uint32_t home = v->sched.loaded_on == SCHED_NOWHERE ? ~0U : 1U << v->sched.loaded_on;
    if ((p->idle & home & ~may) && v->sched.loaded_on != SCHED_NOWHERE) {
        cpu_raise(v->sched.loaded_on, WORK_SCHEDULE); // put it down there first, then tell
        return;
    }
    if (v->sched.loaded_on != SCHED_NOWHERE && (p->asked & may & home))
        return; // that CPU is about to choose, and nobody else can have v
    idle &= home;
    if (idle & (1U << v->cpu))
        sched_ask(p, v->cpu);
    else if (idle & v->sched.soft)
        sched_ask(p, first_cpu(idle & v->sched.soft));
    else if (idle)
        sched_ask(p, first_cpu(idle));
    else {
        int64_t credit;
        unsigned cpu = weakest(may & ~p->asked, time_ns(), &credit);
        // Who runs alone there has no slice yet that would end.
        if (cpu != SCHED_NOWHERE && (credit < v->sched.credit - RESIST || !percpus[cpu].slice.slot))
            sched_ask(p, cpu);
    }
}

static void credit2_wake(struct sched_pool *p, struct vcpu *v) {
    v->sched.since = time_ns();
    v->sched.parked = capped(v);
    if (v->sched.parked || v->sched.queued)
        return;
    queue(p, v);
    find_cpu(p, v);
}

static void credit2_sleep(struct sched_pool *p, struct vcpu *v) {
    unqueue(p, v);
    v->sched.parked = false;
    if (percpus[v->cpu].running == v)
        burn(v, time_ns());
}

static void reset(struct sched_pool *p, uint64_t now) {
    for (struct vcpu *v = p->members; v; v = v->sched.next_member) {
        if (percpus[v->cpu].running == v)
            burn(v, now);
        v->sched.credit = MIN(v->sched.credit + CREDIT_INIT, CREDIT_INIT);
    }
}

// The best of the queue for this CPU. One whose registers are in another, idle CPU is that CPU's.
static struct vcpu *best(struct sched_pool *p, unsigned cpu) {
    struct vcpu *v = p->queue;
    while (v && !sched_usable(v, cpu))
        v = v->sched.next;
    return v;
}

// Does the one that runs stay, though `v` waits?
static bool stays(const struct sched_pool *p, const struct vcpu *now, const struct vcpu *v,
                  uint64_t time) {
    int64_t lead = v->sched.credit - now->sched.credit;
    bool fresh = time - now->sched.started < (uint64_t)p->ratelimit_us * 1000;
    return lead <= 0 || (fresh && lead < RESIST);
}

// Until when, with `v` waiting: until their credits are even.
static uint64_t slice(const struct vcpu *next, const struct vcpu *v, uint64_t now) {
    int64_t lead = next->sched.credit - v->sched.credit;
    int64_t ns = lead > 0 ? lead * next->domain->sched.weight / REFERENCE_WEIGHT : 0;
    return now + (uint64_t)MIN(MAX(ns, SLICE_MIN), SLICE_MAX);
}

static struct vcpu *credit2_pick(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    uint64_t now = time_ns();
    struct vcpu *cur = percpus[cpu].running, *next = best(p, cpu);
    if (cur && sched_can_run(cur)) {
        burn(cur, now);
        cur->sched.parked = capped(cur);
        if (!cur->sched.parked && sched_usable(cur, cpu) && (!next || stays(p, cur, next, now))) {
            next = cur;
        } else if (!cur->sched.parked) {
            unqueue(p, cur); // it slept and woke before this CPU looked
            queue(p, cur);
            find_cpu(p, cur);
        }
    }
    if (!next)
        return NULL;
    unqueue(p, next);
    if (next != cur)
        next->sched.since = now;
    if (next->sched.credit <= 0)
        reset(p, now);
    struct vcpu *waits = best(p, cpu);
    if (waits)
        *until = slice(next, waits, now);
    if (next->domain->sched.cap)
        *until = MIN(*until, now + (uint64_t)MAX(next->domain->sched.budget, 0LL));
    return next;
}

static void refill(void *arg) {
    struct domain *d = arg;
    struct sched_pool *p = sched_lock(d);
    int64_t quota = d->sched.cap * CAP_PERIOD / 100;
    bool on = d->sched.cap != 0 && d->life == DOMAIN_ALIVE;
    d->sched.budget = MIN(d->sched.budget + quota, quota);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        if (v->sched.parked && sched_can_run(v))
            credit2_wake(p, v);
    }
    sched_unlock(p);
    if (on)
        timer_set(&d->sched.refill, time_ns() + CAP_PERIOD);
}

static void credit2_insert(struct sched_pool *p, struct vcpu *v) {
    v->sched.credit = CREDIT_INIT;
    v->cpu = (uint8_t)first_cpu(p->cpus);
    timer_init(&v->domain->sched.refill, refill, v->domain);
}

static void credit2_remove(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    (void)v;
}

// A waiting one may have another place to go, a running one none here.
static void credit2_changed(struct sched_pool *p, struct vcpu *v) {
    if (v->sched.queued)
        find_cpu(p, v);
    else if (v->state == VCPU_RUNNING && !(v->sched.hard & p->cpus & (1U << v->cpu)))
        sched_ask(p, v->cpu);
}

void sched_credit2_set(struct domain *d, uint16_t weight, uint16_t cap) {
    bool start = cap && !d->sched.cap;
    d->sched.weight = weight;
    d->sched.cap = cap;
    if (start)
        timer_set(&d->sched.refill, time_ns()); // fills it at once
}

const struct sched_ops sched_credit2 = {
    .name = "credit2",
    .id = XEN_SCHEDULER_CREDIT2,
    .insert = credit2_insert,
    .remove = credit2_remove,
    .wake = credit2_wake,
    .sleep = credit2_sleep,
    .pick = credit2_pick,
    .changed = credit2_changed,
};
