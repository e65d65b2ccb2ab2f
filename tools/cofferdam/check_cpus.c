// SPDX-License-Identifier: Apache-2.0
// CPUs: pools, pins, and that what the schedulers are asked for is there.
#include "arena.h"
#include "plan.h"
#include "value.h"
#include <string.h>

#define MAX_VCPUS 8
#define RTDS_LEAST 10000 // ns; Xen takes no shorter period or budget

static uint64_t all_cpus(const struct plan *p) {
    return p->machine.cpus >= MAX_CPUS ? ~0ULL : (1ULL << p->machine.cpus) - 1;
}

// CPUs of a domain's pool; those of no pool when it names none.
static uint64_t cpus_of(const struct plan *p, const struct pool *pool) {
    uint64_t rest = all_cpus(p);

    if (pool)
        return pool_cpus(pool);
    for (size_t i = 0; i < p->model.pools.n; i++)
        rest &= ~pool_cpus(pool_at(&p->model, i));
    return rest;
}

static const char *scheduler_of(const struct plan *p, const struct pool *pool) {
    return pool ? text_or(pool->scheduler, "credit2")
                : text_or(p->model.hypervisor.scheduler, "credit2");
}

static void check_pool(struct plan *p, struct pool *pool, size_t n) {
    const struct cpus *c = pool->cpus.item;
    uint64_t own = 0;

    for (size_t i = 0; i < pool->cpus.n; i++) {
        if (c[i].mask & ~all_cpus(p))
            complain(p->report, c[i].at, take_text("use 0 to %u", p->machine.cpus - 1),
                     "the board has no CPU %s", show_cpus(c[i].mask & ~all_cpus(p)));
        if (c[i].mask & own)
            complain(p->report, c[i].at, "name each once", "CPU %s is here twice",
                     show_cpus(c[i].mask & own));
        own |= c[i].mask;
        if (c[i].mask & 1)
            complain(p->report, c[i].at, "leave CPU 0 out of the pools",
                     "CPU 0 boots the system and stays in the first pool");
        for (size_t k = 0; k < n; k++) {
            uint64_t both = c[i].mask & pool_cpus(pool_at(&p->model, k));
            if (both)
                complain(p->report, c[i].at, "give each CPU to one pool",
                         "CPU %s is in pool %s too", show_cpus(both),
                         pool_at(&p->model, k)->name.s);
        }
    }
}

static void check_windows(struct plan *p, struct pool *pool) {
    const struct window *w = pool->windows.item;
    bool arinc = is_text(pool->scheduler, "arinc653");
    uint64_t sum = 0;

    if (!arinc && (pool->windows.n || pool->major_frame.said))
        complain(p->report, pool->windows.n ? pool->windows.at : pool->major_frame.at,
                 "write scheduler: arinc653, or leave it out", "only arinc653 has windows");
    if (!arinc)
        return;
    if (__builtin_popcountll(pool_cpus(pool)) > 1)
        complain(p->report, pool->cpus.at, "make a pool for each CPU",
                 "an arinc653 schedule is for one CPU");
    if (!pool->windows.n || !pool->major_frame.said) {
        complain(p->report, pool->at, "add major-frame and windows", "arinc653 needs a schedule");
        return;
    }
    for (size_t i = 0; i < pool->windows.n; i++) {
        const struct domain *d = find_domain(&p->model, w[i].domain.s);
        sum += w[i].runtime.v;
        if (w[i].runtime.said && !w[i].runtime.v)
            complain(p->report, w[i].runtime.at, "give a longer time", "a window of no time");
        if (d && find_pool(&p->model, d->pool.s) != pool)
            complain(p->report, w[i].domain.at, take_text("write cpupool: %s there", pool->name.s),
                     "%s is not in this pool", d->name.s);
        if (d && w[i].vcpu.v >= vcpus_of(d))
            complain(p->report, w[i].vcpu.at, take_text("use 0 to %u", (unsigned)vcpus_of(d) - 1),
                     "%s has no vCPU %u", d->name.s, (unsigned)w[i].vcpu.v);
        if (sum > pool->major_frame.v)
            complain(p->report, w[i].at, "shorten windows or lengthen major-frame",
                     "the windows up to here take %s of a frame of %s", show_time(sum),
                     show_time(pool->major_frame.v));
    }
}

static void check_schedule(struct plan *p, const struct domain *d, const char *scheduler) {
    const struct schedule *s = &d->schedule;
    bool rtds = !strcmp(scheduler, "rtds"), credit = !strncmp(scheduler, "credit", 6);
    struct number odd = s->period.said ? s->period : s->budget;

    if (odd.said && !rtds)
        complain(p->report, odd.at, "put it into a pool with scheduler: rtds",
                 "period and budget mean nothing to %s", scheduler);
    odd = s->weight.said ? s->weight : s->cap;
    if (odd.said && !credit)
        complain(p->report, odd.at, "leave it out", "weight and cap mean nothing to %s", scheduler);
    if (s->weight.said && (!s->weight.v || s->weight.v > 65535))
        complain(p->report, s->weight.at, "give 1 to 65535", "weight %llu is out of range",
                 (unsigned long long)s->weight.v);
    if (s->cap.said && s->cap.v > 100 * vcpus_of(d))
        complain(p->report, s->cap.at, take_text("give at most %u", 100 * (unsigned)vcpus_of(d)),
                 "cap %llu is more than its vCPUs can use", (unsigned long long)s->cap.v);
    if (!rtds)
        return;
    if (!s->period.at.line || !s->budget.at.line)
        complain(p->report, s->at.line ? s->at : d->at, "add schedule: {period: 10ms, budget: 4ms}",
                 "a domain under rtds needs period and budget");
    else if (!s->period.said || !s->budget.said)
        return;
    else if (s->budget.v > s->period.v)
        complain(p->report, s->budget.at, "make it shorter", "budget %s is longer than period %s",
                 show_time(s->budget.v), show_time(s->period.v));
    else if (s->budget.v < RTDS_LEAST)
        complain(p->report, s->budget.at, "give at least 10us", "budget %s is too short",
                 show_time(s->budget.v));
}

static void check_domain(struct plan *p, const struct domain *d) {
    const struct pool *pool = find_pool(&p->model, d->pool.s);
    uint64_t may = cpus_of(p, pool);
    const struct cpus *c = d->pin.item;

    if (d->vcpus.said && (d->vcpus.v == 0 || d->vcpus.v > MAX_VCPUS))
        complain(p->report, d->vcpus.at, "give 1 to 8", "a domain cannot have %llu vCPUs",
                 (unsigned long long)d->vcpus.v);
    if (d->pin.n > 1 && d->pin.n != vcpus_of(d))
        complain(p->report, d->pin.at, take_text("give one, or %u", (unsigned)vcpus_of(d)),
                 "%zu pins for %u vCPUs", d->pin.n, (unsigned)vcpus_of(d));
    for (size_t i = 0; i < d->pin.n; i++) {
        uint64_t out = c[i].mask & ~may;
        if (out & ~all_cpus(p))
            complain(p->report, c[i].at, take_text("use 0 to %u", p->machine.cpus - 1),
                     "the board has no CPU %s", show_cpus(out & ~all_cpus(p)));
        else if (out)
            complain(p->report, c[i].at, take_text("use %s", show_cpus(may)), "CPU %s is not in %s",
                     show_cpus(out), pool ? pool->name.s : "the pool of this domain");
    }
    check_schedule(p, d, scheduler_of(p, pool));
}

// What all domains of a pool ask for together. Shares are in millionths of a CPU.
static void check_sum(struct plan *p, const struct pool *pool) {
    const char *scheduler = scheduler_of(p, pool);
    uint64_t cpus = cpus_of(p, pool), share = 0, vcpus = 0, pinned[MAX_CPUS] = {0};
    unsigned n = (unsigned)__builtin_popcountll(cpus);
    bool rtds = !strcmp(scheduler, "rtds"), null = !strcmp(scheduler, "null");

    for (size_t i = 0; i < p->model.domains.n; i++) {
        const struct domain *d = domain_at(&p->model, i);
        uint64_t period = d->schedule.period.v;
        uint64_t one = period ? d->schedule.budget.v * 1000000 / period : 0;

        if (find_pool(&p->model, d->pool.s) != pool || vcpus_of(d) > MAX_VCPUS)
            continue;
        vcpus += vcpus_of(d);
        share += one * vcpus_of(d);
        if (null && vcpus > n)
            complain(p->report, d->at, "give the pool more CPUs",
                     "under null each vCPU needs a CPU of its own: %llu vCPUs, %u CPUs",
                     (unsigned long long)vcpus, n);
        if (rtds && share > 1000000ULL * n)
            complain(p->report, d->schedule.at, "lower budgets or give the pool more CPUs",
                     "with %s the budgets are %llu%% of a CPU, and there are %u", d->name.s,
                     (unsigned long long)(share / 10000), n);
        for (size_t v = 0; v < vcpus_of(d); v++) {
            uint64_t pin = pin_of(d, v);
            unsigned cpu = (unsigned)__builtin_ctzll(pin | 1ULL << 63);
            if (!pin || pin & (pin - 1))
                continue;
            pinned[cpu] += null ? 1000000 : one;
            if ((null || rtds) && pinned[cpu] > 1000000)
                complain(p->report, d->pin.at, "pin it to another CPU",
                         "CPU %u would have to give %llu%%", cpu,
                         (unsigned long long)(pinned[cpu] / 10000));
        }
    }
}

void check_cpus(struct plan *p) {
    const struct model *m = &p->model;

    if (is_text(m->hypervisor.scheduler, "arinc653"))
        complain(p->report, m->hypervisor.scheduler.at, "make a pool with this scheduler",
                 "CPUs in no pool cannot have windows");
    for (size_t i = 0; i < m->pools.n; i++) {
        check_pool(p, pool_at(m, i), i);
        check_windows(p, pool_at(m, i));
    }
    for (size_t i = 0; i < m->domains.n; i++)
        check_domain(p, domain_at(m, i));
    check_sum(p, NULL);
    for (size_t i = 0; i < m->pools.n; i++)
        check_sum(p, pool_at(m, i));
    if (m->dom0.vcpus.said && (m->dom0.vcpus.v == 0 || m->dom0.vcpus.v > MAX_VCPUS))
        complain(p->report, m->dom0.vcpus.at, "give 1 to 8", "Dom0 cannot have %llu vCPUs",
                 (unsigned long long)m->dom0.vcpus.v);
}
