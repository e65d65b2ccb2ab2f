// SPDX-License-Identifier: Apache-2.0
// The virtual timer of the boot CPU (Arm ARM D11): one sleep, or calls in a steady period, whose
// deadlines do not drift: each is the last one's plus the period.

#include "rt.h"

static void (*each)(void);
static uint64_t period; // ticks
static volatile bool slept;

static void on(uint64_t deadline, void (*handler)(uint32_t)) {
    rt_irq_handler(rt_platform.irq_vtimer, handler);
    rt_gic_enable(rt_platform.irq_vtimer);
    RT_WRITE(cntv_cval_el0, deadline);
    RT_WRITE(cntv_ctl_el0, 1);
    rt_isb();
}

static void off(void) {
    RT_WRITE(cntv_ctl_el0, 0);
    rt_isb();
}

static void tick(uint32_t id) {
    (void)id;
    RT_WRITE(cntv_cval_el0, RT_READ(cntv_cval_el0) + period);
    RT_WRITE(cntv_ctl_el0, 1); // Xen masks the timer at each interrupt
    rt_isb();                  // the level falls before the interrupt ends
    each();
}

void rt_timer_every(uint64_t us, void (*fn)(void)) {
    off();
    if (us == 0) {
        return;
    }
    each = fn;
    period = RT_READ(cntfrq_el0) * us / 1000000U;
    on(rt_now() + period, tick);
}

static void wake(uint32_t id) {
    (void)id;
    off();
    slept = true;
}

void rt_sleep(uint32_t ms) {
    rt_irq_off();
    slept = false;
    on(rt_now() + RT_READ(cntfrq_el0) / 1000U * ms, wake);
    while (!slept) { // masked, an interrupt still ends the sleep
        rt_wfi();
        rt_irq_on();
        rt_isb();
        rt_irq_off();
    }
    rt_irq_on();
}

void rt_wait(volatile uint64_t *count, uint64_t was) {
    rt_irq_off();
    while (*count == was) {
        rt_wfi();
        rt_irq_on();
        rt_isb();
        rt_irq_off();
    }
    rt_irq_on();
}
