// SPDX-License-Identifier: Apache-2.0
// Rows between two vCPUs on two physical CPUs: CPU_ON, an SGI to a sleeping and to a polling vCPU.
// The peer is the last vCPU; those between stay off, so that in the emulator a turn ends between
// the two.

#include "bench.h"

#define SGI 2U
#define SETTLE 60000U // ticks in which the peer gets to sleep, or to poll

static volatile uint64_t stop;

static struct rt_cpu *peer(void) { return &rt_cpus[rt_platform.nr_cpus - 1U]; }

static void nothing(uint32_t intid) { (void)intid; }

static void leave(struct rt_cpu *cpu) { (void)cpu; }

static void sleep_loop(struct rt_cpu *cpu) {
    (void)cpu;
    rt_gic_enable(SGI);
    rt_irq_on();
    while (stop == 0) {
        rt_wfi();
    }
}

static void poll_loop(struct rt_cpu *cpu) {
    (void)cpu;
    rt_gic_enable(SGI);
    rt_irq_on();
    while (stop == 0) {
        rt_yield();
    }
}

static void pass(uint64_t ticks) {
    for (uint64_t end = rt_now() + ticks; rt_now() < end;) {
        rt_yield();
    }
}

static bool started(void (*fn)(struct rt_cpu *)) {
    stop = 0;
    rt_irq_handler(SGI, nothing);
    if (rt_cpu_on(peer()->id, fn) != 0) {
        return false;
    }
    for (uint64_t end = rt_now() + SHOT_LIMIT; rt_now() < end; rt_yield()) {
        if (((volatile struct rt_cpu *)peer())->alive != 0) {
            return true;
        }
    }
    return false;
}

static bool idle_setup(void) { return started(sleep_loop); }

static bool spin_setup(void) { return started(poll_loop); }

static void peer_stop(void) {
    stop = 1;
    rt_gic_send(rt_gic_sgi_value(peer(), SGI));
    (void)rt_cpu_wait_off(peer()->id, SHOT_LIMIT);
}

static uint64_t sgi_ipi(uint32_t nth) {
    (void)nth;
    struct rt_cpu *to = peer();
    uint64_t value = rt_gic_sgi_value(to, SGI), from;
    pass(SETTLE);
    uint64_t was = to->irq_count;
    from = rt_now();
    rt_gic_send(value);
    return rt_wait_change(&to->irq_count, was, SHOT_LIMIT) ? to->irq_tick - from - 1U : SHOT_FAILED;
}

static uint64_t cpu_on(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = peer();
    cpu->first_tick = 0;
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(cpu) : "memory");
    uint64_t from = rt_now();
    if (rt_cpu_on(cpu->id, leave) != 0 || !rt_wait_change(&cpu->first_tick, 0, SHOT_LIMIT)) {
        return SHOT_FAILED;
    }
    uint64_t ticks = cpu->first_tick - from;
    if (!rt_cpu_wait_off(cpu->id, SHOT_LIMIT)) {
        return SHOT_FAILED;
    }
    pass(SETTLE);
    return ticks;
}

const struct row smp_rows[] = {
    {"cpu_on", NULL, cpu_on, NULL, 256},
    {"sgi_ipi_idle", idle_setup, sgi_ipi, peer_stop, 256},
    {"sgi_ipi_spin", spin_setup, sgi_ipi, peer_stop, 256},
    {NULL, NULL, NULL, NULL, 0},
};
