// SPDX-License-Identifier: Apache-2.0
// Payload: the virtual and the physical timer both fire, by CVAL and TVAL, late but never early,
// when they should and not when masked, stopped or far off; they wake a sleeping vCPU; the counter
// never goes back.

#include "report.h"

static volatile uint64_t virt_count, phys_count, early;
static volatile uint64_t virt_deadline, phys_deadline;

static void on_virt(uint32_t intid) {
    (void)intid;
    if (RT_READ(cntvct_el0) < virt_deadline) {
        early++;
    }
    RT_WRITE(cntv_ctl_el0, 0);
    rt_isb();
    virt_count++;
}

static volatile uint64_t storm;

// Due again before the handler ends: the line is up when the guest deactivates.
static void on_virt_storm(uint32_t intid) {
    (void)intid;
    storm++;
    if (storm < 4U) {
        RT_WRITE(cntv_cval_el0, rt_now());
    } else {
        RT_WRITE(cntv_ctl_el0, 0);
    }
    rt_isb();
}

static void on_phys(uint32_t intid) {
    (void)intid;
    if (RT_READ(cntpct_el0) < phys_deadline) {
        early++;
    }
    RT_WRITE(cntp_ctl_el0, 0);
    rt_isb();
    phys_count++;
}

static void virt_at(uint64_t deadline) {
    virt_deadline = deadline;
    RT_WRITE(cntv_cval_el0, deadline);
    RT_WRITE(cntv_ctl_el0, 1);
    rt_isb();
}

static void phys_at(uint64_t deadline) {
    phys_deadline = deadline;
    RT_WRITE(cntp_cval_el0, deadline);
    RT_WRITE(cntp_ctl_el0, 1);
    rt_isb();
}

static void quiet(uint64_t ticks) {
    uint64_t was = virt_count;
    (void)rt_wait_change(&virt_count, was, ticks);
}

static void spinning(uint64_t ms, uint64_t limit) {
    for (uint32_t i = 0; i < 10U; i++) {
        uint64_t v = virt_count, p = phys_count;
        virt_at(rt_now() + ms);
        rt_check("virtual fires", rt_wait_change(&virt_count, v, limit), i);
        phys_at(RT_READ(cntpct_el0) + ms);
        rt_check("physical fires", rt_wait_change(&phys_count, p, limit), i);
    }
    uint64_t v = virt_count, p = phys_count;
    virt_at(rt_now() + ms);
    phys_at(RT_READ(cntpct_el0) + ms);
    rt_check("both at once: virtual", rt_wait_change(&virt_count, v, limit), 0);
    rt_check("both at once: physical", rt_wait_change(&phys_count, p, limit), 0);
    v = virt_count;
    p = phys_count;
    virt_at(0);
    rt_check("virtual deadline past", rt_wait_change(&virt_count, v, limit), 0);
    phys_at(0);
    rt_check("physical deadline past", rt_wait_change(&phys_count, p, limit), 0);
    v = virt_count;
    p = phys_count;
    virt_deadline = phys_deadline = 0;
    RT_WRITE(cntv_tval_el0, ms);
    RT_WRITE(cntv_ctl_el0, 1);
    rt_check("virtual by TVAL", rt_wait_change(&virt_count, v, limit), 0);
    RT_WRITE(cntp_tval_el0, ms);
    RT_WRITE(cntp_ctl_el0, 1);
    rt_check("physical by TVAL", rt_wait_change(&phys_count, p, limit), 0);
}

static void silent(uint64_t ms) {
    uint64_t v = virt_count, p = phys_count;
    RT_WRITE(cntv_cval_el0, rt_now() + ms);
    RT_WRITE(cntv_ctl_el0, 3); // IMASK
    RT_WRITE(cntp_cval_el0, RT_READ(cntpct_el0) + ms);
    RT_WRITE(cntp_ctl_el0, 3);
    rt_isb();
    quiet(4U * ms);
    rt_check("virtual masked", virt_count == v, virt_count - v);
    rt_check("physical masked", phys_count == p, phys_count - p);
    rt_check("virtual ISTATUS", (RT_READ(cntv_ctl_el0) & 4U) != 0, RT_READ(cntv_ctl_el0));
    rt_check("physical ISTATUS", (RT_READ(cntp_ctl_el0) & 4U) != 0, RT_READ(cntp_ctl_el0));
    RT_WRITE(cntv_ctl_el0, 0);
    RT_WRITE(cntp_ctl_el0, 0);
    virt_at(rt_now() + ms * 8U);
    phys_at(RT_READ(cntpct_el0) + ms * 8U);
    RT_WRITE(cntv_ctl_el0, 0); // before it is due
    RT_WRITE(cntp_ctl_el0, 0);
    rt_isb();
    quiet(16U * ms);
    virt_at(UINT64_MAX >> 1);
    phys_at(UINT64_MAX >> 1);
    quiet(4U * ms);
    rt_check("virtual stopped or far off", virt_count == v, virt_count - v);
    rt_check("physical stopped or far off", phys_count == p, phys_count - p);
    RT_WRITE(cntv_ctl_el0, 0);
    RT_WRITE(cntp_ctl_el0, 0);
    rt_isb();
}

static void asleep(uint64_t ms) {
    for (uint32_t i = 0; i < 10U; i++) {
        uint64_t v = virt_count, p = phys_count;
        virt_at(rt_now() + ms / (i + 1U) + 1U);
        while (virt_count == v) {
            rt_wfi();
        }
        phys_at(RT_READ(cntpct_el0) + ms / (i + 1U) + 1U);
        while (phys_count == p) {
            rt_wfi();
        }
    }
    // masked in PSTATE: the wake-up still ends WFI, the interrupt comes when it is opened
    uint64_t v = virt_count;
    rt_irq_off();
    virt_at(rt_now() + ms);
    rt_wfi();
    rt_check("masked wake-up takes nothing", virt_count == v, virt_count);
    rt_irq_on();
    rt_check("taken when opened", rt_wait_change(&virt_count, v, 100U * ms), virt_count);
}

// QEMU 7.2's GICv2 forgets the physical line at the guest's deactivation; a hypervisor that lets
// the guest sleep on it must look again. The physical timer ends the wait if it does not.
static void due_again(uint64_t ms) {
    rt_irq_handler(rt_platform.irq_vtimer, on_virt_storm);
    phys_at(RT_READ(cntpct_el0) + 200U * ms);
    uint64_t p = phys_count;
    RT_WRITE(cntv_cval_el0, rt_now() + ms);
    RT_WRITE(cntv_ctl_el0, 1);
    rt_isb();
    while (storm < 4U && phys_count == p) {
        rt_wfi();
    }
    rt_check("due again before its handler ends", storm == 4U, storm);
    RT_WRITE(cntv_ctl_el0, 0);
    RT_WRITE(cntp_ctl_el0, 0);
    rt_isb();
}

void rt_main(void) {
    uint64_t hz = RT_READ(cntfrq_el0), ms = hz / 1000U;
    rt_check("CNTFRQ", hz >= 1000000U && hz <= 10000000000U, hz);
    rt_check("timer interrupts in the tree",
             rt_platform.irq_vtimer == 27 && rt_platform.irq_ptimer == 30, rt_platform.irq_vtimer);
    rt_irq_handler(rt_platform.irq_vtimer, on_virt);
    rt_irq_handler(rt_platform.irq_ptimer, on_phys);
    rt_gic_enable(rt_platform.irq_vtimer);
    rt_gic_enable(rt_platform.irq_ptimer);
    uint64_t last = rt_now();
    bool back = false;
    for (uint32_t i = 0; i < 10000U; i++) {
        uint64_t now = rt_now();
        back = back || now < last;
        last = now;
    }
    rt_check("counter goes forward", !back, last);
    rt_irq_on();
    spinning(ms, 2000U * ms);
    silent(ms);
    asleep(ms);
    due_again(ms);
    rt_irq_off();
    rt_check("never early", early == 0, early);
    rt_verdict_of_checks("timer");
}
