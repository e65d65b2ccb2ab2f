// SPDX-License-Identifier: Apache-2.0
// Reservations under global EDF (hyp/sched/rtds.c), each vCPU a deferrable server. A pool is
// feasible when one of these holds, tried in this order:
//   use          one core each, nobody sleeps: the budgets' shares of a core sum up to at most 1
//   GFB          all cores for all, nobody sleeps: the sum is at most m - (m - 1) * the largest
//                (Goossens, Funk, Baruah 2003)
//   response     each one's worst response time is within its period: the work of the others that
//                can come before its deadline, late and early as deferrable servers may have it
//                (Bertogna, Cirinei 2007). Who is pinned meets those who may use its core.
// O(n^2) for n kinds of vCPUs, alike ones counted once.
#include "arena.h"
#include "sched_check.h"
#include "value.h"
#include <stdlib.h>

#define ROUNDS 10000 // of an iteration for a response time; more is taken for none
#define STEPS 4000   // in a period, at most, on several cores
#define MOST_VCPUS 4096

struct task {
    const struct reservation *r;
    uint64_t period, budget, n;
    int64_t core; // -1: all
    bool sleeps;
};

struct set {
    const struct rtds_pool *pool;
    struct task *task;
    size_t n;
    uint64_t vcpus;
    bool global, partitioned, busy; // nobody is pinned; all are (or one core); nobody sleeps
};

static double share(const struct task *t) { return (double)t->budget / (double)t->period; }

// In units of one part of 10^12, rounded up: sums of 4,096 of them stay exact enough to refuse.
static uint64_t parts(const struct task *t) {
    return (uint64_t)(((unsigned __int128)t->budget * 1000000000000ULL + t->period - 1) /
                      t->period);
}

static bool values_ok(const struct rtds_pool *p, const struct reservation *v, struct report *r) {
    unsigned before = r->n;
    if (!v->period.v || v->budget.v > v->period.v)
        complain(r, v->budget.at, "give at most the period", "'%s': a budget of %s in %s",
                 v->name.s, show_time(v->budget.v), show_time(v->period.v));
    if (v->budget.v < 10000)
        complain(r, v->budget.at, "give 10us or more", "'%s': a budget of %s", v->name.s,
                 show_time(v->budget.v));
    if (v->core.said && v->core.v >= p->cores.v)
        complain(r, v->core.at, "give one below the pool's cores", "'%s': no core %llu", v->name.s,
                 (unsigned long long)v->core.v);
    if (v->count.said && (v->count.v < 1 || v->count.v > MOST_VCPUS))
        complain(r, v->count.at, "give 1 to 4096", "'%s': %llu vCPUs", v->name.s,
                 (unsigned long long)v->count.v);
    return r->n == before;
}

static bool gather(struct set *s, struct report *r) {
    const struct reservation *v = s->pool->vcpus.item;
    bool one_core = s->pool->cores.v == 1, ok = true;
    s->n = s->pool->vcpus.n;
    s->task = take(s->n * sizeof(*s->task) + 1);
    s->global = s->partitioned = s->busy = true;
    for (size_t i = 0; i < s->n; i++, v++) {
        struct task *t = &s->task[i];
        ok = values_ok(s->pool, v, r) && ok;
        *t = (struct task){v,           v->period.v,
                           v->budget.v, v->count.said ? v->count.v : 1,
                           -1,          !v->sleeps.said || v->sleeps.v};
        if (v->core.said || one_core)
            t->core = (int64_t)v->core.v;
        s->vcpus += t->n;
        s->global = s->global && t->core < 0;
        s->partitioned = s->partitioned && t->core >= 0;
        s->busy = s->busy && !t->sleeps;
    }
    if (ok && s->vcpus > MOST_VCPUS) {
        complain(r, s->pool->vcpus.at, "give at most 4096", "a pool of %llu vCPUs",
                 (unsigned long long)s->vcpus);
        ok = false;
    }
    return ok;
}

// The first reservation of a core, in the file's order, that is one too many; NULL: none.
static const struct task *overflow(const struct set *s, int64_t core, uint64_t cores) {
    unsigned __int128 sum = 0, room = (unsigned __int128)cores * 1000000000000ULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct task *t = &s->task[i];
        if (core >= 0 && t->core != core)
            continue;
        sum += (unsigned __int128)parts(t) * t->n;
        // Rounded up a little each: allow for it, a real excess is larger.
        if (sum > room + s->vcpus)
            return t;
    }
    return NULL;
}

static bool capacity_ok(const struct set *s, struct report *r) {
    unsigned before = r->n;
    const struct task *t = overflow(s, -1, s->pool->cores.v);
    if (t)
        complain(r, t->r->at, "lower budgets or add cores",
                 "'%s' is more than is left: the pool's %llu cores are full", t->r->name.s,
                 (unsigned long long)s->pool->cores.v);
    for (uint64_t core = 0; !t && core < s->pool->cores.v; core++) {
        const struct task *c = overflow(s, (int64_t)core, 1);
        if (c)
            complain(r, c->r->at, "lower budgets or pin it elsewhere",
                     "'%s' is more than is left of core %llu", c->r->name.s,
                     (unsigned long long)core);
    }
    return r->n == before;
}

static bool gfb(const struct set *s) {
    double sum = 0, most = 0, m = (double)s->pool->cores.v;
    for (size_t i = 0; i < s->n; i++) {
        sum += share(&s->task[i]) * (double)s->task[i].n;
        most = share(&s->task[i]) > most ? share(&s->task[i]) : most;
    }
    return sum <= m - (m - 1) * most - 1e-9;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

// What t can do in any stretch of `length`: a late budget, then early ones.
static uint64_t work(const struct task *t, uint64_t length) {
    uint64_t span = length + t->period - t->budget, whole = span / t->period;
    return whole * t->budget + least(t->budget, span - whole * t->period);
}

// ... of that, what has a deadline before the one of `victim`.
static uint64_t sooner(const struct task *t, const struct task *victim) {
    uint64_t whole = victim->period / t->period;
    return whole * t->budget + least(t->budget, victim->period % t->period);
}

// The worst time from the begin of a period to the end of the budget; more than the period when
// that cannot be shown.
static uint64_t response(const struct set *s, const struct task *v) {
    uint64_t time = v->budget, cores = v->core < 0 ? s->pool->cores.v : 1;
    for (unsigned round = 0; round < ROUNDS && time <= v->period; round++) {
        unsigned __int128 others = 0;
        for (size_t i = 0; i < s->n; i++) {
            const struct task *t = &s->task[i];
            uint64_t n = t == v ? t->n - 1 : t->n;
            if (v->core >= 0 && t->core >= 0 && t->core != v->core)
                continue;
            uint64_t w = least(work(t, time), sooner(t, v));
            // On one core it is the sum that counts; on several nobody delays v on all at once.
            others += (unsigned __int128)(cores == 1 ? w : least(w, time - v->budget + 1)) * n;
        }
        uint64_t next = v->budget + (uint64_t)(others / cores);
        if (next <= time)
            return time;
        // Any time that suffices is a bound, so that small steps can be made larger.
        uint64_t step = cores == 1 ? 0 : v->period / STEPS;
        time = next > time + step ? next : time + step;
    }
    return v->period + 1;
}

static bool responses(const struct set *s, struct report *r) {
    unsigned before = r->n;
    for (size_t i = 0; i < s->n; i++) {
        const struct task *t = &s->task[i];
        uint64_t time = response(s, t);
        if (time <= t->period)
            printf("  %-15s %4llu x %s in %s: response at most %s\n", t->r->name.s,
                   (unsigned long long)t->n, show_time(t->budget), show_time(t->period),
                   show_time(time));
        else
            complain(r, t->r->at, "lower budgets, add cores, or pin vCPUs apart",
                     "'%s': no proof that its %s are there in each %s", t->r->name.s,
                     show_time(t->budget), show_time(t->period));
    }
    return r->n == before;
}

// With the other tests nobody ends later than its period.
static void periods(const struct set *s) {
    for (size_t i = 0; i < s->n; i++)
        printf("  %-15s %4llu x %s: response at most %s\n", s->task[i].r->name.s,
               (unsigned long long)s->task[i].n, show_time(s->task[i].budget),
               show_time(s->task[i].period));
}

void check_rtds(const struct rtds_pool *p, struct report *r) {
    struct set s = {.pool = p};
    if (!gather(&s, r) || !capacity_ok(&s, r))
        return;
    const char *test = s.busy && s.partitioned         ? "use at most 1 on each core"
                       : s.busy && s.global && gfb(&s) ? "GFB"
                                                       : "response times";
    printf("rtds pool '%s': %llu vCPUs on %llu cores, test: %s\n", p->name.s,
           (unsigned long long)s.vcpus, (unsigned long long)p->cores.v, test);
    bool plain = s.busy && (s.partitioned || (s.global && gfb(&s)));
    if (plain)
        periods(&s);
    if (plain || responses(&s, r))
        printf("  feasible\n");
}
