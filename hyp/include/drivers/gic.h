// SPDX-License-Identifier: Apache-2.0
// The physical GIC (v2: GICD, GICC, GICH by MMIO; v3: GICD, GICR, ICC_/ICH_ registers). EOImode =
// 1: eoi drops the priority only; deactivate is separate (a guest's list register with HW=1 does it
// otherwise). List registers have one portable shape: that of ICH_LR<n>_EL2 (Arm IHI 0069, 12.4.9):
// vINTID[31:0], pINTID[44:32] (HW=0: EOI bit 41, and the source CPU of a GICv2 SGI in [34:32]),
// Priority[55:48], Group[60], HW[61], State[63:62]. The GIC's own form arch/gic_inline.h
// translates, which has what hot paths do, list registers too. Private INTIDs (< 32) mean those of
// the calling CPU.
#pragma once
#include <arch/atomic.h>
#include <core/types.h>

#define GIC_LR_PENDING BIT(62)
#define GIC_LR_ACTIVE BIT(63)
#define GIC_LR_STATE (GIC_LR_PENDING | GIC_LR_ACTIVE)
#define GIC_LR_HW BIT(61)
#define GIC_LR_GROUP1 BIT(60)
#define GIC_LR_EOI BIT(41) // only HW=0: maintenance interrupt at the guest's EOI
#define GIC_LR_PRIO_SHIFT 48
#define GIC_LR_PINTID_SHIFT 32 // HW=1: physical INTID; HW=0 on GICv2: source CPU of an SGI
#define GIC_LR_VINTID(lr) ((uint32_t)(lr))
#define GIC_MAX_LRS 16
#define GIC_NEAR_LRS 4u   // hot paths reach these inline
#define GIC_IFACE_WORDS 5 // VMCR and up to eight 32-bit active priority registers
#define GIC_INTID(iar) ((iar)&0x3ffu)

struct system_gic;

struct gic_driver {
    const char *name; // by it the host tool knows an image that has this driver
    int (*init)(const struct system_gic *desc);
    void (*init_cpu)(void);
    void (*enable)(irq_t irq, bool on);
    void (*set_edge)(irq_t irq, bool edge); // while disabled
    void (*set_priority)(irq_t irq, uint8_t prio);
    void (*set_target)(irq_t irq, unsigned cpu); // SPI: to one CPU, at once
    void (*set_pending)(irq_t irq, bool on);
    void (*set_active)(irq_t irq, bool on);
    bool (*get_pending)(irq_t irq);
    bool (*get_active)(irq_t irq);
    // Maintenance when few list registers are left in use (GICH_HCR.UIE); virtual interface on or
    // off.
    void (*set_underflow)(bool on);
    uint32_t (*maintenance_irq)(void); // the PPI
    bool (*maintenance)(void);         // its driver's share; is there more? NULL: there is
    // Virtual CPU interface state of a vCPU (VMCR, APRs), switched with it.
    void (*save)(uint64_t state[GIC_IFACE_WORDS]);
    void (*load)(const uint64_t state[GIC_IFACE_WORDS]);
    // Virtual priority mask as an 8-bit priority, and the groups whose delivery the guest enabled
    // (bit 0 group 0, bit 1 group 1).
    uint8_t (*virtual_pmr)(void);
    uint32_t (*virtual_groups)(void);
};

// Set once by gic_init; const afterwards.
extern const struct gic_driver *gic;
extern uint8_t *gicv2_cpu, *gicv2_hyp;   // GICC, GICH
extern uint8_t *gicv2_dist;              // GICD
extern uint8_t gicv2_cpu_mask[];         // each CPU's bit in ITARGETSR and SGIR
extern uint64_t gicv3_sgi_target[];      // each CPU's ICC_SGI1R_EL1 but for the INTID
extern bool gicv2_late_level;            // see gicv2.c
extern bool gicv3_usual;                 // GICv3, 4 list registers, ICH_AP<g>R0 alone
extern unsigned gic_nr_lrs, gic_nr_irqs; // list registers per CPU; INTIDs the distributor has
extern const struct gic_driver gic_v2, gic_v3;
// The driver of a GIC of that version, NULL if this image has none: drivers/gics.c or, in an image
// for one GIC (-Dgic), gics_v2.c or gics_v3.c.
const struct gic_driver *gic_find(unsigned version);
// For arch/gic_inline.h's gic_save: a list register's content; does its interrupt go the short way?
static inline bool gic_keep(unsigned n, uint64_t own, const uint64_t *again, uint64_t *saved) {
    store_relaxed(&saved[n], own);
    return load_relaxed(&again[n]);
}
// GICv3: list registers from GIC_NEAR_LRS on.
uint64_t gicv3_far_lr_read(unsigned n);
void gicv3_far_lr_write(unsigned n, uint64_t lr);
// Boot CPU: finds the driver, maps and resets the distributor; the CPU's part follows in
// irq_init_cpu. -ENODEV: not a GIC that this hypervisor can use (the log says why).
int gic_init(const struct system_gic *desc) must_check;
