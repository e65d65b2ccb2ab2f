// SPDX-License-Identifier: Apache-2.0
// What each physical CPU has for itself. Only its own CPU writes it, except `pending` (atomic).
#pragma once
#include <core/lock.h>
#include <core/timer.h>
#include <core/types.h>

struct sched_pool;
struct vcpu;

// Work for core/exit.c, set with cpu_raise(); handled in ascending order.
enum cpu_work {
    WORK_STOP,     // halt: another CPU panicked or the machine goes down
    WORK_TIMER,    // the EL2 timer fired
    WORK_QUIESCE,  // say that the exit room was passed: quiesce_begin; trace_pass
    WORK_REAP,     // a dead domain may be gone
    WORK_SCHEDULE, // choose again who runs
    WORK_COUNT
};

struct percpu {
    uint64_t stack_top;  // arch: EL2 stack of this CPU (offset 0 is known to vectors.S)
    struct vcpu *loaded; // whose registers are in the hardware now (may be asleep)
    uint32_t pending;    // bits of enum cpu_work; any CPU may set them
    uint32_t id;         // index: 0 is the boot CPU
    uint64_t mpidr;      // affinity fields only
    bool online;
    uint32_t epoch;     // the last quiesce_begin that this CPU has answered
    uint8_t held_count; // debug: locks held
    uint8_t held_rank[14];
    spinlock_t timer_lock;
    uint32_t timer_count;    // in this CPU's heap (core/timer.c)
    struct sched_pool *pool; // whose CPU this is; changed by itself, under the old pool's lock
    struct sched_pool *want; // whose it is to be as soon as nobody is loaded; LOCK_POOLS
    struct vcpu *running;    // whom it was given to, NULL while idle; under the pool's lock
    struct timer slice;      // when it chooses again
    uint64_t until;          // ... UINT64_MAX: when it is asked; under the pool's lock
    uint64_t busy_ns;        // vCPUs ran here, without the one that runs now
    uint64_t wfi_count;
    uint32_t trace; // classes of events recorded here (core/trace.c); 0: none
    bool urgent;    // a timer or a device is what it sees to: whom that wakes does not wait
} __attribute__((aligned(64)));

// Indexed by CPU number; entries beyond nr_cpus are not online.
extern struct percpu percpus[NR_CPUS];
extern uint32_t nr_cpus;

// Starts a grace period: when quiesce_done(its result), every CPU has passed the exit room since,
// so that no pointer found before is in use. Any context.
uint32_t quiesce_begin(void);
bool quiesce_done(uint32_t epoch);

// Marks work for `cpu` and kicks it if it is another one. Any context.
void cpu_raise(unsigned cpu, enum cpu_work work);
