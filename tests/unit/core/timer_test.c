// SPDX-License-Identifier: Apache-2.0
// core/timer.c: callbacks in order of deadline, each once, none after a cancel; the hardware always
// has the earliest deadline of the CPU.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/cpu.h>
#include <arch/time.h>
#include <core/log.h>
#include <core/percpu.h>
#include <core/timer.h>

#include <cmocka.h> // last: its fail() is a macro

_Thread_local struct percpu *fake_cpu;
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = 2;
static uint64_t now, hardware[NR_CPUS];
static unsigned locks;

void spin_lock(spinlock_t *l) {
    assert_int_equal(l->next++, 0);
    assert_int_equal(locks++, 0);
}
void spin_unlock(spinlock_t *l) {
    assert_int_equal(--l->next, 0);
    locks--;
}
void panic(const char *fmt, ...) {
    mock_assert(0, fmt, __FILE__, __LINE__); // expect_assert_failure() catches it
    abort();
}
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
uint64_t time_ns(void) { return now; }
void time_set_deadline(uint64_t deadline_ns) { hardware[fake_cpu->id] = deadline_ns; }

static int start(void **state) {
    (void)state;
    memset(percpus, 0, sizeof(percpus));
    for (unsigned i = 0; i < NR_CPUS; i++) {
        percpus[i].id = i;
        hardware[i] = UINT64_MAX;
    }
    fake_cpu = &percpus[0];
    now = 0;
    return 0;
}

#define N 1000
static struct timer timers[N];
static unsigned fired[N];
static uint64_t last;

static void fire(void *arg) {
    size_t i = (size_t)arg;
    assert_int_equal(locks, 0);
    assert_int_equal(timers[i].slot, 0);
    assert_true(timers[i].deadline <= now);
    assert_true(timers[i].deadline >= last);
    last = timers[i].deadline;
    fired[i]++;
}

static void one_after_another(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        timer_init(&timers[i], fire, (void *)(size_t)i);
    memset(fired, 0, sizeof(fired));
    last = 0;
    timer_set(&timers[0], 300);
    assert_int_equal(hardware[0], 300);
    timer_set(&timers[1], 100);
    timer_set(&timers[2], 200);
    assert_int_equal(hardware[0], 100);
    timer_set(&timers[1], 400); // later
    assert_int_equal(hardware[0], 200);
    timer_set(&timers[1], 50); // earlier
    assert_int_equal(hardware[0], 50);
    timer_cancel(&timers[1]);
    timer_cancel(&timers[1]);
    assert_int_equal(hardware[0], 200);
    now = 199;
    timer_run_due();
    assert_int_equal(fired[2], 0);
    now = 200;
    timer_run_due();
    assert_int_equal(fired[2], 1);
    assert_int_equal(hardware[0], 300);
    now = 1000;
    timer_run_due();
    timer_run_due();
    assert_int_equal(fired[0], 1);
    assert_int_equal(fired[1], 0);
    assert_int_equal(hardware[0], UINT64_MAX);
}

static void again(void *arg) {
    fired[0]++;
    timer_set(arg, 5); // in the past
}

static void bounded(void **state) {
    (void)state;
    memset(fired, 0, sizeof(fired));
    timer_init(&timers[0], again, &timers[0]);
    now = 10;
    timer_set(&timers[0], 5);
    timer_run_due();
    assert_int_equal(fired[0], TIMERS_PER_ROUND);
    assert_int_equal(hardware[0], 5); // the next round comes at once
    timer_cancel(&timers[0]);
    assert_int_equal(hardware[0], UINT64_MAX);
}

static void across_cpus(void **state) {
    (void)state;
    timer_init(&timers[0], fire, (void *)0);
    memset(fired, 0, sizeof(fired));
    last = 0;
    timer_set(&timers[0], 100);
    fake_cpu = &percpus[1];
    timer_set(&timers[0], 200); // moves here
    assert_int_equal(percpus[0].timer_count, 0);
    assert_int_equal(hardware[1], 200);
    fake_cpu = &percpus[0];
    now = 300;
    timer_run_due(); // fires early, finds nothing
    assert_int_equal(fired[0], 0);
    assert_int_equal(hardware[0], UINT64_MAX);
    timer_cancel(&timers[0]); // on CPU 1 from CPU 0
    assert_int_equal(percpus[1].timer_count, 0);
    fake_cpu = &percpus[1];
    timer_run_due();
    assert_int_equal(fired[0], 0);
    timer_dump();
}

// As many as vCPUs can have, due at once: some a round, in order.
static void many(void **state) {
    (void)state;
    memset(fired, 0, sizeof(fired));
    last = 0;
    now = 0;
    for (size_t i = 0; i < N; i++) {
        timer_init(&timers[i], fire, (void *)i);
        timer_set(&timers[i], 2000 - i);
    }
    timer_set(&timers[7], 1);
    assert_int_equal(percpus[0].timer_count, N);
    timer_dump();
    now = 3000;
    unsigned rounds = 0;
    for (; percpus[0].timer_count; rounds++)
        timer_run_due();
    assert_int_equal(rounds, (N + TIMERS_PER_ROUND - 1) / TIMERS_PER_ROUND);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(fired[i], 1);
}

static void random_operations(void **state) {
    (void)state;
    static bool armed[64];
    srand(7);
    for (size_t i = 0; i < 64; i++)
        timer_init(&timers[i], fire, (void *)i);
    memset(armed, 0, sizeof(armed));
    for (unsigned step = 0; step < 200000; step++) {
        unsigned i = (unsigned)rand() % 64, k = (unsigned)rand() % 4;
        if (k < 2) {
            timer_set(&timers[i], now + (unsigned)rand() % 1000);
            armed[i] = true;
        } else if (k == 2) {
            timer_cancel(&timers[i]);
            armed[i] = false;
        } else {
            now += (unsigned)rand() % 100;
            memset(fired, 0, sizeof(fired));
            last = 0;
            timer_run_due();
            for (unsigned t = 0; t < 64; t++) {
                assert_int_equal(fired[t], armed[t] && timers[t].deadline <= now);
                armed[t] = armed[t] && !fired[t];
            }
        }
        uint64_t earliest = UINT64_MAX;
        for (unsigned t = 0; t < 64; t++) {
            assert_int_equal(timers[t].slot != 0, armed[t]);
            if (armed[t] && timers[t].deadline < earliest)
                earliest = timers[t].deadline;
        }
        assert_int_equal(hardware[0], earliest);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_after_another, start), cmocka_unit_test_setup(bounded, start),
        cmocka_unit_test_setup(across_cpus, start),       cmocka_unit_test_setup(many, start),
        cmocka_unit_test_setup(random_operations, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
