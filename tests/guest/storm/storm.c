// SPDX-License-Identifier: Apache-2.0
// Payload: a storm of an assigned interrupt whose vCPU is off, so that all that it costs is taken
// from the domain that has the CPU now: the witness. Dom0 makes the SPI pending and takes it back,
// again and again; with `irq-budget=10` the hypervisor must have taken no more than two budgets in
// 10 ms, must have said so, and the SPI must come as before when the storm is over. Two CPUs.

#include "calls.h"
#include "report.h"
#include "witness.h"
#include <xen/sysctl.h>

#define SPI 150U
#define HITS 2000U
#define STAY_US 50U // pending, so that the other CPU may take it
#define BUDGET 10U  // irq-budget=
#define PERIOD_MS 10U
#define SLACK 4U // periods begun before and after what is timed

#define ISPENDR 0x200U
#define ICPENDR 0x280U
#define ITARGETSR 0x800U
#define ICFGR 0xc00U
#define IROUTER 0x6000U

static volatile uint64_t taken;

static void take(uint32_t intid) {
    (void)intid;
    taken++;
}

static void pend(uint32_t reg) {
    rt_write32(rt_platform.gicd + reg + SPI / 32U * 4U, 1U << SPI % 32U);
}

static void route(uint32_t vcpu) {
    if (rt_platform.gic_version == 3U) {
        rt_write64(rt_platform.gicd + IROUTER + 8U * SPI, vcpu);
    } else {
        rt_write8(rt_platform.gicd + ITARGETSR + SPI, (uint8_t)(1U << vcpu));
    }
}

static void pin(uint32_t vcpu, uint32_t cpu) {
    uint64_t map = 1ULL << cpu;
    struct xen_domctl op = {.u.vcpuaffinity = {.vcpu = vcpu,
                                               .flags = XEN_VCPUAFFINITY_HARD,
                                               .cpumap_hard.bitmap.q = (uintptr_t)&map,
                                               .cpumap_hard.nr_bits = 64}};
    rt_expect("pinned", rt_domctl(&op, XEN_DOMCTL_setvcpuaffinity, 0), 0);
}

static void leave(struct rt_cpu *cpu) { (void)cpu; }

static int64_t sysctl(struct xen_sysctl *op, uint32_t cmd) {
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return rt_hypercall(__HYPERVISOR_sysctl, (uintptr_t)op, 0, 0, 0, 0);
}

static bool begins(const char *text, const char *with) {
    while (*with != '\0' && *text == *with) {
        text++;
        with++;
    }
    return *with == '\0';
}

static uint64_t number(const char *text) {
    uint64_t n = 0;
    while (*text >= '0' && *text <= '9') {
        n = n * 10U + (uint64_t)(*text++ - '0');
    }
    return n;
}

static char console[16384];

// How often the hypervisor took the SPI and held it back: debug key i says so.
static bool look(uint64_t *count, uint64_t *held) {
    static const char line[] = "irq 150: d0, ", behind[] = ", held back ";
    char key = 'i';
    struct xen_sysctl op = {.u.debug_keys = {.keys.q = (uintptr_t)&key, .nr_keys = 1}};
    rt_expect("debug key", sysctl(&op, XEN_SYSCTL_debug_keys), 0);
    op.u.readconsole = (struct xen_sysctl_readconsole){.buffer.q = (uintptr_t)console,
                                                       .count = sizeof(console) - 64U};
    rt_expect("console read", sysctl(&op, XEN_SYSCTL_readconsole), 0);
    bool found = false;
    for (const char *p = console; *p != '\0'; p++) {
        if (begins(p, line)) {
            *count = number(p + sizeof(line) - 1U);
        } else if (begins(p, behind)) {
            *held = number(p + sizeof(behind) - 1U);
            found = true;
        }
    }
    return found;
}

void rt_main(void) {
    uint64_t ms = RT_READ(cntfrq_el0) / 1000U, count = 0, held = 0;
    struct rt_domain witness;
    pin(0, 0);
    pin(1, 1);
    rt_expect("second vCPU", rt_cpu_on(1, leave), 0);
    rt_check("second vCPU is off", rt_cpu_wait_off(1, ms * 20000U), 0);
    if (!rt_witness_create(&witness, 1)) {
        rt_verdict_of_checks("storm");
    }
    rt_irq_handler(SPI, take);
    uint64_t reg = rt_platform.gicd + ICFGR + 4U * (SPI / 16U);
    rt_write32(reg, rt_read32(reg) | 2U << SPI % 16U * 2U);
    route(1);
    rt_gic_enable(SPI);
    uint64_t begin = rt_now();
    for (uint32_t i = 0; i < HITS; i++) {
        pend(ISPENDR);
        for (uint64_t end = rt_now() + ms * STAY_US / 1000U; rt_now() < end;) {
            rt_yield();
        }
        pend(ICPENDR);
    }
    uint64_t periods = (rt_now() - begin) / ms / PERIOD_MS + SLACK;
    rt_witness_check(&witness, "witness after the storm");
    rt_check("seen by debug key", look(&count, &held), 0);
    rt_check("most was held back", count <= 2U * BUDGET * periods, count);
    rt_check("it was a storm", held > 0 && count >= BUDGET, held);
    rt_printf("%u hits in %lu periods: %lu came through\n", HITS, periods, count);
    route(0);
    rt_irq_on();
    pend(ISPENDR);
    rt_check("comes again", rt_wait_change(&taken, 0, ms * 20000U), 0);
    (void)rt_wait_change(&taken, 1, ms * PERIOD_MS);
    rt_check("once", taken == 1U, taken);
    rt_verdict_of_checks("storm");
}
