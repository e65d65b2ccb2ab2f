// SPDX-License-Identifier: Apache-2.0
// GICv3 (Arm IHI 0069): distributor and redistributors by MMIO, CPU interface and virtual interface
// by system registers. Non-secure group 1 with affinity routing everywhere. Called through the
// table in drivers/gic.h; private INTIDs go to the calling CPU's redistributor. Owns LOCK_GIC
// (ICFGR updates). Worst case: init_cpu polls GICR_WAKER and RWP at most POLLS times; nothing waits
// later.
#include <arch/cpu.h>
#include <arch/gic_inline.h>
#include <arch/map.h>
#include <arm64/sysreg.h>
#include <boot/system.h>
#include <core/errno.h>
#include <core/lock.h>
#include <core/log.h>
#include <core/percpu.h>
#include <drivers/gic.h>

// GICD and, at the same offsets, the SGI frame of a redistributor.
enum {
    CTLR = 0x0,
    TYPER = 0x4,
    IGROUPR = 0x80,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ICFGR = 0xc00,
    IROUTER = 0x6000,
    GICR_TYPER = 0x8,
    GICR_WAKER = 0x14,
    GICR_SGI_FRAME = 0x10000,
};
#define CTLR_RWP BIT(31)
#define CTLR_ARE_NS BIT(4)
#define CTLR_ENABLE_G1 BIT(1)
#define WAKER_PROCESSOR_SLEEP 2u
#define WAKER_CHILDREN_ASLEEP 4u
#define ICH_HCR_EN BIT(0)
#define ICH_HCR_UIE BIT(1)
#define PRIORITY_ALL 0xa0a0a0a0u
#define POLLS 1000000

static uint8_t *dist;
static uint8_t *redist[NR_CPUS]; // RD frame of each CPU that came up
static struct {
    uint8_t *va;
    uint64_t size;
} region[8];
uint64_t gicv3_sgi_target[NR_CPUS];
bool gicv3_usual;
static unsigned nr_regions, nr_active_words; // ICH_AP<g>R<n> in use per group
static uint64_t redist_stride;
static irq_t maintenance;
static spinlock_t gic_lock = SPINLOCK_INIT(LOCK_GIC);

static uint32_t rd32(const uint8_t *base, uint64_t off) {
    return *(const volatile uint32_t *)(const void *)(base + off);
}
static void wr32(uint8_t *base, uint64_t off, uint32_t v) {
    *(volatile uint32_t *)(void *)(base + off) = v;
}
static uint64_t rd64(const uint8_t *base, uint64_t off) {
    return *(const volatile uint64_t *)(const void *)(base + off);
}
static void wr64(uint8_t *base, uint64_t off, uint64_t v) {
    *(volatile uint64_t *)(void *)(base + off) = v;
}

// Frame with the per-interrupt registers of `irq`.
static uint8_t *frame(irq_t irq) {
    return irq < 32 ? redist[this_cpu()->id] + GICR_SGI_FRAME : dist;
}
static void set_bit(irq_t irq, uint64_t reg) {
    wr32(frame(irq), reg + irq / 32 * 4, 1u << irq % 32);
}
static bool get_bit(irq_t irq, uint64_t reg) {
    return (rd32(frame(irq), reg + irq / 32 * 4) >> irq % 32) & 1;
}

static void wait_rwp(const uint8_t *base, uint32_t bit) {
    for (unsigned i = 0; i < POLLS; i++)
        if (!(rd32(base, CTLR) & bit))
            return;
    log_warning("GICv3: a register write is still pending after %u reads", POLLS);
}

static uint64_t router(uint64_t mpidr) { return mpidr & 0xff00ffffffULL; }

static void reset_distributor(void) {
    wr32(dist, CTLR, 0);
    wait_rwp(dist, (uint32_t)CTLR_RWP);
    for (irq_t irq = 32; irq < gic_nr_irqs; irq += 32) {
        wr32(dist, IGROUPR + irq / 8, ~0u);
        wr32(dist, ICENABLER + irq / 8, ~0u);
        wr32(dist, ICPENDR + irq / 8, ~0u);
        wr32(dist, ICACTIVER + irq / 8, ~0u);
    }
    for (irq_t irq = 32; irq < gic_nr_irqs; irq += 16)
        wr32(dist, ICFGR + irq / 4, 0);
    for (irq_t irq = 32; irq < gic_nr_irqs; irq += 4)
        wr32(dist, IPRIORITYR + irq, PRIORITY_ALL);
    wait_rwp(dist, (uint32_t)CTLR_RWP);
    // Affinity routing may change only while the groups are off.
    wr32(dist, CTLR, CTLR_ARE_NS);
    wait_rwp(dist, (uint32_t)CTLR_RWP);
    for (irq_t irq = 32; irq < gic_nr_irqs; irq++)
        wr64(dist, IROUTER + 8ULL * irq, router(read_mpidr_el1()));
    wr32(dist, CTLR, CTLR_ARE_NS | CTLR_ENABLE_G1);
}

static int init(const struct system_gic *desc) {
    // ICC_SRE_EL2.SRE must be there before any ICH_ register is.
    write_icc_sre_el2(0xf);
    isb();
    if (!(read_icc_sre_el2() & 1)) {
        log_error("GICv3: firmware has disabled the system registers at EL2");
        return fail(-ENODEV);
    }
    dist = map_device(desc->dist.base, desc->dist.size);
    if (!dist || desc->nr_redist == 0 || desc->nr_redist > ARRAY_SIZE(region)) {
        log_error("GICv3: no usable distributor or redistributor region");
        return fail(-ENODEV);
    }
    for (unsigned i = 0; i < desc->nr_redist; i++) {
        region[i].va = map_device(desc->redist[i].base, desc->redist[i].size);
        region[i].size = desc->redist[i].size;
        if (!region[i].va)
            return fail(-ENODEV);
    }
    nr_regions = desc->nr_redist;
    redist_stride = desc->redist_stride;
    maintenance = desc->maintenance;
    gic_nr_irqs = MIN(32 * ((rd32(dist, TYPER) & 0x1f) + 1), (uint32_t)NR_INTIDS);
    uint64_t vtr = read_ich_vtr_el2();
    gic_nr_lrs = (unsigned)MIN(FIELD(vtr, 4, 0) + 1, (uint64_t)GIC_MAX_LRS);
    // PREbits - 5 is the log2 of the registers in each group's set (12.4.1).
    nr_active_words = 1u << (MIN(MAX(FIELD(vtr, 28, 26) + 1, 5ULL), 7ULL) - 5);
    gicv3_usual = nr_active_words == 1 && gic_nr_lrs == 4;
    reset_distributor();
    return 0;
}

// The redistributor whose affinity is this CPU's, NULL if there is none.
static uint8_t *find_redist(uint64_t mpidr) {
    uint64_t affinity = FIELD(mpidr, 39, 32) << 24 | (mpidr & 0xffffff);
    for (unsigned i = 0; i < nr_regions; i++) {
        uint64_t off = 0;
        while (off + 0x20000 <= region[i].size) {
            uint8_t *rd = region[i].va + off;
            uint64_t typer = rd64(rd, GICR_TYPER);
            if (typer >> 32 == affinity)
                return rd;
            if (typer & BIT(4)) // Last
                break;
            // VLPIS: two more frames.
            off += redist_stride ? redist_stride : typer & BIT(1) ? 0x40000 : 0x20000;
        }
    }
    return NULL;
}

static void wake(uint8_t *rd) {
    wr32(rd, GICR_WAKER, rd32(rd, GICR_WAKER) & ~WAKER_PROCESSOR_SLEEP);
    for (unsigned i = 0; i < POLLS; i++)
        if (!(rd32(rd, GICR_WAKER) & WAKER_CHILDREN_ASLEEP))
            return;
    log_warning("GICv3: the redistributor of CPU %u does not wake", this_cpu()->id);
}

static void load(const uint64_t s[GIC_IFACE_WORDS]);

static void init_cpu(void) {
    uint8_t *rd = find_redist(this_cpu()->mpidr);
    if (!rd)
        panic("GICv3: no redistributor for CPU %u (MPIDR %#llx)", this_cpu()->id,
              (unsigned long long)this_cpu()->mpidr);
    uint64_t m = this_cpu()->mpidr;
    redist[this_cpu()->id] = rd;
    gicv3_sgi_target[this_cpu()->id] = FIELD(m, 39, 32) << 48 | FIELD(m, 23, 16) << 32 |
                                       FIELD(m, 15, 8) << 16 | FIELD(m, 7, 4) << 44 | BIT(m & 0xf);
    wake(rd);
    uint8_t *sgi = rd + GICR_SGI_FRAME;
    wr32(sgi, IGROUPR, ~0u);
    wr32(sgi, ICENABLER, ~0u);
    wr32(sgi, ICPENDR, ~0u);
    wr32(sgi, ICACTIVER, ~0u);
    for (unsigned i = 0; i < 32; i += 4)
        wr32(sgi, IPRIORITYR + i, PRIORITY_ALL);
    wait_rwp(rd, BIT(3));

    write_icc_sre_el2(0xf); // SRE, no bypass, EL1 may use its ICC_SRE_EL1
    isb();                  // before what SRE makes accessible
    write_icc_sre_el1(0x7);
    isb();
    write_icc_pmr_el1(0xff);
    write_icc_bpr1_el1(0);
    write_icc_ctlr_el1(BIT(1)); // EOImode: deactivation is separate
    write_icc_igrpen1_el1(1);
    for (unsigned i = 0; i < gic_nr_lrs; i++)
        gicv3_lr_write(i, 0);
    load((const uint64_t[GIC_IFACE_WORDS]){0});
    write_ich_hcr_el2(ICH_HCR_EN);
    isb();
}

static void enable(irq_t irq, bool on) { set_bit(irq, on ? ISENABLER : ICENABLER); }
static void set_pending(irq_t irq, bool on) { set_bit(irq, on ? ISPENDR : ICPENDR); }
static void set_active(irq_t irq, bool on) { set_bit(irq, on ? ISACTIVER : ICACTIVER); }
static bool get_pending(irq_t irq) { return get_bit(irq, ISPENDR); }
static bool get_active(irq_t irq) { return get_bit(irq, ISACTIVER); }

static void set_edge(irq_t irq, bool edge) {
    uint64_t reg = ICFGR + irq / 16 * 4;
    uint32_t bit = 2u << irq % 16 * 2;
    spin_lock(&gic_lock);
    uint32_t v = rd32(frame(irq), reg);
    wr32(frame(irq), reg, edge ? v | bit : v & ~bit);
    spin_unlock(&gic_lock);
}

static void set_priority(irq_t irq, uint8_t prio) {
    *(volatile uint8_t *)(frame(irq) + IPRIORITYR + irq) = prio;
}

static void set_target(irq_t irq, unsigned cpu) {
    if (irq >= 32)
        wr64(dist, IROUTER + 8ULL * irq, router(percpus[cpu].mpidr));
}

#define LR_READ(n)                                                                                 \
    case n:                                                                                        \
        return read_ich_lr##n##_el2()
#define LR_WRITE(n)                                                                                \
    case n:                                                                                        \
        write_ich_lr##n##_el2(lr);                                                                 \
        break

uint64_t gicv3_far_lr_read(unsigned n) {
    switch (n) {
        LR_READ(4);
        LR_READ(5);
        LR_READ(6);
        LR_READ(7);
        LR_READ(8);
        LR_READ(9);
        LR_READ(10);
        LR_READ(11);
        LR_READ(12);
        LR_READ(13);
        LR_READ(14);
        LR_READ(15);
    default:
        return 0;
    }
}

void gicv3_far_lr_write(unsigned n, uint64_t lr) {
    switch (n) {
        LR_WRITE(4);
        LR_WRITE(5);
        LR_WRITE(6);
        LR_WRITE(7);
        LR_WRITE(8);
        LR_WRITE(9);
        LR_WRITE(10);
        LR_WRITE(11);
        LR_WRITE(12);
        LR_WRITE(13);
        LR_WRITE(14);
        LR_WRITE(15);
    default:
        break;
    }
}

static void set_underflow(bool on) {
    write_ich_hcr_el2(on ? ICH_HCR_EN | ICH_HCR_UIE : ICH_HCR_EN);
}
static uint32_t maintenance_irq(void) { return maintenance; }

static uint64_t pair(uint64_t low, uint64_t high) { return (uint32_t)low | high << 32; }

static void save(uint64_t s[GIC_IFACE_WORDS]) {
    s[0] = read_ich_vmcr_el2();
    s[1] = pair(read_ich_ap0r0_el2(), read_ich_ap1r0_el2());
    if (nr_active_words > 1)
        s[2] = pair(read_ich_ap0r1_el2(), read_ich_ap1r1_el2());
    if (nr_active_words > 2) {
        s[3] = pair(read_ich_ap0r2_el2(), read_ich_ap1r2_el2());
        s[4] = pair(read_ich_ap0r3_el2(), read_ich_ap1r3_el2());
    }
}

static void load(const uint64_t s[GIC_IFACE_WORDS]) {
    write_ich_vmcr_el2(s[0]);
    write_ich_ap0r0_el2((uint32_t)s[1]);
    write_ich_ap1r0_el2(s[1] >> 32);
    if (nr_active_words > 1) {
        write_ich_ap0r1_el2((uint32_t)s[2]);
        write_ich_ap1r1_el2(s[2] >> 32);
    }
    if (nr_active_words > 2) {
        write_ich_ap0r2_el2((uint32_t)s[3]);
        write_ich_ap1r2_el2(s[3] >> 32);
        write_ich_ap0r3_el2((uint32_t)s[4]);
        write_ich_ap1r3_el2(s[4] >> 32);
    }
}

static uint8_t virtual_pmr(void) { return (uint8_t)(read_ich_vmcr_el2() >> 24); }
static uint32_t virtual_groups(void) { return (uint32_t)read_ich_vmcr_el2() & 3; }

const struct gic_driver gic_v3 = {
    .name = "GICv3",
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
    .save = save,
    .load = load,
    .virtual_pmr = virtual_pmr,
    .virtual_groups = virtual_groups,
};
