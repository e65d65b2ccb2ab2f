// SPDX-License-Identifier: Apache-2.0
// rtds: reservations. Each vCPU is a deferrable server: `budget` ns in every `period`, kept while
// it sleeps; of those with budget the earliest deadline runs, on any CPU it may (global EDF).
// Without budget it waits in `later` for its next period; if it has `extra` it runs before that
// where nobody with budget wants to, in turns; while nobody waits at all it runs with no end, and
// is accounted when somebody comes. All is under the pool's lock, ns throughout. Worst case: O(log
// n) a decision, NR_CPUS for one who comes, RENEWALS of them at once; what is left is due again at
// once.

#include <arch/time.h>
#include <core/domain.h>
#include <core/percpu.h>
#include <sched/sched.h>
#include <xen/scheduler.h>

#define PERIOD 10000000ULL // at first, as in Xen
#define BUDGET 4000000ULL
#define RENEWALS 16

// The end of the period that `now` is in: periods are of one raster for good.
static uint64_t deadline_at(const struct vcpu *v, uint64_t now) {
    uint64_t end = v->sched.rt.deadline, period = v->sched.rt.period;
    return likely(now < end) ? end : end + ((now - end) / period + 1) * period;
}

// Its next period, if this one is over. What it runs in it counts from its beginning.
static void renew(struct vcpu *v, uint64_t now) {
    uint64_t end = deadline_at(v, now);
    if (end == v->sched.rt.deadline)
        return;
    v->sched.rt.deadline = end;
    v->sched.rt.left = v->sched.rt.budget;
    v->sched.since = MAX(v->sched.since, end - v->sched.rt.period);
    if (v->sched.rt.due.in)
        queue_take(&v->sched.rt.due);
}

static void burn(struct vcpu *v, uint64_t now) {
    renew(v, now);
    v->sched.rt.left -= MIN(v->sched.rt.left, now - v->sched.since);
    v->sched.since = now;
}

// Of one that runs, which may have begun periods that nobody looked at.
static int64_t key_at(const struct vcpu *v, uint64_t now) {
    uint64_t end = deadline_at(v, now), since = v->sched.since, left = v->sched.rt.left;
    if (unlikely(end != v->sched.rt.deadline)) {
        since = MAX(since, end - v->sched.rt.period);
        left = v->sched.rt.budget;
    }
    return left > now - since ? (int64_t)end : INT64_MAX;
}

static void unqueue(struct vcpu *v) {
    if (v->sched.node.in)
        queue_take(&v->sched.node);
}

static void leave(struct vcpu *v) {
    unqueue(v);
    if (v->sched.rt.due.in)
        queue_take(&v->sched.rt.due);
}

// v waits: among those with budget, or for it.
static void place(struct sched_pool *p, struct vcpu *v) {
    struct sched_node *n = &v->sched.node, *due = &v->sched.rt.due;
    bool has = v->sched.rt.left > 0;
    if (!has && !due->in) {
        due->key = (int64_t)v->sched.rt.deadline;
        due->may = ~0U;
        queue_put(&p->later, due);
        sched_arm(p, v->sched.rt.deadline);
    }
    n->key = has ? (int64_t)v->sched.rt.deadline : p->clock++;
    n->may = sched_may(v);
    if (has || v->sched.rt.extra)
        queue_put(has ? &p->queue : &p->spare, n);
}

// Those who run with no end, as nobody waited, get one.
static void bound_runs(struct sched_pool *p, uint32_t may) {
    for (uint32_t left = may & p->cpus & ~p->idle & ~p->asked; left; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctz(left);
        if (percpus[cpu].until == UINT64_MAX)
            sched_ask(p, cpu);
    }
}

// What is left over takes no CPU from anybody.
static void find_cpu(struct sched_pool *p, struct vcpu *v) {
    bool has = v->sched.node.in == &p->queue;
    if (!v->sched.node.in)
        return;
    sched_find_cpu(p, v, key_at, has ? v->sched.node.key : INT64_MAX, NULL);
    bound_runs(p, v->sched.node.may);
}

// Those whose next period has begun.
static void renew_due(struct sched_pool *p, uint64_t now) {
    for (unsigned i = 0; i < RENEWALS; i++) {
        struct sched_node *due = queue_first(&p->later, ~0U);
        if (!due || (uint64_t)due->key > now)
            break;
        struct vcpu *v = container_of(due, struct vcpu, sched.rt.due);
        renew(v, now);
        if (sched_runs(v)) {
            v->sched.since = now;
            continue;
        }
        unqueue(v);
        place(p, v);
        find_cpu(p, v);
    }
    struct sched_node *due = queue_first(&p->later, ~0U);
    if (due)
        sched_arm(p, (uint64_t)due->key);
}

static void rtds_tick(struct sched_pool *p) { renew_due(p, time_ns()); }

static void rtds_wake(struct sched_pool *p, struct vcpu *v) {
    uint64_t now = time_ns();
    if (v->sched.node.in)
        return;
    renew(v, now);
    v->sched.since = now;
    place(p, v);
    find_cpu(p, v);
}

static void rtds_sleep(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    if (sched_runs(v))
        burn(v, time_ns());
    leave(v);
}

static struct vcpu *rtds_pick(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    uint64_t now = time_ns();
    uint32_t here = p->cpus & (1U << cpu);
    struct vcpu *cur = percpus[cpu].running;
    bool goes_on = cur && sched_can_run(cur);
    if (goes_on) {
        unqueue(cur); // it slept and woke before this CPU looked
        burn(cur, now);
    }
    struct vcpu *next = queue_first_vcpu(&p->queue, here);
    bool stays = goes_on && cur->sched.rt.left && sched_usable(cur, cpu) &&
                 (!next || (int64_t)cur->sched.rt.deadline <= next->sched.node.key);
    if (stays) {
        next = cur;
    } else if (goes_on) {
        place(p, cur); // where it can go is asked when it is put down
    }
    if (!next)
        next = queue_first_vcpu(&p->spare, here);
    if (!next)
        return NULL;
    unqueue(next);
    sched_hand_on(p, &p->queue, cpu);
    sched_hand_on(p, &p->spare, cpu);
    next->sched.since = now;
    uint64_t most = next->sched.rt.left ? next->sched.rt.left : next->sched.rt.budget;
    if (!next->sched.rt.extra || p->queue.root || p->spare.root)
        *until = MIN(now + most, next->sched.rt.deadline);
    return next;
}

static void rtds_insert(struct sched_pool *p, struct vcpu *v) {
    v->sched.rt.period = PERIOD;
    v->sched.rt.budget = v->sched.rt.left = BUDGET;
    v->sched.rt.extra = true;
    v->sched.rt.deadline = time_ns() + PERIOD;
    v->cpu = (uint8_t)__builtin_ctz(p->cpus);
}

static void rtds_remove(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    leave(v);
}

static void rtds_changed(struct sched_pool *p, struct vcpu *v) {
    if (v->sched.node.in) {
        queue_allow(&v->sched.node, sched_may(v));
        find_cpu(p, v);
    } else if (v->state == VCPU_RUNNING && !(v->sched.hard & p->cpus & (1U << v->cpu))) {
        sched_ask(p, v->cpu);
    }
}

void sched_rtds_set(struct vcpu *v, uint64_t period, uint64_t budget, bool extra) {
    struct sched_pool *p = sched_lock(v->domain);
    if (sched_runs(v)) {
        burn(v, time_ns());
        sched_ask(p, v->cpu);
    }
    v->sched.rt.period = period;
    v->sched.rt.budget = budget;
    v->sched.rt.left = MIN(v->sched.rt.left, budget);
    v->sched.rt.extra = extra;
    sched_unlock(p);
}

void sched_rtds_get(struct vcpu *v, uint64_t *period, uint64_t *budget, bool *extra) {
    struct sched_pool *p = sched_lock(v->domain);
    *period = v->sched.rt.period;
    *budget = v->sched.rt.budget;
    *extra = v->sched.rt.extra;
    sched_unlock(p);
}

const struct sched_ops sched_rtds = {
    .name = "rtds",
    .id = XEN_SCHEDULER_RTDS,
    .insert = rtds_insert,
    .remove = rtds_remove,
    .wake = rtds_wake,
    .sleep = rtds_sleep,
    .pick = rtds_pick,
    .changed = rtds_changed,
    .tick = rtds_tick,
};
