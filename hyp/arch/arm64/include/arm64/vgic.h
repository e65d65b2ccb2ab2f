// SPDX-License-Identifier: Apache-2.0
// State of the virtual GIC: a virq each for the 32 private interrupts of a vCPU and the SPIs of a
// domain. Owned by vgic*.c. LOCK_VGIC (per vCPU) guards its list registers, its private interrupts
// and the SPIs routed to it; LOCK_VGIC_SPI (per domain) guards the routes (a change also holds both
// vCPUs' LOCK_VGIC).
#pragma once
#include <core/lock.h>
#include <core/types.h>
#include <drivers/gic.h>

struct percpu;
struct vcpu;

#define VGIC_NO_LR 0xff
#define VGIC_PRIO_MASK 0xf8u // five bits: what every list register has

// A virq belongs to (and is guarded by the LOCK_VGIC of) the vCPU whose list register holds it,
// else to its target. What a list register says (pending, active) is the truth for what was put
// there; `pending` and `active` here are what still has to go there.
struct virq {
    uint16_t id; // INTID
    uint8_t lr;  // vCPU id << 4 | list register, or VGIC_NO_LR. May be stale: a free list register
    uint8_t priority;                       // VGIC_PRIO_MASK
    uint8_t target;                         // vCPU id that takes it
    uint8_t sources;                        // SGI on GICv2: source vCPUs that wait
    bool queued : 1;                        // waits for a list register of its owner
    bool drop_pending : 1, drop_active : 1; // asked of the CPU that has it in a list register
    bool any : 1;                           // IROUTER.Interrupt_Routing_Mode
    bool : 0;
    bool enabled : 1, group1 : 1, pending : 1, active : 1, edge : 1;
    bool routed : 1;     // the target exists
    bool hw : 1;         // linked to the physical interrupt of the same INTID
    bool phys : 1;       // hw: `pending` is an acknowledged physical one, which is active until the
                         // guest's EOI
    uint16_t next, prev; // INTIDs: its neighbours in the queue, a ring
    uint32_t affinity;   // SPI: IROUTER's Aff3.Aff2.Aff1.Aff0; on GICv2 its ITARGETSR byte
};
_Static_assert(sizeof(struct virq) == 16, "256 a page");

#define VGIC_POSTED 3 // SGI_KICKS
#define VGIC_QUEUED 0xffffffffu
#define VGIC_RESYNC BIT(63) // its list registers are to be looked at (vgic_flush)

struct vgic_vcpu {
    spinlock_t lock;
    uint64_t work;          // bits 0-31: somebody waits with this priority / 8; VGIC_RESYNC
    struct percpu *home;    // the CPU whose list registers are its own; NULL while not loaded
    struct percpu *spis_at; // the CPU that takes its assigned SPIs; NULL before the first load
    uint16_t lrs_used;      // bit n: lr_owner[n] != NULL
    uint16_t lrs_private;   // ... a near one with a private interrupt, if it is used
    bool underflow;         // the maintenance interrupt for a near-empty set is on
    uint8_t nr_moved;
    uint16_t moved[GIC_MAX_LRS]; // SPIs that left for another vCPU; delivered after unlock
    uint32_t waker;              // GICR_WAKER
    uint32_t regroup;            // how far its write of GICD_CTLR has come
    // Raised by other CPUs; atomic, no lock: private INTIDs; GICv2: its SGIs 0 to 7 and 8 to 15 are
    // in words of their own, a byte each, with a bit for the source vCPU. Each word has its kick.
    uint64_t posted[VGIC_POSTED];
    uint16_t first[32]; // by priority / 8: INTID of who waits longest for a list register
    struct virq *lr_owner[GIC_MAX_LRS]; // NULL = free
    // In the GIC's own form. Not loaded: the content; loaded: as last written or seen.
    uint64_t lr_saved[GIC_MAX_LRS];
    // What makes the interrupt that has a list register pending there by the short way, in the
    // GIC's own form; 0: it may not go it. Only place() lets it, whoever locks its owner to change
    // it stops it.
    uint64_t again[GIC_MAX_LRS];
    uint64_t iface[GIC_IFACE_WORDS]; // gic->save/load
    uint64_t redist_base;            // v3: IPA of its redistributor
    struct virq priv[32];
};

#define VGIC_SPI_PER_PAGE 256

struct vgic_domain {
    spinlock_t spi_lock;
    uint8_t version;
    bool flat;               // every vCPU's affinity is its number
    uint32_t ctlr;           // GICD_CTLR group enables: bit 0 group 0, bit 1 group 1
    uint32_t nr_irqs;        // 32 + SPIs
    struct virq *spi[4];     // pages of VGIC_SPI_PER_PAGE, from the domain's quota
    uint64_t hw_enabled[16]; // by INTID: assigned SPIs that are enabled; atomic
    const struct vgic_layout *layout;
};

// Where a guest's GIC is. Dom0: as the host's; others: where the Xen ABI has it (arch-arm.h).
struct vgic_layout {
    uint8_t version;
    uint64_t dist_base, dist_size;
    uint64_t cpu_base, cpu_size;             // v2: GICC as the guest sees it
    uint64_t vcpu_base, vcpu_size;           // v2: machine address of GICV mapped there
    uint64_t redist_base[8], redist_size[8]; // v3
    uint64_t redist_stride;                  // 0 = 128 KiB
    uint32_t nr_redist;
};
extern struct vgic_layout vgic_host_layout;
// vgic_layout.c: the host's, which boot fills, or else the one of every other domain.
const struct vgic_layout *vgic_layout_for(bool host);

// GICD_SGIR, ICC_SGI1R_EL1: raises SGI `sgi` on every vCPU of `mask` from v, which is loaded here.
// GICv2 keeps the source. TRAP_SKIP, as the traps end that they belong to.
enum trap_result vgic_send_v2_sgi(struct vcpu *v, uint32_t mask, unsigned sgi);
enum trap_result vgic_send_v3_sgi(struct vcpu *v, uint32_t mask, unsigned sgi);
// ICC_SGI1R_EL1 (also ASGI1R, SGI0R) written by the guest: decodes the target list.
enum trap_result vgic_sgi1r(struct vcpu *v, uint64_t value);
// Context switch group. No lock held; this CPU's list registers are v's between load and save.
void vgic_save(struct vcpu *v);
void vgic_load(struct vcpu *v);
