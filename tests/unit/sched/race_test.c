// SPDX-License-Identifier: Apache-2.0
// The scheduler room with four threads as CPUs and a fifth that wakes, pauses, pins, and moves
// domains and CPUs between pools of all policies, on the real locks and timers. Each vCPU has plain
// data that only the CPU which has it loaded touches: under ThreadSanitizer a vCPU in two places,
// or handed over without order, is a race. At the end everybody runs again.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/percpu.h>
#include <core/timer.h>
#include <sched/sched.h>
#include <string.h>

#include <cmocka.h> // last: its fail() is a macro

#define CPUS 4
#define VCPUS 6
#define STEPS 1500
#define HANG 200 // s; a run takes some

_Thread_local struct percpu *fake_cpu;
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = CPUS;
static uint64_t now_us = 1000000;
static uint32_t stop, loads;
static struct domain domain[VCPUS];
static struct vcpu vcpus[VCPUS];
static struct guest {
    unsigned ran;  // plain: of the CPU that has it loaded
    uint32_t told; // the same, for others to see
} guest[VCPUS];

uint64_t time_ns(void) { return load_acquire(&now_us) * 1000; }
void time_set_deadline(uint64_t deadline) { (void)deadline; }
void cpu_raise(unsigned cpu, enum cpu_work work) { atomic_or(&percpus[cpu].pending, 1U << work); }
bool arch_vcpu_wakeable(struct vcpu *v) {
    (void)v;
    return false;
}
bool domain_at_rest(struct domain *d) { return vcpu_at_rest(d->vcpu[0]); }
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}

static void load(struct percpu *c, struct vcpu *next) {
    struct vcpu *last = c->loaded;
    c->loaded = next;
    atomic_add(&loads, 1);
    if (last)
        sched_put_down(last);
}

static void run_guest(struct vcpu *v, uint32_t *seed) {
    struct guest *g = &guest[v - vcpus];
    store_relaxed(&g->told, (uint32_t)++g->ran);
    *seed = *seed * 1103515245 + 12345;
    switch (*seed >> 16 & 15) {
    case 0:
    case 1:
        vcpu_block(v);
        break;
    case 2:
        vcpu_yield(v);
        break;
    default:
        break;
    }
}

static void *cpu_main(void *arg) {
    struct percpu *c = fake_cpu = arg;
    uint32_t seed = c->id;
    while (!load_acquire(&stop)) {
        bool put_down;
        atomic_add(&now_us, 50);
        timer_run_due();
        if (!atomic_swap(&c->pending, 0) && c->running) {
            run_guest(c->running, &seed);
            if (load_relaxed(&c->pending))
                continue;
        }
        struct vcpu *next = sched_pick(&put_down);
        if (next ? next != c->loaded : put_down)
            load(c, next);
        if (next)
            run_guest(next, &seed);
        else
            sched_yield();
    }
    return NULL;
}

static uint32_t seed = 1;
static uint32_t random_below(uint32_t n) {
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % n;
}

static void act(unsigned *paused) {
    unsigned i = random_below(VCPUS);
    uint32_t pool = random_below(5), cpu = random_below(CPUS), hard = 1 + random_below(15);
    switch (random_below(8)) {
    case 0:
        vcpu_pause(&vcpus[i]);
        paused[i]++;
        break;
    case 1:
        for (; paused[i]; paused[i]--)
            vcpu_unpause(&vcpus[i]);
        break;
    case 2:
        (void)!sched_set_affinity(&vcpus[i], &hard, NULL);
        break;
    case 3:
        (void)!sched_domain_move(&domain[i], pool);
        break;
    case 4:
        (void)!sched_pool_remove_cpu(pool, &cpu);
        break;
    case 5:
        (void)!sched_pool_add_cpu(pool, &cpu);
        break;
    default:
        vcpu_wake(&vcpus[i]);
    }
    timer_run_due();
    for (uint64_t until = load_acquire(&now_us) + 400; load_acquire(&now_us) < until;)
        sched_yield(); // others have had their turn
}

static void wait_for(bool (*done)(unsigned), unsigned i) {
    while (!done(i)) {
        timer_run_due();
        sched_yield();
    }
}
static bool moved(unsigned cpu) { return sched_cpu_moved(cpu); }
static bool in_pool_0(unsigned i) { return sched_domain_move(&domain[i], 0) == 0; }

// Pool 0 gets at least one CPU, then all domains, then the other CPUs.
static void collect(void) {
    for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
        wait_for(moved, cpu);
        for (uint32_t pool = 1; pool < 5; pool++) {
            if (sched_pool_remove_cpu(pool, &cpu) == SCHED_MORE)
                wait_for(moved, cpu);
        }
        if (sched_pool_add_cpu(0, &cpu) == SCHED_MORE)
            wait_for(moved, cpu);
    }
}

static uint32_t before;
static bool ran_more(unsigned i) {
    vcpu_wake(&vcpus[i]);
    return load_relaxed(&guest[i].told) - before > 100;
}

static void all_at_once(void **state) {
    static const struct sched_ops *const more[] = {&sched_rtds, &sched_arinc653, &sched_credit,
                                                   &sched_null};
    pthread_t thread[CPUS];
    unsigned paused[VCPUS] = {0};
    uint32_t any = ~0U;
    (void)state;
    alarm(HANG);
    fake_cpu = &percpus[CPUS];
    for (unsigned i = 0; i < NR_CPUS; i++) {
        percpus[i].id = i;
        spin_lock_init(&percpus[i].timer_lock, LOCK_TIMER);
    }
    sched_init(&sched_credit2);
    for (unsigned i = 0; i < CPUS; i++)
        sched_init_cpu(i, sched_pool_get(0));
    for (uint32_t id = 1; id < 5; id++)
        assert_int_equal(sched_pool_create(&id, more[id - 1]), 0);
    for (unsigned i = 0; i < VCPUS; i++) {
        domain[i] = (struct domain){.id = (domid_t)i, .nr_vcpus = 1, .vcpu = {&vcpus[i]}};
        memset(domain[i].handle, (int)i + 1, sizeof(domain[i].handle));
        spin_lock_init(&domain[i].lock, LOCK_DOMAIN);
        assert_int_equal(sched_domain_create(&domain[i], 0), 0);
        vcpus[i].domain = &domain[i];
        sched_vcpu_insert(&vcpus[i]);
        vcpu_online(&vcpus[i]);
    }
    sched_fair_set(&domain[0], 512, 50);
    for (unsigned i = 0; i < CPUS; i++)
        pthread_create(&thread[i], NULL, cpu_main, &percpus[i]);
    for (unsigned step = 0; step < STEPS; step++)
        act(paused);
    collect();
    for (unsigned i = 0; i < VCPUS; i++)
        wait_for(in_pool_0, i);
    collect();
    assert_int_equal(sched_pool_get(0)->cpus, (1U << CPUS) - 1);
    for (unsigned i = 0; i < VCPUS; i++) {
        assert_int_equal(sched_set_affinity(&vcpus[i], &any, NULL), 0);
        for (; paused[i]; paused[i]--)
            vcpu_unpause(&vcpus[i]);
    }
    for (unsigned i = 0; i < VCPUS; i++) {
        before = load_relaxed(&guest[i].told);
        wait_for(ran_more, i);
    }
    for (unsigned i = 0; i < VCPUS; i++) { // and destroyed while others run
        vcpu_pause(&vcpus[i]);
        while (!vcpu_at_rest(&vcpus[i]))
            sched_yield();
        sched_vcpu_remove(&vcpus[i]);
        sched_domain_destroy(&domain[i]);
    }
    for (uint32_t id = 1; id < 5; id++)
        assert_int_equal(sched_pool_destroy(id), 0);
    store_release(&stop, 1U);
    for (unsigned i = 0; i < CPUS; i++)
        pthread_join(thread[i], NULL);
    print_message("%u loads\n", loads);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
