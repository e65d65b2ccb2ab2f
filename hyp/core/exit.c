// SPDX-License-Identifier: Apache-2.0
// The exit room: the one place where a CPU does what was put off, chooses who runs, and where
// "current" can change. Called at the end of every trap. Worst case: ROUNDS times one round of
// work; what is still pending then has kicked this CPU and traps again at once.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <core/domain.h>
#include <core/exit.h>
#include <core/timer.h>
#include <core/trace.h>
#include <core/upcall.h>
#include <sched/sched.h>

#define ROUNDS 4
#define SCHEDULE (1u << WORK_SCHEDULE)

struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = 1;

noreturn void return_to_guest(struct vcpu *v);

void cpu_raise(unsigned cpu, enum cpu_work work) {
    atomic_or(&percpus[cpu].pending, 1u << work);
    if (cpu != this_cpu()->id)
        cpu_kick(cpu);
}

void vcpu_raise(struct vcpu *v, enum vcpu_work work) {
    uint32_t old = atomic_or(&v->pending, 1u << work);
    smp_mb(); // the bit before we look at the state: vcpu_block does it the other way round
    uint32_t state = peek_word(&v->state);
    if (state == VCPU_BLOCKED)
        vcpu_wake(v);
    uint32_t cpu = peek_word(&v->cpu);
    if (state == VCPU_RUNNING && !(old & (1u << work)) && cpu != this_cpu()->id)
        cpu_kick(cpu);
}

static uint32_t last_epoch;

uint32_t quiesce_begin(void) {
    uint32_t epoch = atomic_add(&last_epoch, 1) + 1;
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        cpu_raise(cpu, WORK_QUIESCE);
    return epoch;
}

bool quiesce_done(uint32_t epoch) {
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        if ((int32_t)(load_acquire(&percpus[cpu].epoch) - epoch) < 0)
            return false;
    }
    return true;
}

// The last CPU that answers finds the grace period over.
static void quiesce(struct percpu *c) {
    store_release(&c->epoch, load_acquire(&last_epoch));
    domain_reap();
    trace_pass(c);
}

// Nobody runs here until an interrupt brings work. The last vCPU stays loaded: when it is the one
// that wakes, no switch is needed.
static void idle(struct percpu *c) {
    struct vcpu *v = c->loaded;
    c->wfi_count++;
    if (!load_acquire(&c->pending) && !(v && load_acquire(&v->pending))) {
        cpu_wait_for_interrupt();
        if (unlikely(c->trace))
            irq_handle_traced();
        else
            irq_handle();
    }
    if (v && load_relaxed(&v->state) == VCPU_BLOCKED &&
        (load_acquire(&v->pending) || arch_vcpu_wakeable(v)))
        vcpu_wake(v);
}

static __attribute__((noinline)) void cpu_work(uint32_t work) {
    if (unlikely(work & (1u << WORK_STOP)))
        cpu_halt();
    if (work & (1u << WORK_TIMER))
        timer_run_due();
    if (unlikely(work & (1u << WORK_QUIESCE)))
        quiesce(this_cpu());
    if (unlikely(work & (1u << WORK_REAP)))
        domain_reap();
}

// `next` (or nobody) is in this CPU, who was before is in memory. To load it flushes its vGIC.
static void switch_to(struct percpu *c, struct vcpu *next) {
    struct vcpu *last = c->loaded;
    if (next && (load_relaxed(&next->pending) & 1u << VCPU_VGIC))
        atomic_and(&next->pending, ~(1u << VCPU_VGIC));
    arch_vcpu_switch(last, next);
    c->loaded = next;
    if (last && last != next)
        sched_put_down(last);
}

// The vCPU that runs next; does not return while there is none.
static inline __attribute__((always_inline)) struct vcpu *schedule(struct percpu *c) {
    for (;;) {
        bool put_down;
        struct vcpu *next = sched_pick(&put_down);
        if (likely(next)) {
            if (next != c->loaded || arch_vcpu_must_load(next))
                switch_to(c, next);
            return next;
        }
        if (put_down)
            switch_to(c, NULL); // and ask again: the CPU may change its pool now
        else
            idle(c);
        uint32_t work = atomic_swap(&c->pending, 0) & ~SCHEDULE;
        if (unlikely(work))
            cpu_work(work);
    }
}

static void vcpu_work(struct vcpu *v) {
    uint32_t work = atomic_swap(&v->pending, 0);
    if (work & (1u << VCPU_STOP))
        atomic_or(&this_cpu()->pending, SCHEDULE);
    if (work & (1u << VCPU_VGIC))
        vgic_flush(v);
}

// A vCPU that must not run leaves by the scheduler, however much else is pending.
struct vcpu *exit_slow(struct percpu *c, struct vcpu *v) {
    for (unsigned round = 0; round < ROUNDS || load_relaxed(&v->state) != VCPU_RUNNING; round++) {
        uint32_t work = atomic_swap(&c->pending, 0);
        if (work & ~SCHEDULE) {
            cpu_work(work & ~SCHEDULE);
            work |= atomic_and(&c->pending, ~SCHEDULE);
        }
        if ((work & SCHEDULE) || unlikely(round >= ROUNDS)) {
            v = schedule(c);
            if (round == 0 && unlikely(cpu_interrupt_waits())) // its timer's, which is due
                c->trace ? irq_handle_traced() : irq_handle();
        }
        if (load_relaxed(&v->pending))
            vcpu_work(v);
        if (!load_relaxed(&c->pending) && !load_relaxed(&v->pending) &&
            load_relaxed(&v->state) == VCPU_RUNNING)
            break;
    }
    return v;
}

noreturn void exit_enter_first(void) {
    struct percpu *c = this_cpu();
    atomic_or(&c->pending, SCHEDULE); // so that nobody's state is looked at before
    return_to_guest(exit_slow(c, NULL));
}
