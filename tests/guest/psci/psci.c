// SPDX-License-Identifier: Apache-2.0
// Payload: PSCI as the standard (Arm DEN 0022) says, by HVC and by SMC: version, features,
// affinity, a second vCPU on and off many times, suspend with a wake-up, and wrong arguments. Needs
// two vCPUs.

#include "report.h"

#define SCTLR_UCI (1ULL << 26) // harmless here: user code's cache maintenance

static volatile uint64_t ran, context_ok, fresh;
static volatile uint64_t release;

static void once(struct rt_cpu *cpu) {
    context_ok = cpu == &rt_cpus[1] && (RT_READ(mpidr_el1) & 0xff00ffffffU) == cpu->mpidr;
    // What the last life of this vCPU left in its registers must be gone.
    uint64_t sctlr = RT_READ(sctlr_el1);
    fresh = (sctlr & SCTLR_UCI) == 0 && RT_READ(cpacr_el1) == 0;
    RT_WRITE(sctlr_el1, sctlr | SCTLR_UCI);
    RT_WRITE(cpacr_el1, 3ULL << 20);
    ran++;
    while (release == 0) {
        rt_yield();
    }
}

static void wake(uint32_t intid) {
    (void)intid;
    RT_WRITE(cntv_ctl_el0, 0);
    rt_isb();
}

// AFFINITY_INFO gives 0 on, 1 off, 2 on its way.
static void call_arguments(uint64_t ms) {
    uint64_t other = rt_cpus[1].mpidr, self = rt_cpus[0].mpidr;
    // Stolen time is what the runstate area says; Arm's way (DEN0057A) is not offered.
    rt_expect("PV_TIME_FEATURES", (int32_t)rt_hvc(0xc5000020U, 0xc5000020U, 0, 0), -1);
    rt_expect("PV_TIME_ST", (int32_t)rt_hvc(0xc5000021U, 0, 0, 0), -1);
    rt_check("affinity of self", rt_hvc(PSCI_AFFINITY_INFO, self, 0, 0) == 0, 0);
    rt_check("affinity of other", rt_hvc(PSCI_AFFINITY_INFO, other, 0, 0) == 1, 0);
    int64_t r = rt_hvc(PSCI_AFFINITY_INFO, 0xfff0fff0ULL, 0, 0);
    rt_check("affinity of nobody", r == PSCI_INVALID_PARAMETERS, (uint64_t)r);
    r = rt_hvc(PSCI_AFFINITY_INFO, self, 9, 0);
    rt_check("affinity level 9", r == PSCI_INVALID_PARAMETERS, (uint64_t)r);
    r = rt_hvc(PSCI_CPU_ON, self, (uintptr_t)image_start, 0);
    rt_check("self is on", r == PSCI_ALREADY_ON, (uint64_t)r);
    r = rt_hvc(PSCI_CPU_ON, 0xfff0fff0ULL, (uintptr_t)image_start, 0);
    rt_check("on for nobody", r == PSCI_INVALID_PARAMETERS, (uint64_t)r);
    r = rt_hvc(PSCI_CPU_ON, UINT64_MAX, (uintptr_t)image_start, 0);
    rt_check("on for all ones", r == PSCI_INVALID_PARAMETERS, (uint64_t)r);
    r = rt_hvc(PSCI_CPU_ON & ~0x40000000U, self, (uintptr_t)image_start, 0);
    rt_check("SMC32 id knows self", r == PSCI_ALREADY_ON, (uint64_t)r);
    for (uint32_t i = 0; i < 20U; i++) {
        uint64_t was = ran;
        release = 0;
        r = rt_cpu_on(1, once);
        rt_check("on", r == 0, (uint64_t)r);
        rt_check("runs", rt_wait_change(&ran, was, 3000U * ms), i);
        rt_check("context and MPIDR", context_ok != 0, i);
        rt_check("registers as after a reset", fresh != 0, i);
        r = rt_hvc(PSCI_CPU_ON, other, (uintptr_t)image_start, 0);
        rt_check("already on", r == PSCI_ALREADY_ON, (uint64_t)r);
        r = rt_hvc(PSCI_AFFINITY_INFO, other, 0, 0);
        rt_check("affinity on", r == 0, (uint64_t)r);
        release = 1;
        rt_check("off", rt_cpu_wait_off(1, 3000U * ms), i);
    }
}

static void features(void) {
    static const uint32_t must[] = {PSCI_VERSION,     PSCI_CPU_OFF, PSCI_CPU_ON, PSCI_AFFINITY_INFO,
                                    PSCI_CPU_SUSPEND, 0x84000008U,  0x84000009U};
    for (uint32_t i = 0; i < sizeof(must) / sizeof(must[0]); i++) {
        int64_t r = rt_hvc(PSCI_FEATURES, must[i], 0, 0);
        rt_check("feature there", (int32_t)r >= 0, must[i]);
    }
    int64_t r = rt_hvc(PSCI_FEATURES, 0x8400ffffU, 0, 0);
    rt_check("feature unknown", (int32_t)r == PSCI_NOT_SUPPORTED, (uint64_t)r);
    r = rt_hvc(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);
    rt_check("migrate info", (int32_t)r == 2 || (int32_t)r == PSCI_NOT_SUPPORTED, (uint64_t)r);
    for (uint32_t fn = 0x84000000U; fn < 0x84000020U; fn++) {
        if (fn == 0x84000001U || fn == 0x84000002U || fn == 0x84000008U || fn == 0x84000009U ||
            fn == 0x8400000eU || fn == 0x84000012U) {
            continue; // would suspend, end this vCPU, or the machine
        }
        int32_t a = (int32_t)rt_hvc(fn, UINT64_MAX, UINT64_MAX, UINT64_MAX);
        int32_t b = (int32_t)rt_smc(fn, UINT64_MAX, UINT64_MAX, UINT64_MAX);
        rt_check("HVC and SMC agree", a == b, fn);
        rt_check("an answer of the standard", a >= -9 && a <= 0x10003, fn);
    }
}

void rt_main(void) {
    uint64_t ms = RT_READ(cntfrq_el0) / 1000U;
    int64_t version = rt_hvc(PSCI_VERSION, 0, 0, 0);
    rt_check("version", version >= 0x10000 && version <= 0x10003, (uint64_t)version);
    rt_check("version by SMC", rt_smc(PSCI_VERSION, 0, 0, 0) == version, 0);
    rt_check("two vCPUs", rt_platform.nr_cpus >= 2U, rt_platform.nr_cpus);
    if (rt_platform.nr_cpus < 2U) {
        rt_verdict_of_checks("psci");
    }
    features();
    call_arguments(ms);
    rt_irq_handler(rt_platform.irq_vtimer, wake);
    rt_gic_enable(rt_platform.irq_vtimer);
    // Masked, so that a timer that fires before the call is still there to end the sleep.
    for (uint32_t i = 0; i < 5U; i++) {
        uint64_t was = rt_cpus[0].irq_count, from = rt_now();
        RT_WRITE(cntv_cval_el0, from + ms);
        RT_WRITE(cntv_ctl_el0, 1);
        rt_isb();
        int64_t r = rt_hvc(PSCI_CPU_SUSPEND, 0, (uintptr_t)image_start, 0);
        rt_check("suspend", r == 0, (uint64_t)r);
        rt_irq_on();
        rt_check("suspend ends by the timer",
                 rt_wait_change(&rt_cpus[0].irq_count, was, 3000U * ms), i);
        rt_irq_off();
    }
    rt_verdict_of_checks("psci");
}
