// SPDX-License-Identifier: Apache-2.0
// sched/core.c, sched/null.c and core/exit.c with two real threads as CPUs: one vCPU blocks again
// and again while the other CPU raises work for it. A lost wake-up shows as a time-out; under
// ThreadSanitizer (the same file, see tests/meson.build) so does a missing lock or ordering.
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/exit.h>
#include <core/log.h>
#include <core/timer.h>
#include <core/upcall.h>
#include <sched/sched.h>

#include <cmocka.h> // last: its fail() is a macro

#define ROUNDS 20000

_Thread_local struct percpu *fake_cpu;
bool fake_interrupt_waits;
static sem_t interrupt[2];
static struct domain domain = {.id = 0, .nr_vcpus = 2};
static struct vcpu vcpus[2];
static uint32_t delivered, switches;

void cpu_kick(unsigned cpu) { sem_post(&interrupt[cpu]); }
void cpu_wait_for_interrupt(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    if (sem_timedwait(&interrupt[this_cpu()->id], &until))
        abort(); // a lost wake-up
}
void irq_handle(void) {}
void irq_handle_traced(void) {}
noreturn void cpu_halt(void) { pthread_exit(NULL); }
uint64_t time_ns(void) { return 0; }
void timer_run_due(void) {}
void vgic_flush(struct vcpu *v) {
    assert_ptr_equal(v, &vcpus[0]);
    assert_ptr_equal(v, this_cpu()->loaded);
    atomic_add(&delivered, 1);
}
bool arch_vcpu_wakeable(struct vcpu *v) {
    (void)v;
    return false;
}
bool arch_vcpu_must_load(const struct vcpu *v) {
    (void)v;
    return false;
}
void arch_vcpu_switch(struct vcpu *from, struct vcpu *to) {
    (void)from;
    (void)to;
    atomic_add(&switches, 1);
}
noreturn void return_to_guest(struct vcpu *v) {
    (void)v;
    abort();
}
void domain_reap(void) {}
void timer_set(struct timer *t, uint64_t deadline) {
    (void)t;
    (void)deadline;
}
void timer_cancel(struct timer *t) { (void)t; }
bool domain_at_rest(struct domain *d) {
    return vcpu_at_rest(d->vcpu[0]) && vcpu_at_rest(d->vcpu[1]);
}
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}

static void *guest_cpu(void *arg) {
    (void)arg;
    fake_cpu = &percpus[0];
    struct vcpu *v = &vcpus[0];
    fake_cpu->loaded = NULL;
    cpu_raise(0, WORK_SCHEDULE);
    for (uint32_t seen = 0; seen < ROUNDS;) {
        fake_cpu->loaded ? vcpu_block(v) : (void)0;
        if (!fake_cpu->loaded) {
            fake_cpu->loaded = v; // as exit_enter_first does
            atomic_add(&switches, 1);
        }
        if (exit_to_guest(v) != v)
            abort();
        lock_check_none();
        seen = load_acquire(&delivered);
    }
    return NULL;
}

static void no_wake_up_is_lost(void **state) {
    pthread_t thread;
    (void)state;
    nr_cpus = 2;
    fake_cpu = &percpus[0];
    sched_init(&sched_null);
    assert_int_equal(sched_domain_create(&domain, 1), -ESRCH);
    assert_int_equal(sched_domain_create(&domain, 0), -ENODEV);
    for (unsigned i = 0; i < 2; i++) {
        sem_init(&interrupt[i], 0, 0);
        percpus[i].id = i;
        fake_cpu = &percpus[i];
        sched_init_cpu(i, sched_pool_get(0));
    }
    assert_int_equal(sched_domain_create(&domain, 0), 0);
    for (unsigned i = 0; i < 2; i++) {
        vcpus[i].domain = &domain;
        vcpus[i].id = i;
        sched_vcpu_insert(&vcpus[i]);
        assert_int_equal(vcpus[i].cpu, i);
    }
    fake_cpu = &percpus[1];
    vcpu_online(&vcpus[0]);
    pthread_create(&thread, NULL, guest_cpu, NULL);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        vcpu_raise(&vcpus[0], VCPU_VGIC);
        while (load_acquire(&delivered) <= i)
            sched_yield();
    }
    pthread_join(thread, NULL);
    assert_int_equal(load_acquire(&delivered), ROUNDS);
    assert_int_equal(switches, 1); // the same vCPU stayed loaded all the time
}

static void every_cpu_has_one_home(void **state) {
    static struct vcpu third = {.domain = &domain, .id = 2};
    (void)state;
    sched_vcpu_insert(&third); // waits
    assert_non_null(third.sched.node.in);
    sched_vcpu_remove(&vcpus[1]);
    assert_null(third.sched.node.in);
    assert_int_equal(third.cpu, 1);
    assert_null(sched_find("no-such-policy"));
    assert_string_equal(sched_find("null")->name, "null");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(every_cpu_has_one_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
