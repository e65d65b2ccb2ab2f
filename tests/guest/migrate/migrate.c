// SPDX-License-Identifier: Apache-2.0
// Payload: interrupts of vCPUs that never stay on a CPU. Two vCPUs of Dom0 each move themselves on
// in every round, by domctl, and make the other's assigned SPI pending; a third SPI is routed to
// the one and the other in turn; each has its virtual timer too. Every one must come once: none is
// lost, none doubled. Four CPUs. `rounds=N` in the boot arguments: how many.

#include "calls.h"
#include "report.h"
#include <xen/domctl.h>

#define ROUNDS 4000U
#define SPI 150U  // of each vCPU; the one that changes hands is behind them
#define LOOK 256U // rounds between two looks at where a vCPU is

#define ISPENDR 0x200U
#define ITARGETSR 0x800U
#define ICFGR 0xc00U
#define IROUTER 0x6000U

static volatile uint64_t taken[3], ticks[2], moves[2];
static uint64_t rounds, limit;
static volatile bool lost;

static void spi(uint32_t intid) { taken[intid - SPI]++; }

static void tick(uint32_t intid) {
    (void)intid;
    RT_WRITE(cntv_ctl_el0, 0);
    rt_isb();
    ticks[rt_this_cpu()->id]++;
}

static void set_edge(uint32_t intid) {
    uint64_t reg = rt_platform.gicd + ICFGR + 4U * (intid / 16U);
    rt_write32(reg, rt_read32(reg) | 2U << intid % 16U * 2U);
}

static void route(uint32_t intid, uint32_t vcpu) {
    if (rt_platform.gic_version == 3U) {
        rt_write64(rt_platform.gicd + IROUTER + 8U * (uint64_t)intid, vcpu);
    } else {
        rt_write8(rt_platform.gicd + ITARGETSR + intid, (uint8_t)(1U << vcpu));
    }
}

static void trigger(uint32_t intid) {
    rt_write32(rt_platform.gicd + ISPENDR + 4U * (intid / 32U), 1U << intid % 32U);
}

static int64_t domctl(struct xen_domctl *op, uint32_t cmd) {
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = 0;
    return rt_hypercall(__HYPERVISOR_domctl, (uintptr_t)op, 0, 0, 0, 0);
}

// vCPU `me` goes on on `cpu`. Says whether it was seen there.
static bool move(uint32_t me, uint32_t cpu, bool look) {
    uint64_t map = 1ULL << cpu;
    struct xen_domctl op = {.u.vcpuaffinity = {.vcpu = me,
                                               .flags = XEN_VCPUAFFINITY_HARD,
                                               .cpumap_hard.bitmap.q = (uintptr_t)&map,
                                               .cpumap_hard.nr_bits = 64}};
    bool ok = domctl(&op, XEN_DOMCTL_setvcpuaffinity) == 0;
    moves[me]++;
    if (ok && look) {
        op.u.getvcpuinfo = (struct xen_domctl_getvcpuinfo){.vcpu = me};
        ok = domctl(&op, XEN_DOMCTL_getvcpuinfo) == 0 && op.u.getvcpuinfo.cpu == cpu;
    }
    return ok;
}

static bool exactly(volatile uint64_t *count, uint64_t n) {
    uint64_t end = rt_now() + limit;
    while (*count < n && rt_now() < end && !lost) {
        rt_yield();
    }
    return *count == n;
}

// The same on both vCPUs; the second has the SPI that changes hands too.
static void run(uint32_t me) {
    for (uint64_t n = 1; n <= rounds && !lost; n++) {
        RT_WRITE(cntv_cval_el0, rt_now() + n % 64U * 16U);
        RT_WRITE(cntv_ctl_el0, 1);
        if (me == 1U) {
            route(SPI + 2U, (uint32_t)(n % 2U));
            trigger(SPI + 2U);
        }
        trigger(SPI + 1U - me);
        bool ok = move(me, 2U * me + (uint32_t)(n % 2U), n % LOOK == 0);
        ok = exactly(&taken[1U - me], n) && exactly(&ticks[me], n) &&
             (me == 0 || exactly(&taken[2], n)) && ok;
        lost = lost || !ok;
    }
}

static void begin(void) {
    rt_gic_enable(rt_platform.irq_vtimer);
    rt_irq_on();
}

static volatile uint64_t through[2]; // who is, goes on being hit by the other

static void second(struct rt_cpu *cpu) {
    (void)cpu;
    begin();
    run(1);
    through[1] = 1;
    (void)rt_wait_change(&through[0], 0, limit * 60U);
}

void rt_main(void) {
    limit = RT_READ(cntfrq_el0) * 20U;
    rounds = rt_argument("rounds=", ROUNDS);
    rt_irq_handler(rt_platform.irq_vtimer, tick);
    for (uint32_t i = 0; i < 3U; i++) {
        rt_irq_handler(SPI + i, spi);
        set_edge(SPI + i);
        route(SPI + i, i % 2U);
        rt_gic_enable(SPI + i);
    }
    begin();
    rt_expect("second vCPU", rt_cpu_on(1, second), 0);
    run(0);
    through[0] = 1;
    rt_check("second vCPU is through", rt_wait_change(&through[1], 0, limit * 60U), 0);
    (void)rt_wait_change(&taken[2], rounds, limit / 200U); // what comes twice may come late
    for (uint32_t i = 0; i < 3U; i++) {
        rt_expect("each SPI once", (int64_t)taken[i], (int64_t)rounds);
    }
    for (uint32_t i = 0; i < 2U; i++) {
        rt_expect("each tick once", (int64_t)ticks[i], (int64_t)rounds);
        rt_expect("each move done", (int64_t)moves[i], (int64_t)rounds);
    }
    rt_check("each where it was sent", !lost, 0);
    rt_printf("%lu SPIs and %lu ticks in %lu moves\n", taken[0] + taken[1] + taken[2],
              ticks[0] + ticks[1], moves[0] + moves[1]);
    rt_verdict_of_checks("migrate");
}
