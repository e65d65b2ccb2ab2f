// SPDX-License-Identifier: Apache-2.0
// Inline half of drivers/gic.h on arm64 for the paths that are counted in instructions: with GICv3
// one system register access, else the driver's table. Host tests have their own file of this name.
#pragma once
#include <arm64/sysreg.h>
#include <drivers/gic.h>

static inline uint32_t gicv2_read(const uint8_t *base, uint64_t offset) {
    return *(const volatile uint32_t *)(const void *)(base + offset);
}
static inline void gicv2_write(uint8_t *base, uint64_t offset, uint32_t value) {
    *(volatile uint32_t *)(void *)(base + offset) = value;
}

// IAR: INTID, on GICv2 also the source CPU; 1020 and above: nothing to handle.
static inline uint32_t gic_ack(void) {
    return likely(gic_is_v3) ? (uint32_t)read_icc_iar1_el1() : gicv2_read(gicv2_cpu, 0xc) & 0x1fff;
}
// What gic_ack would give now.
static inline uint32_t gic_pending(void) {
    return gic_is_v3 ? (uint32_t)read_icc_hppir1_el1() : gicv2_read(gicv2_cpu, 0x18) & 0x1fff;
}
// Priority drop.
static inline void gic_eoi(uint32_t iar) {
    if (likely(gic_is_v3))
        write_icc_eoir1_el1(iar);
    else
        gicv2_write(gicv2_cpu, 0x10, iar);
}
static inline void gic_deactivate(uint32_t iar) {
    if (likely(gic_is_v3))
        write_icc_dir_el1(iar);
    else
        gicv2_write(gicv2_cpu, 0x1000, iar);
}

// GICH_LR (IHI 0048B, 5.3.7): VirtualID[9:0], PhysicalID[19:10] (HW=0: CPUID[12:10], EOI 19),
// Priority[27:23], State[29:28], Grp1 30, HW 31. Where gicv2_late_level (see gicv2.c), HW=1 is
// carried as HW=0 with EOI=1 of an INTID above the SGIs, which has its own physical number.
#define GICH_LR_EOI BIT(19)
#define GICH_LR_STATE (3u << 28)
#define GICH_LR_HW BIT(31)
static inline bool gicv2_lr_stands_for_hw(uint64_t r) {
    return gicv2_late_level && (r & GICH_LR_EOI) && !(r & GICH_LR_HW) && FIELD(r, 9, 0) >= 16;
}
static inline uint64_t gicv2_lr_portable(uint64_t r) {
    uint64_t lr = FIELD(r, 9, 0) | FIELD(r, 27, 23) << (GIC_LR_PRIO_SHIFT + 3) |
                  FIELD(r, 29, 28) << 62 | FIELD(r, 31, 30) << 60;
    if (r & GICH_LR_HW)
        return lr | FIELD(r, 19, 10) << GIC_LR_PINTID_SHIFT;
    if (unlikely(gicv2_lr_stands_for_hw(r)))
        return lr | GIC_LR_HW | FIELD(r, 9, 0) << GIC_LR_PINTID_SHIFT;
    return lr | FIELD(r, 12, 10) << GIC_LR_PINTID_SHIFT | FIELD(r, 19, 19) << 41;
}
// PhysicalID has CPUID and EOI where they are in ICH_LR, 22 bits up.
static inline uint64_t gicv2_lr_own(uint64_t lr) {
    uint64_t r = FIELD(lr, 9, 0) | FIELD(lr, 41, 32) << 10 | FIELD(lr, 55, 51) << 23 |
                 FIELD(lr, 63, 62) << 28 | FIELD(lr, 61, 60) << 30;
    if (unlikely(gicv2_late_level) && (r & GICH_LR_HW) && (r & GICH_LR_STATE))
        r = (r & ~(GICH_LR_HW | MASK(19, 10))) | GICH_LR_EOI;
    return r;
}
static inline uint64_t gicv2_lr_read(unsigned n) { return gicv2_read(gicv2_hyp, 0x100 + 4ULL * n); }
static inline void gicv2_lr_write(unsigned n, uint64_t own) {
    gicv2_write(gicv2_hyp, 0x100 + 4ULL * n, (uint32_t)own);
}
// The guest is done with what list register n carries for the physical side: let go of that. (The
// CPU that took it may be another one, and then GICC_DIR here leaves it active there: QEMU 7.2's.)
static inline void gicv2_lr_finish(unsigned n) {
    uint64_t r = gicv2_lr_read(n);
    if (gicv2_lr_stands_for_hw(r) && !(r & GICH_LR_STATE)) {
        gicv2_lr_write(n, 0);
        gicv2_write(gicv2_dist, 0x380 + FIELD(r, 9, 5) * 4, 1u << (r & 31)); // ICACTIVER
    }
}

// Between the shape of drivers/gic.h and the GIC's own form, in which list registers are kept.
static inline uint64_t gic_lr_own(uint64_t lr) { return likely(gic_is_v3) ? lr : gicv2_lr_own(lr); }
static inline uint64_t gic_lr_portable(uint64_t own) {
    return likely(gic_is_v3) ? own : gicv2_lr_portable(own);
}
// A GICv2 SGI's source, to be added to what has none.
static inline uint64_t gicv2_lr_source(uint64_t source) { return source << 10; }

// List registers of this CPU, in its GIC's own form; the next entry to the guest synchronises. The
// first four are here.
#define GIC_NEAR_LRS 4u
static inline uint64_t gic_near_lr_read(unsigned n) {
    if (unlikely(!gic_is_v3))
        return gicv2_lr_read(n);
    if (n & 2)
        return n & 1 ? read_ich_lr3_el2() : read_ich_lr2_el2();
    return n & 1 ? read_ich_lr1_el2() : read_ich_lr0_el2();
}
static inline __attribute__((always_inline)) void gic_near_lr_write(unsigned n, uint64_t own) {
    if (unlikely(!gic_is_v3))
        gicv2_lr_write(n, own);
    else if (n & 2)
        n & 1 ? write_ich_lr3_el2(own) : write_ich_lr2_el2(own);
    else
        n & 1 ? write_ich_lr1_el2(own) : write_ich_lr0_el2(own);
}
// Shows a software interrupt in list register n, where it was before, if the guest is done with it.
static inline bool gicv2_lr_renew(unsigned n, uint64_t own) {
    if (unlikely(gicv2_lr_read(n) & (GICH_LR_STATE | GICH_LR_EOI))) // SGIs may ask for their EOI
        return false;
    gicv2_lr_write(n, own);
    return true;
}
#define GIC_RENEW(n)                                                                               \
    if (unlikely(read_ich_lr##n##_el2() & GIC_LR_STATE))                                           \
        return false;                                                                              \
    write_ich_lr##n##_el2(own)
static inline bool gic_near_lr_renew(unsigned n, uint64_t own) {
    if (unlikely(!gic_is_v3)) {
        return gicv2_lr_renew(n, own);
    } else if (n == 0) {
        GIC_RENEW(0);
    } else if (n == 1) {
        GIC_RENEW(1);
    } else if (n == 2) {
        GIC_RENEW(2);
    } else {
        GIC_RENEW(3);
    }
    return true;
}
static inline uint64_t gic_lr_read(unsigned n) {
    return likely(n < GIC_NEAR_LRS) ? gic_near_lr_read(n) : gic->lr_read(n);
}
// What was there may have been another one.
static inline void gic_lr_write(unsigned n, uint64_t own) {
    if (unlikely(!gic_is_v3 && gicv2_late_level))
        gicv2_lr_finish(n);
    if (likely(n < GIC_NEAR_LRS))
        gic_near_lr_write(n, own);
    else
        gic->lr_write(n, own);
}
// All of them. Nothing is finished there: whose they were has been saved.
static inline void gic_lrs_load(const uint64_t own[GIC_MAX_LRS]) {
    unsigned n = gic_nr_lrs;
    if (unlikely(!gic_is_v3)) {
        while (n-- > 0)
            gicv2_lr_write(n, own[n]);
        return;
    }
    for (; unlikely(n > GIC_NEAR_LRS); n--)
        gic->lr_write(n - 1, own[n - 1]);
    if (likely(n > 3))
        write_ich_lr3_el2(own[3]);
    if (likely(n > 2))
        write_ich_lr2_el2(own[2]);
    write_ich_lr1_el2(own[1]);
    write_ich_lr0_el2(own[0]);
}
static inline bool gic_lr_busy(uint64_t own) {
    return own & (likely(gic_is_v3) ? GIC_LR_STATE : GICH_LR_STATE);
}
static inline uint32_t gic_lr_empty(void) {
    if (unlikely(!gic_is_v3))
        return gicv2_read(gicv2_hyp, 0x30) & ((1u << gic_nr_lrs) - 1);
    isb(); // our earlier list register writes before this indirect read of them
    return (uint32_t)read_ich_elrsr_el2();
}

// Interrupts CPU `cpu` by SGI_KICK, which is number 0. GICv2: or by one of those behind it.
static inline void gicv2_kick(unsigned cpu, unsigned sgi) {
    dsb_ishst(); // what it announces is visible before it
    gicv2_write(gicv2_dist, 0xf00, (uint32_t)gicv2_cpu_mask[cpu] << 16 | sgi);
}
static inline void gic_kick(unsigned cpu) {
    if (unlikely(!gic_is_v3)) {
        gicv2_kick(cpu, 0);
        return;
    }
    dsb_ishst(); // as above
    write_icc_sgi1r_el1(gicv3_sgi_target[cpu]);
    isb(); // sent now, not when this CPU next synchronises
}
