// SPDX-License-Identifier: Apache-2.0
// The machine for tests of the scheduler room, in simulated time: CPUs choose when they are asked
// or a timer fires, as core/exit.c does; guests compute or sleep as the test says. At every choice
// it is checked that nobody runs in two places or where it may not.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/time.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/percpu.h>
#include <sched/sched.h>
#include <xen/domctl.h>

#include <cmocka.h> // last: its fail() is a macro

#define CPUS 4
#define MS 1000000ULL
#define US 1000ULL
#define SIM_VCPUS 4096

extern uint64_t sim_now;
extern struct domain sim_dom[SIM_VCPUS]; // a domain each
extern struct vcpu sim_vcpu[SIM_VCPUS];
extern uint64_t sim_ran[SIM_VCPUS];     // ns
extern void (*sim_step)(uint64_t from); // after every step of time, while the same run
extern uint64_t sim_picks;

// All CPUs in pool 0 under this policy, nobody there.
void sim_reset(const struct sched_ops *ops);
// vCPU i alone in its domain, in the pool; online.
void sim_add(unsigned i, uint32_t pool, uint32_t hard);
void sim_kill(unsigned i);
void sim_block(unsigned i);
// One CPU does its pending work; all do.
void sim_choose(unsigned cpu);
void sim_settle(void);
void sim_until(uint64_t end);
void sim_for(uint64_t ns);
void sim_near(uint64_t value, uint64_t wanted, unsigned per_mille);
// A pseudo-random number below n, from the seed.
extern uint64_t sim_seed;
uint32_t sim_random(uint32_t n);
