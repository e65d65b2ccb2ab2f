// SPDX-License-Identifier: Apache-2.0
#include "sim.h"

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <core/log.h>

_Thread_local struct percpu *fake_cpu = &percpus[0];
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = CPUS;
uint64_t sim_now, sim_seed, sim_picks;
struct domain sim_dom[SIM_VCPUS];
struct vcpu sim_vcpu[SIM_VCPUS];
uint64_t sim_ran[SIM_VCPUS];
void (*sim_step)(uint64_t from);
static unsigned used;

void spin_lock(spinlock_t *l) { assert_int_equal(l->next++, 0); }
void spin_lock_nested(spinlock_t *l) { spin_lock(l); }
void spin_unlock(spinlock_t *l) { assert_int_equal(--l->next, 0); }
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
uint64_t time_ns(void) { return sim_now; }
bool arch_vcpu_wakeable(struct vcpu *v) {
    (void)v;
    return false;
}
void cpu_raise(unsigned cpu, enum cpu_work work) { percpus[cpu].pending |= 1U << work; }

bool domain_at_rest(struct domain *d) { return vcpu_at_rest(d->vcpu[0]); }

// Timers: those that are armed, in no order.
static struct timer *armed[SIM_VCPUS + NR_CPUS];
static unsigned nr_armed;

void timer_cancel(struct timer *t) {
    if (!t->slot)
        return;
    struct timer *last = armed[--nr_armed];
    armed[t->slot - 1] = last;
    last->slot = t->slot;
    t->slot = 0;
}
void timer_set(struct timer *t, uint64_t deadline) {
    timer_cancel(t);
    t->deadline = deadline;
    armed[nr_armed++] = t;
    t->slot = (uint16_t)nr_armed;
}

uint32_t sim_random(uint32_t n) {
    sim_seed = sim_seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((sim_seed >> 33) % n);
}

// The exit room of one CPU.
void sim_choose(unsigned cpu) {
    struct percpu *c = fake_cpu = &percpus[cpu];
    for (unsigned round = 0; c->pending; round++) {
        bool put_down;
        assert_true(round < 100);
        c->pending = 0;
        sim_picks++;
        struct vcpu *last = c->loaded, *next = sched_pick(&put_down);
        if (!next && put_down)
            c->pending = 1U << WORK_SCHEDULE;
        if ((!next && !put_down) || next == last)
            continue;
        c->loaded = next;
        for (unsigned i = 0; next && i < CPUS; i++)
            assert_true(i == cpu || percpus[i].loaded != next); // never in two places
        if (last)
            sched_put_down(last);
    }
    if (c->running) {
        assert_true(c->running->sched.hard & (1U << cpu));
        assert_ptr_equal(c->running->domain->sched.pool, c->pool);
        assert_true(c->pool->cpus & (1U << cpu));
    }
}

void sim_settle(void) {
    for (unsigned round = 0, quiet = 0; quiet < CPUS; round++) {
        unsigned cpu = round % CPUS;
        assert_true(round < 100);
        quiet = percpus[cpu].pending ? 0 : quiet + 1;
        sim_choose(cpu);
    }
}

static uint64_t next_timer(uint64_t end) {
    uint64_t next = end;
    for (unsigned i = 0; i < nr_armed; i++)
        next = armed[i]->deadline < next ? armed[i]->deadline : next;
    return next < sim_now ? sim_now : next;
}

static void fire(void) {
    for (unsigned i = 0; i < nr_armed;) {
        struct timer *t = armed[i];
        if (t->deadline > sim_now) {
            i++;
            continue;
        }
        timer_cancel(t);
        t->fn(t->arg);
    }
}

void sim_until(uint64_t end) {
    sim_settle();
    while (sim_now < end) {
        uint64_t from = sim_now;
        sim_now = next_timer(end);
        for (unsigned cpu = 0; cpu < CPUS; cpu++) {
            if (percpus[cpu].running)
                sim_ran[percpus[cpu].running - sim_vcpu] += sim_now - from;
        }
        if (sim_step)
            sim_step(from);
        fire();
        sim_settle();
    }
}

void sim_for(uint64_t ns) { sim_until(sim_now + ns); }

void sim_add(unsigned i, uint32_t pool, uint32_t hard) {
    struct domain *d = &sim_dom[i];
    struct vcpu *v = &sim_vcpu[i];
    used = i >= used ? i + 1 : used;
    d->id = (domid_t)i;
    d->nr_vcpus = 1;
    d->life = DOMAIN_ALIVE;
    d->vcpu[0] = v;
    assert_int_equal(sched_domain_create(d, pool), 0);
    v->domain = d;
    v->state = VCPU_OFFLINE;
    sched_vcpu_insert(v);
    assert_int_equal(sched_set_affinity(v, &hard, NULL), 0);
    vcpu_online(v);
}

void sim_kill(unsigned i) {
    vcpu_pause(&sim_vcpu[i]);
    for (unsigned n = 0; !vcpu_at_rest(&sim_vcpu[i]); n++) {
        assert_true(n < 10);
        sim_settle();
    }
    sched_vcpu_remove(&sim_vcpu[i]);
    sched_domain_destroy(&sim_dom[i]);
    memset(&sim_vcpu[i], 0, sizeof(sim_vcpu[i]));
    memset(&sim_dom[i], 0, sizeof(sim_dom[i]));
}

void sim_block(unsigned i) {
    assert_int_equal(sim_vcpu[i].state, VCPU_RUNNING);
    fake_cpu = &percpus[sim_vcpu[i].cpu];
    vcpu_block(&sim_vcpu[i]);
}

void sim_reset(const struct sched_ops *ops) {
    memset(percpus, 0, sizeof(percpus));
    memset(sim_dom, 0, used * sizeof(sim_dom[0]));
    memset(sim_vcpu, 0, used * sizeof(sim_vcpu[0]));
    memset(sim_ran, 0, sizeof(sim_ran));
    memset(sched_pools, 0, sizeof(sched_pools));
    used = nr_armed = 0;
    sim_step = NULL;
    sched_init(ops);
    for (unsigned i = 0; i < CPUS; i++) {
        percpus[i].id = i;
        percpus[i].urgent = true; // what wakes somebody is a timer, unless a test says otherwise
        sched_init_cpu(i, sched_pool_get(0));
    }
    sim_now = 1000 * MS;
}

void sim_near(uint64_t value, uint64_t wanted, unsigned per_mille) {
    if (value * 1000 < wanted * (1000 - per_mille) || value * 1000 > wanted * (1000 + per_mille))
        fail_msg("%llu, wanted about %llu", (unsigned long long)value, (unsigned long long)wanted);
}
