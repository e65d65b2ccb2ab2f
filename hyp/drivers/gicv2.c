// SPDX-License-Identifier: Apache-2.0
// GICv2 (Arm IHI 0048B): GICD, GICC and GICH by MMIO; GICV is mapped to guests by the vGIC. Called
// through the table in drivers/gic.h. Owns LOCK_GIC (ICFGR updates). Nothing here waits for the
// device. Some GIC-400 are wired so that each 4 KiB page of GICC repeats 16 times through 64 KiB:
// GICC_DIR is then not at +0x1000 of what the device tree names but at +0x1000 of its last alias,
// +0xf000. And some (QEMU 7.2's) do not look at a level again when a guest's EOI deactivates it
// through a list register with HW=1: there EL2 deactivates, on the EOI maintenance interrupt
// (gicv2_late_level). The same ones leave a pending edge with the CPU it was for (edge_stays).
#include <arch/cpu.h>
#include <arch/gic_inline.h>
#include <arch/map.h>
#include <arm64/sysreg.h>
#include <boot/system.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/lock.h>
#include <core/log.h>
#include <core/percpu.h>
#include <drivers/gic.h>

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ISPENDR = 0x200,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICC_CTLR = 0x0,
    GICC_PMR = 0x4,
    GICC_BPR = 0x8,
    GICC_IAR = 0xc,
    GICC_EOIR = 0x10,
    GICC_IIDR = 0xfc,
    GICH_HCR = 0x0,
    GICH_VTR = 0x4,
    GICH_VMCR = 0x8,
    GICH_MISR = 0x10,
    GICH_APR = 0xf0,
};
#define GICC_CTLR_ENABLE 1u
#define GICC_CTLR_BYPASS 0x1e0u // IRQ and FIQ bypass bits: the firmware's
#define GICC_CTLR_EOIMODE BIT(9)
#define GICH_HCR_EN 1u
#define GICH_HCR_UIE 2u
#define PRIORITY_ALL 0xa0a0a0a0u

uint8_t *gicv2_cpu, *gicv2_hyp, *gicv2_dist;
uint8_t gicv2_cpu_mask[NR_CPUS];
bool gicv2_late_level;
static bool edge_stays;     // a pending SPI does not go along to a new target
static uint8_t *guest_view; // GICV, only for the probe
static irq_t maintenance;
static spinlock_t gic_lock = SPINLOCK_INIT(LOCK_GIC);

static void reset_distributor(void) {
    gicv2_write(gicv2_dist, GICD_CTLR, 0);
    for (irq_t irq = 32; irq < gic_nr_irqs; irq += 32) {
        gicv2_write(gicv2_dist, GICD_ICENABLER + irq / 8, ~0u);
        gicv2_write(gicv2_dist, GICD_ICPENDR + irq / 8, ~0u);
        gicv2_write(gicv2_dist, GICD_ICACTIVER + irq / 8, ~0u);
    }
    for (irq_t irq = 32; irq < gic_nr_irqs; irq += 16)
        gicv2_write(gicv2_dist, GICD_ICFGR + irq / 4, 0);
    for (irq_t irq = 32; irq < gic_nr_irqs; irq += 4)
        gicv2_write(gicv2_dist, GICD_IPRIORITYR + irq, PRIORITY_ALL);
    gicv2_write(gicv2_dist, GICD_CTLR, 1);
}

// Pages of GICC at `va` alias each other: +0x1000 shows the identification of +0, which no other
// layout has there. What it identifies as does not matter.
static bool is_aliased(const uint8_t *va, uint64_t size) {
    uint32_t id = gicv2_read(va, GICC_IIDR);
    return size >= 0x20000 && id != 0 && gicv2_read(va, 0x1000 + GICC_IIDR) == id &&
           gicv2_read(va, 0xf000 + GICC_IIDR) == id;
}

static int init(const struct system_gic *desc) {
    gicv2_dist = map_device(desc->dist.base, desc->dist.size);
    gicv2_hyp = map_device(desc->hyp.base, desc->hyp.size);
    gicv2_cpu = map_device(desc->cpu.base, desc->cpu.size);
    guest_view = map_device(desc->vcpu.base, PAGE_SIZE);
    if (!gicv2_dist || !gicv2_hyp || !gicv2_cpu || desc->vcpu.size == 0) {
        log_error("GICv2: the device tree gives no GICC, GICH or GICV");
        return fail(-ENODEV);
    }
    if (is_aliased(gicv2_cpu, desc->cpu.size)) {
        log_info("GICv2: GICC repeats each page through 64 KiB");
        gicv2_cpu += 0xf000;
    } else if (desc->cpu.size < 0x2000) {
        log_error("GICv2: GICC is %#llx bytes, GICC_DIR needs 0x2000",
                  (unsigned long long)desc->cpu.size);
        return fail(-ENODEV);
    }
    maintenance = desc->maintenance;
    gic_nr_irqs = MIN(32 * ((gicv2_read(gicv2_dist, GICD_TYPER) & 0x1f) + 1), (uint32_t)NR_INTIDS);
    gic_nr_lrs = MIN((gicv2_read(gicv2_hyp, GICH_VTR) & 0x3f) + 1, (uint32_t)GIC_MAX_LRS);
    reset_distributor();
    return 0;
}

static void set_bit(irq_t irq, uint64_t reg) {
    gicv2_write(gicv2_dist, reg + irq / 32 * 4, 1u << irq % 32);
}
static bool get_bit(irq_t irq, uint64_t reg) {
    return (gicv2_read(gicv2_dist, reg + irq / 32 * 4) >> irq % 32) & 1;
}
static void enable(irq_t irq, bool on) {
    if (!on) {
        set_bit(irq, GICD_ICENABLER);
        return;
    }
    spin_lock(&gic_lock); // not while set_target holds it back
    set_bit(irq, GICD_ISENABLER);
    spin_unlock(&gic_lock);
}
static void set_pending(irq_t irq, bool on) { set_bit(irq, on ? GICD_ISPENDR : GICD_ICPENDR); }
static void set_active(irq_t irq, bool on) { set_bit(irq, on ? GICD_ISACTIVER : GICD_ICACTIVER); }
static bool get_pending(irq_t irq) { return get_bit(irq, GICD_ISPENDR); }
static bool get_active(irq_t irq) { return get_bit(irq, GICD_ISACTIVER); }

// Does a level that is still high come again after a guest's EOI of a list register with HW=1?
// Plays the guest with the virtual timer, whose condition is true for ever: taken, handed to GICV,
// ended there. Boot CPU, before any guest; the registers it uses are set to their start values
// afterwards.
static bool level_comes_late(void) {
    bool late = false;
    uint64_t control = read_cntv_ctl_el0(), cval = read_cntv_cval_el0();
    gicv2_write(gicv2_dist, GICD_ISENABLER, 1u << PPI_VIRT_TIMER);
    write_cntv_cval_el0(0);
    write_cntv_ctl_el0(1);
    isb(); // the timer's line is high
    uint32_t iar = gicv2_ack();
    for (unsigned n = 0; n < 1000 && iar != PPI_VIRT_TIMER; n++)
        iar = gicv2_ack();
    if (iar == PPI_VIRT_TIMER) {
        gicv2_eoi(iar);
        gicv2_near_lr_write(0, gicv2_lr_own(GIC_LR_HW | GIC_LR_PENDING | PPI_VIRT_TIMER |
                                            (uint64_t)PPI_VIRT_TIMER << GIC_LR_PINTID_SHIFT));
        gicv2_write(guest_view, GICC_CTLR, GICC_CTLR_ENABLE);
        gicv2_write(guest_view, GICC_PMR, 0xff);
        uint32_t virtual_iar = gicv2_read(guest_view, GICC_IAR);
        gicv2_write(guest_view, GICC_EOIR, virtual_iar);
        dsb_sy(); // the end of interrupt has reached the GIC
        late = virtual_iar == PPI_VIRT_TIMER && !(read_isr_el1() & BIT(7));
        gicv2_write(guest_view, GICC_CTLR, 0);
        gicv2_write(guest_view, GICC_PMR, 0);
    }
    write_cntv_ctl_el0(control);
    write_cntv_cval_el0(cval);
    gicv2_write(gicv2_dist, GICD_ICENABLER, 1u << PPI_VIRT_TIMER);
    gicv2_write(gicv2_dist, GICD_ICACTIVER, 1u << PPI_VIRT_TIMER);
    return late;
}

static volatile uint8_t *target_of(irq_t irq) { return gicv2_dist + GICD_ITARGETSR + irq; }

// Boot CPU, before any guest: an SPI that was made pending for nobody, is it lost for its next
// target?
static bool edge_is_left(void) {
    irq_t irq = gic_nr_irqs - 1;
    *target_of(irq) = 0;
    set_pending(irq, true);
    *target_of(irq) = gicv2_cpu_mask[0];
    enable(irq, true);
    uint32_t iar = gicv2_ack();
    for (unsigned n = 0; n < 100 && iar != irq; n++)
        iar = gicv2_ack();
    enable(irq, false);
    set_pending(irq, false);
    if (iar != irq)
        return true;
    gicv2_eoi(iar);
    gicv2_deactivate(iar);
    return false;
}

// Ends of interrupt of assigned interrupts, where EL2 has to see them. True: other reasons remain.
static bool finish_all(void) {
    for (unsigned n = gicv2_late_level ? gic_nr_lrs : 0; n-- > 0;)
        gicv2_lr_finish(n);
    return gicv2_read(gicv2_hyp, GICH_MISR) != 0;
}

static void init_cpu(void) {
    uint32_t mask = 0;
    for (unsigned i = 0; i < 32; i += 4)
        mask |= gicv2_read(gicv2_dist, GICD_ITARGETSR + i);
    mask |= mask >> 16;
    mask |= mask >> 8;
    // A GIC with one CPU interface has the field zero.
    gicv2_cpu_mask[this_cpu()->id] = (uint8_t)((mask & 0xff) ? mask : 1);
    gicv2_write(gicv2_dist, GICD_ICENABLER, 0xffff0000);
    gicv2_write(gicv2_dist, GICD_ICPENDR, 0xffff0000);
    gicv2_write(gicv2_dist, GICD_ICACTIVER, ~0u);
    for (unsigned i = 0; i < 32; i += 4)
        gicv2_write(gicv2_dist, GICD_IPRIORITYR + i, PRIORITY_ALL);

    for (unsigned i = 0; i < gic_nr_lrs; i++)
        gicv2_near_lr_write(i, 0);
    gicv2_write(gicv2_hyp, GICH_VMCR, 0);
    gicv2_write(gicv2_hyp, GICH_APR, 0);
    gicv2_write(gicv2_hyp, GICH_HCR, GICH_HCR_EN);
    gicv2_write(gicv2_cpu, GICC_PMR, 0xff);
    gicv2_write(gicv2_cpu, GICC_BPR, 0);
    gicv2_write(gicv2_cpu, GICC_CTLR,
                (uint32_t)((gicv2_read(gicv2_cpu, GICC_CTLR) & GICC_CTLR_BYPASS) |
                           GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE));
    if (this_cpu()->id == 0 && guest_view) {
        gicv2_late_level = level_comes_late();
        if (gicv2_late_level)
            log_info("GICv2: levels come late after a guest's EOI, EL2 deactivates");
        edge_stays = edge_is_left();
        if (edge_stays)
            log_info("GICv2: edges stay with their CPU, EL2 takes them along");
        gicv2_near_lr_write(0, 0);
        gicv2_write(gicv2_hyp, GICH_VMCR, 0);
        gicv2_write(gicv2_hyp, GICH_APR, 0);
    }
}

static void set_edge(irq_t irq, bool edge) {
    uint64_t reg = GICD_ICFGR + irq / 16 * 4;
    uint32_t bit = 2u << irq % 16 * 2;
    spin_lock(&gic_lock);
    uint32_t v = gicv2_read(gicv2_dist, reg);
    gicv2_write(gicv2_dist, reg, edge ? v | bit : v & ~bit);
    spin_unlock(&gic_lock);
}

static void set_priority(irq_t irq, uint8_t prio) {
    *(volatile uint8_t *)(gicv2_dist + GICD_IPRIORITYR + irq) = prio;
}

static void set_target(irq_t irq, unsigned cpu) {
    uint8_t mask = gicv2_cpu_mask[cpu];
    if (irq < 32 || *target_of(irq) == mask)
        return;
    if (!edge_stays) {
        *target_of(irq) = mask;
        return;
    }
    spin_lock(&gic_lock);
    bool on = get_bit(irq, GICD_ISENABLER);
    if (on) // nobody may take it meanwhile
        set_bit(irq, GICD_ICENABLER);
    *target_of(irq) = mask;
    if (get_pending(irq)) {
        set_pending(irq, false);
        set_pending(irq, true);
    }
    if (on)
        set_bit(irq, GICD_ISENABLER);
    spin_unlock(&gic_lock);
}

static void set_underflow(bool on) {
    gicv2_write(gicv2_hyp, GICH_HCR, on ? GICH_HCR_EN | GICH_HCR_UIE : GICH_HCR_EN);
}
static uint32_t maintenance_irq(void) { return maintenance; }

static void save(uint64_t s[GIC_IFACE_WORDS]) {
    (void)finish_all();
    s[0] = gicv2_read(gicv2_hyp, GICH_VMCR);
    s[1] = gicv2_read(gicv2_hyp, GICH_APR);
}
static void load(const uint64_t s[GIC_IFACE_WORDS]) {
    gicv2_write(gicv2_hyp, GICH_VMCR, (uint32_t)s[0]);
    gicv2_write(gicv2_hyp, GICH_APR, (uint32_t)s[1]);
}
static uint8_t virtual_pmr(void) { return (uint8_t)(gicv2_read(gicv2_hyp, GICH_VMCR) >> 27 << 3); }
static uint32_t virtual_groups(void) { return gicv2_read(gicv2_hyp, GICH_VMCR) & 3; }

const struct gic_driver gic_v2 = {
    .name = "GICv2",
    .init = init,
    .init_cpu = init_cpu,
    .enable = enable,
    .set_edge = set_edge,
    .set_priority = set_priority,
    .set_target = set_target,
    .set_pending = set_pending,
    .set_active = set_active,
    .get_pending = get_pending,
    .get_active = get_active,
    .set_underflow = set_underflow,
    .maintenance_irq = maintenance_irq,
    .maintenance = finish_all,
    .save = save,
    .load = load,
    .virtual_pmr = virtual_pmr,
    .virtual_groups = virtual_groups,
};
