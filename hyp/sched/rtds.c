// SPDX-License-Identifier: Apache-2.0
// rtds: reservations. Each vCPU is a deferrable server: `budget` ns in every `period`, kept while
// it sleeps; of those with budget the earliest deadline runs, on any CPU it may (global EDF).
// Without budget it waits in `later` for its next period; if it has `extra` it runs before that
// where nobody with budget wants to, in turns. All is under the pool's lock, ns throughout. Worst
// case: O(log n) a decision, RENEWALS of them at once; what is left is due again at once.

#include <arch/time.h>
#include <core/domain.h>
#include <core/percpu.h>
#include <sched/sched.h>
#include <xen/scheduler.h>

#define PERIOD 10000000ULL // at first, as in Xen
#define BUDGET 4000000ULL
#define RENEWALS 16

static void burn(struct vcpu *v, uint64_t now) {
    v->sched.rt.left -= MIN(v->sched.rt.left, now - v->sched.since);
    v->sched.since = now;
}

// Its next period, if this one is over: periods are of one raster for good.
static void renew(struct vcpu *v, uint64_t now) {
    uint64_t late = now - v->sched.rt.deadline;
    if (now < v->sched.rt.deadline)
        return;
    v->sched.rt.deadline += (late / v->sched.rt.period + 1) * v->sched.rt.period;
    v->sched.rt.left = v->sched.rt.budget;
    if (v->sched.rt.due.in)
        queue_take(&v->sched.rt.due);
}

static int64_t key_at(const struct vcpu *v, uint64_t now) {
    bool spends = v->sched.rt.left > now - v->sched.since;
    return spends ? (int64_t)v->sched.rt.deadline : INT64_MAX;
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

// What is left over takes no CPU from anybody.
static void find_cpu(struct sched_pool *p, struct vcpu *v) {
    bool has = v->sched.node.in == &p->queue;
    if (v->sched.node.in)
        sched_find_cpu(p, v, key_at, has ? v->sched.node.key : INT64_MAX, NULL);
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
        renew(cur, now);
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
