// SPDX-License-Identifier: Apache-2.0
// sched/core.c with sched/credit2.c in simulated time: CPUs choose when they are asked or their
// slice is over, guests compute or sleep as the test says. Shares follow weights and caps, who
// wakes gets a CPU at once, nobody runs in two places or where it may not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/percpu.h>
#include <sched/sched.h>
#include <xen/domctl.h>

#include <cmocka.h> // last: its fail() is a macro

#define CPUS 4
#define MS 1000000ULL

_Thread_local struct percpu *fake_cpu;
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = CPUS;
static uint64_t now;
static struct domain dom[8];
static struct vcpu vcpu[8];
static uint64_t ran[8];

void spin_lock(spinlock_t *l) { assert_int_equal(l->next++, 0); }
void spin_unlock(spinlock_t *l) { assert_int_equal(--l->next, 0); }
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
uint64_t time_ns(void) { return now; }
bool arch_vcpu_wakeable(struct vcpu *v) {
    (void)v;
    return false;
}
void cpu_raise(unsigned cpu, enum cpu_work work) { percpus[cpu].pending |= 1U << work; }
static struct timer *armed[32];
void timer_set(struct timer *t, uint64_t deadline) {
    t->deadline = deadline;
    for (unsigned i = 0; !t->slot; i++) {
        if (!armed[i]) {
            armed[i] = t;
            t->slot = (uint16_t)(i + 1);
        }
    }
}
void timer_cancel(struct timer *t) {
    if (t->slot)
        armed[t->slot - 1] = NULL;
    t->slot = 0;
}

// The exit room of one CPU.
static void choose(unsigned cpu) {
    struct percpu *c = fake_cpu = &percpus[cpu];
    while (c->pending) {
        bool put_down;
        c->pending = 0;
        struct vcpu *last = c->loaded, *next = sched_pick(&put_down);
        if (!next && !put_down)
            continue;
        if (next == last)
            continue;
        c->loaded = next;
        for (unsigned i = 0; next && i < CPUS; i++)
            assert_true(i == cpu || percpus[i].loaded != next); // never in two places
        if (last)
            sched_put_down(last);
    }
    if (c->running)
        assert_true(c->running->sched.hard & (1U << cpu));
}

static void settle(void) {
    for (unsigned i = 0; i < 3 * CPUS; i++)
        choose(i % CPUS);
}

// Lets time pass to `end`, timers and all.
static void run_until(uint64_t end) {
    settle();
    while (now < end) {
        uint64_t next = end;
        for (unsigned i = 0; i < ARRAY_SIZE(armed); i++)
            next = armed[i] && armed[i]->deadline < next ? armed[i]->deadline : next;
        if (next < now)
            next = now;
        for (unsigned cpu = 0; cpu < CPUS; cpu++) {
            if (percpus[cpu].running)
                ran[percpus[cpu].running - vcpu] += next - now;
        }
        now = next;
        for (unsigned i = 0; i < ARRAY_SIZE(armed); i++) {
            struct timer *t = armed[i];
            if (t && t->deadline <= now) {
                timer_cancel(t);
                t->fn(t->arg);
            }
        }
        settle();
    }
}

static void add(unsigned i, uint32_t hard) {
    dom[i].id = (domid_t)i;
    dom[i].nr_vcpus = 1;
    dom[i].vcpu[0] = &vcpu[i];
    assert_int_equal(sched_domain_create(&dom[i], 0), 0);
    vcpu[i].domain = &dom[i];
    vcpu[i].state = VCPU_OFFLINE;
    assert_int_equal(sched_vcpu_insert(&vcpu[i]), 0);
    assert_int_equal(sched_set_affinity(&vcpu[i], &hard, NULL), 0);
    vcpu_online(&vcpu[i]);
}

static int setup(void **state) {
    (void)state;
    memset(percpus, 0, sizeof(percpus));
    memset(dom, 0, sizeof(dom));
    memset(vcpu, 0, sizeof(vcpu));
    memset(ran, 0, sizeof(ran));
    memset(armed, 0, sizeof(armed));
    struct sched_pool *p = sched_pool_get(0);
    *p = (struct sched_pool){.lock = p->lock, .ratelimit_us = 1000};
    sched_init(&sched_credit2);
    for (unsigned i = 0; i < CPUS; i++) {
        percpus[i].id = i;
        sched_init_cpu(i);
    }
    now = 1000 * MS;
    return 0;
}

static void near(uint64_t value, uint64_t wanted, unsigned percent) {
    if (value * 100 < wanted * (100 - percent) || value * 100 > wanted * (100 + percent))
        fail_msg("%llu, wanted about %llu", (unsigned long long)value, (unsigned long long)wanted);
}

static void shares_follow_weights(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        add(i, 1);
    sched_credit2_set(&dom[1], 512, 0);
    sched_credit2_set(&dom[2], 1024, 0);
    run_until(now + 7000 * MS);
    near(ran[0], 1000 * MS, 5);
    near(ran[1], 2000 * MS, 5);
    near(ran[2], 4000 * MS, 5);
}

static void no_cpu_idles_while_somebody_waits(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        add(i, ~0U);
    run_until(now + 6000 * MS);
    uint64_t all = 0;
    for (unsigned i = 0; i < 6; i++) {
        near(ran[i], 4000 * MS, 10);
        all += ran[i];
    }
    near(all, 24000 * MS, 1);
}

static void a_cap_holds(void **state) {
    (void)state;
    add(0, 1);
    add(1, 2);
    sched_credit2_set(&dom[0], 256, 30);
    run_until(now + 5000 * MS);
    near(ran[0], 1500 * MS, 5); // though its CPU had nothing else to do
    near(ran[1], 5000 * MS, 1);
    sched_credit2_set(&dom[0], 256, 0);
    ran[0] = 0;
    run_until(now + 1000 * MS);
    near(ran[0], 1000 * MS, 3);
}

static void who_slept_runs_at_once(void **state) {
    (void)state;
    add(0, 1);
    add(1, 1);
    run_until(now + 20 * MS);
    for (unsigned i = 0; i < 100; i++) {
        if (percpus[0].running != &vcpu[1])
            run_until(now + 20 * MS);
        fake_cpu = &percpus[0];
        while (percpus[0].running != &vcpu[1])
            run_until(now + MS);
        vcpu_block(&vcpu[1]);
        run_until(now + 15 * MS);
        assert_ptr_equal(percpus[0].running, &vcpu[0]);
        vcpu_wake(&vcpu[1]);
        settle();
        assert_ptr_equal(percpus[0].running, &vcpu[1]);
        run_until(now + 100000);
    }
}

static void a_sleeper_stays_loaded_and_comes_back(void **state) {
    (void)state;
    add(0, ~0U);
    settle();
    unsigned cpu = vcpu[0].cpu;
    fake_cpu = &percpus[cpu];
    vcpu_block(&vcpu[0]);
    settle();
    assert_ptr_equal(percpus[cpu].loaded, &vcpu[0]);
    assert_null(percpus[cpu].running);
    vcpu_wake(&vcpu[0]);
    settle();
    assert_ptr_equal(percpus[cpu].running, &vcpu[0]);
}

static void a_pin_moves_it_at_once(void **state) {
    (void)state;
    add(0, 1);
    settle();
    assert_ptr_equal(percpus[0].running, &vcpu[0]);
    uint32_t hard = 4, nowhere = 1U << 7;
    assert_int_equal(sched_set_affinity(&vcpu[0], &nowhere, NULL), -EINVAL);
    assert_int_equal(sched_set_affinity(&vcpu[0], &hard, NULL), 0);
    settle();
    assert_ptr_equal(percpus[2].running, &vcpu[0]);
    assert_null(percpus[0].loaded);
    // Also one that sleeps, its registers still in the old CPU.
    fake_cpu = &percpus[2];
    vcpu_block(&vcpu[0]);
    settle();
    hard = 2;
    assert_int_equal(sched_set_affinity(&vcpu[0], &hard, NULL), 0);
    vcpu_wake(&vcpu[0]);
    settle();
    assert_ptr_equal(percpus[1].running, &vcpu[0]);
}

static void a_pause_brings_it_to_rest(void **state) {
    (void)state;
    add(0, ~0U);
    settle();
    vcpu_pause(&vcpu[0]);
    vcpu_pause(&vcpu[0]);
    assert_false(vcpu_at_rest(&vcpu[0]));
    settle();
    assert_true(vcpu_at_rest(&vcpu[0]));
    vcpu_wake(&vcpu[0]);
    vcpu_unpause(&vcpu[0]);
    settle();
    assert_true(vcpu_at_rest(&vcpu[0]));
    vcpu_unpause(&vcpu[0]);
    settle();
    assert_ptr_equal(percpus[vcpu[0].cpu].running, &vcpu[0]);
    // Asleep, then paused: down as well.
    fake_cpu = &percpus[vcpu[0].cpu];
    vcpu_block(&vcpu[0]);
    settle();
    vcpu_pause(&vcpu[0]);
    assert_false(vcpu_at_rest(&vcpu[0]));
    settle();
    assert_true(vcpu_at_rest(&vcpu[0]));
    vcpu_wake(&vcpu[0]); // remembered
    vcpu_unpause(&vcpu[0]);
    settle();
    assert_ptr_equal(percpus[vcpu[0].cpu].running, &vcpu[0]);
}

static void random_life(void **state) {
    (void)state;
    srand(5);
    for (unsigned i = 0; i < 8; i++)
        add(i, ~0U);
    unsigned paused[8] = {0};
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)rand() % 8;
        uint32_t hard = 1U + (uint32_t)rand() % 15;
        switch (rand() % 6) {
        case 0:
            if (vcpu[i].state == VCPU_RUNNING) {
                fake_cpu = &percpus[vcpu[i].cpu];
                vcpu_block(&vcpu[i]);
            }
            break;
        case 1:
            vcpu_wake(&vcpu[i]);
            break;
        case 2:
            assert_int_equal(sched_set_affinity(&vcpu[i], &hard, &hard), 0);
            break;
        case 3:
            vcpu_pause(&vcpu[i]);
            paused[i]++;
            break;
        case 4:
            for (; paused[i]; paused[i]--)
                vcpu_unpause(&vcpu[i]);
            break;
        default:
            choose((unsigned)rand() % CPUS);
            now += (unsigned)rand() % 300000;
        }
    }
    uint32_t any = ~0U;
    for (unsigned i = 0; i < 8; i++) {
        for (; paused[i]; paused[i]--)
            vcpu_unpause(&vcpu[i]);
        vcpu_wake(&vcpu[i]);
        assert_int_equal(sched_set_affinity(&vcpu[i], &any, NULL), 0);
    }
    memset(ran, 0, sizeof(ran));
    run_until(now + 8000 * MS);
    for (unsigned i = 0; i < 8; i++)
        near(ran[i], 4000 * MS, 15); // nobody was forgotten
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(shares_follow_weights),
        TEST(no_cpu_idles_while_somebody_waits),
        TEST(a_cap_holds),
        TEST(who_slept_runs_at_once),
        TEST(a_sleeper_stays_loaded_and_comes_back),
        TEST(a_pin_moves_it_at_once),
        TEST(a_pause_brings_it_to_rest),
        TEST(random_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
