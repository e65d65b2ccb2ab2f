// SPDX-License-Identifier: Apache-2.0
// Payload: the virtual GIC as a driver may use it: every register readable and writable without
// harm, SGIs, priorities and masks, enable, pending and active state, level and edge (Arm IHI
// 0048B, IHI 0069).

#include "report.h"

#define CTLR 0x000U
#define TYPER 0x004U
#define ISENABLER 0x100U
#define ICENABLER 0x180U
#define ISPENDR 0x200U
#define ICPENDR 0x280U
#define ISACTIVER 0x300U
#define ICACTIVER 0x380U
#define IPRIORITYR 0x400U
#define ICFGR 0xc00U
#define SETTLE 20000U // ticks in which nothing may come

static volatile uint32_t log[64];
static volatile uint64_t taken;

static void note(uint32_t intid) {
    log[taken % 64U] = intid;
    taken++;
}

static volatile uint64_t timer_taken;

// Leaves the timer asserted twice: a level interrupt must come again.
static void timer_level(uint32_t intid) {
    (void)intid;
    timer_taken++;
    if (timer_taken >= 3U) {
        RT_WRITE(cntv_ctl_el0, 0);
        rt_isb();
    }
}

static void self_sgi(uint32_t sgi) {
    rt_gic_send(rt_gic_sgi_value(rt_this_cpu(), sgi));
    rt_isb();
}

static void priority(uint32_t intid, uint8_t value) {
    rt_write8(rt_gic_bank(intid) + IPRIORITYR + intid, value);
}

// A register that is not there (real Xen leaves some out) is a failed check, not the end.
static void set_bit(uint32_t reg, uint32_t intid) {
    rt_expect_begin();
    rt_write32(rt_gic_bank(intid) + reg + 4U * (intid / 32U), 1U << intid % 32U);
    rt_dsb();
    rt_check("register written", rt_expect_end() == 0, reg);
}

static uint32_t read_checked(uint64_t addr) {
    rt_expect_begin();
    uint32_t v = rt_read32(addr);
    rt_check("register read", rt_expect_end() == 0, addr);
    return v;
}

static bool get_bit(uint32_t reg, uint32_t intid) {
    return (read_checked(rt_gic_bank(intid) + reg + 4U * (intid / 32U)) >> intid % 32U & 1U) != 0;
}

static void priority_mask(uint32_t value) {
    if (rt_platform.gic_version == 3U) {
        RT_WRITE(S3_0_C4_C6_0, value); // ICC_PMR_EL1
        rt_isb();
    } else {
        rt_write32(rt_platform.gicc + 4U, value);
    }
}

// What came within `ticks`, IRQs opened for them.
static uint64_t open_for(uint64_t ticks) {
    uint64_t was = taken;
    rt_irq_on();
    (void)rt_wait_change(&taken, was + 64U, ticks);
    rt_irq_off();
    return taken - was;
}

static void sgis(uint64_t limit) {
    for (uint32_t i = 0; i < 16U; i++) {
        rt_irq_handler(i, note);
        rt_gic_enable(i);
    }
    for (uint32_t i = 0; i < 16U; i++) {
        uint64_t was = taken;
        self_sgi(i);
        rt_irq_on();
        rt_check("SGI comes", rt_wait_change(&taken, was, limit), i);
        rt_irq_off();
        rt_check("SGI number", log[was % 64U] == i, log[was % 64U]);
    }
    // all sixteen at once, then all priorities upside down
    for (uint32_t i = 0; i < 16U; i++) {
        priority(i, (uint8_t)(0xf0U - (i << 3)));
        self_sgi(i);
    }
    uint64_t was = taken;
    rt_check("sixteen at once", open_for(SETTLE * 8U) == 16U, taken - was);
    for (uint32_t i = 0; i < 16U; i++) {
        rt_check("highest priority first", log[(was + i) % 64U] == 15U - i, log[(was + i) % 64U]);
    }
    for (uint32_t i = 0; i < 16U; i++) {
        priority(i, 0xa0);
    }
}

static void masks(void) {
    priority_mask(0x80);
    self_sgi(3);
    rt_check("priority mask holds it back", open_for(SETTLE) == 0, 0);
    priority_mask(0xff);
    rt_check("mask opened", open_for(SETTLE) == 1, 0);
    rt_gic_disable(4);
    rt_check("disabled reads 0", !get_bit(ISENABLER, 4) && !get_bit(ICENABLER, 4), 0);
    self_sgi(4);
    rt_check("disabled does not come", open_for(SETTLE) == 0, 0);
    rt_gic_enable(4);
    rt_check("enabled reads 1", get_bit(ISENABLER, 4) && get_bit(ICENABLER, 4), 0);
    rt_check("comes when enabled", open_for(SETTLE) == 1, 0);
    uint32_t ctlr = rt_read32(rt_platform.gicd + CTLR);
    rt_write32(rt_platform.gicd + CTLR, ctlr & ~3U);
    self_sgi(5);
    rt_check("distributor off", open_for(SETTLE) == 0, 0);
    rt_write32(rt_platform.gicd + CTLR, ctlr);
    rt_check("distributor on again", open_for(SETTLE) == 1, 0);
    priority(6, 0xc8);
    rt_check("priority reads back", rt_read8(rt_gic_bank(6) + IPRIORITYR + 6U) == 0xc8, 0);
    priority(6, 0xa0);
}

// GICv2 has registers of their own for SGIs, a byte each with a bit for each sender.
static void set_pending(uint32_t intid) {
    if (rt_platform.gic_version == 2U && intid < 16U) {
        rt_expect_begin();
        rt_write8(rt_platform.gicd + 0xf20U + intid, 1); // GICD_SPENDSGIR
        rt_check("SGI state register written", rt_expect_end() == 0, intid);
    } else {
        set_bit(ISPENDR, intid);
    }
}

static void clear_pending(uint32_t intid) {
    if (rt_platform.gic_version == 2U && intid < 16U) {
        rt_expect_begin();
        rt_write8(rt_platform.gicd + 0xf10U + intid, 1); // GICD_CPENDSGIR
        rt_check("SGI state register written", rt_expect_end() == 0, intid);
    } else {
        set_bit(ICPENDR, intid);
    }
}

// A PPI that nobody drives (the hypervisor's, or an unused one): state by registers alone.
static void pending_and_active(uint32_t intid) {
    rt_irq_handler(intid, note);
    rt_gic_enable(intid);
    rt_check("not pending", !get_bit(ISPENDR, intid), intid);
    set_pending(intid);
    rt_check("pending reads 1", get_bit(ISPENDR, intid) && get_bit(ICPENDR, intid), intid);
    clear_pending(intid);
    rt_check("pending cleared", !get_bit(ISPENDR, intid), intid);
    rt_check("cleared does not come", open_for(SETTLE) == 0, intid);
    set_pending(intid);
    uint64_t was = taken;
    rt_check("set by register comes once", open_for(SETTLE) == 1 && log[was % 64U] == intid, intid);
    set_bit(ISACTIVER, intid);
    rt_check("active reads 1", get_bit(ISACTIVER, intid) && get_bit(ICACTIVER, intid), intid);
    set_pending(intid);
    rt_check("active does not come", open_for(SETTLE) == 0, intid);
    set_bit(ICACTIVER, intid);
    rt_check("active cleared", !get_bit(ISACTIVER, intid), intid);
    rt_check("pending behind it comes", open_for(SETTLE) == 1, intid);
    rt_gic_disable(intid);
}

static void level(uint64_t limit) {
    rt_irq_handler(rt_platform.irq_vtimer, timer_level);
    rt_gic_enable(rt_platform.irq_vtimer);
    RT_WRITE(cntv_cval_el0, rt_now());
    RT_WRITE(cntv_ctl_el0, 1);
    rt_isb();
    rt_irq_on();
    for (uint64_t end = rt_now() + limit; timer_taken < 3U && rt_now() < end;) {
        // QEMU 7.2's GICv2 does not look at the line again when a guest deactivates: move the line
        rt_irq_off();
        if (rt_platform.gic_version == 2U && timer_taken < 3U) {
            RT_WRITE(cntv_ctl_el0, 3);
            rt_isb();
            RT_WRITE(cntv_ctl_el0, 1);
            rt_isb();
        }
        rt_irq_on();
        rt_yield();
    }
    rt_check("level comes again until it drops", timer_taken == 3U, timer_taken);
    uint64_t was = timer_taken;
    (void)rt_wait_change(&timer_taken, was, SETTLE);
    rt_check("and then no more", timer_taken == was, timer_taken);
    rt_irq_off();
    rt_gic_disable(rt_platform.irq_vtimer);
    RT_WRITE(cntv_ctl_el0, 0);
}

static void identity(void) {
    uint32_t v3 = rt_platform.gic_version == 3U;
    uint32_t pidr2 = read_checked(rt_platform.gicd + (v3 != 0 ? 0xffe8U : 0xfe8U));
    rt_check("architecture revision", (pidr2 >> 4 & 0xfU) == rt_platform.gic_version, pidr2);
    uint32_t typer = rt_read32(rt_platform.gicd + TYPER);
    rt_check("some SPIs", (typer & 0x1fU) >= 1U, typer);
    if (v3 != 0) {
        rt_check("this CPU's redistributor", rt_gic_rd() != 0, rt_platform.gicr);
        uint64_t rd_pidr2 = read_checked(rt_gic_rd() + 0xffe8U);
        rt_check("redistributor revision", (rd_pidr2 >> 4 & 0xfU) == 3U, rd_pidr2);
        rt_check("awake", (rt_read32(rt_gic_rd() + 0x14U) & 6U) == 0, 0);
    }
}

// Read each word, write 0, all ones and what was read; bytes and double words where they may be.
static void sweep_frame(uint64_t base, uint32_t size) {
    for (uint32_t off = 0; off < size; off += 4U) {
        rt_expect_begin();
        uint32_t v = rt_read32(base + off);
        uint64_t esr = rt_expect_end();
        rt_check("register word reads", esr == 0 || esr >> 26 == 0x25U, off);
        bool sgir = off == 0xf00U;
        static const uint32_t patterns[] = {0, UINT32_MAX, 0x55555555U};
        for (uint32_t i = 0; i < 3U && !sgir && off != CTLR; i++) {
            rt_expect_begin();
            rt_write32(base + off, patterns[i]);
            rt_write8(base + off + 1U, (uint8_t)patterns[i]);
            rt_write64(base + (off & ~7U), patterns[i]);
            (void)rt_read64(base + (off & ~7U));
            (void)rt_expect_end();
        }
        if (!sgir && off != CTLR) {
            rt_expect_begin();
            rt_write32(base + off, esr == 0 ? v : 0);
            (void)rt_expect_end();
        }
        // nothing stays enabled, pending or active from what was written
        if (off >= ISENABLER && off < ICENABLER) {
            rt_expect_begin();
            rt_write32(base + off + 0x80U, UINT32_MAX);
            (void)rt_expect_end();
        }
    }
    rt_expect_begin();
    for (uint32_t off = 0; off < 0x80U; off += 4U) {
        rt_write32(base + ICENABLER + off, UINT32_MAX);
        rt_write32(base + ICPENDR + off, UINT32_MAX);
        rt_write32(base + ICACTIVER + off, UINT32_MAX);
    }
    (void)rt_expect_end();
}

static void sweep(void) {
    if (rt_platform.gic_version == 3U) {
        uint64_t rd = rt_gic_rd();
        sweep_frame(rt_platform.gicd, 0x10000U);
        sweep_frame(rd, 0x10000U);
        sweep_frame(rd + 0x10000U, 0x10000U);
        for (uint32_t i = 0; i < 64U; i++) { // SGIs to CPUs that are not there, with every odd bit
            rt_expect_begin();
            __asm__ volatile("msr S3_0_C12_C11_5, %0" ::"r"(0xffULL << 48 | 1ULL << i | 0xff0000U));
            (void)rt_expect_end();
        }
    } else {
        sweep_frame(rt_platform.gicd, 0x1000U);
        for (uint32_t i = 0; i < 4U; i++) { // filters 0 to 3, targets that are not there
            rt_write32(rt_platform.gicd + 0xf00U, i << 24 | 0xfe0000U | 9U);
        }
    }
    rt_gic_init();
    for (uint32_t i = 0; i < 16U; i++) {
        clear_pending(i);
        rt_gic_enable(i);
    }
    (void)open_for(SETTLE * 4U); // what the sweep left pending
}

void rt_main(void) {
    uint64_t limit = RT_READ(cntfrq_el0) * 2U;
    identity();
    sgis(limit);
    masks();
    pending_and_active(8);
    pending_and_active(20);
    level(limit);
    sweep();
    sgis(limit); // after the sweep all must be as before
    rt_verdict_of_checks("gic");
}
