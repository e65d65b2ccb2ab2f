// SPDX-License-Identifier: Apache-2.0
// GICv2's side of arch/gic_inline.h, which alone includes this.
#pragma once
#include <arm64/sysreg.h>
#include <drivers/gic.h>

static inline uint32_t gicv2_read(const uint8_t *base, uint64_t offset) {
    return *(const volatile uint32_t *)(const void *)(base + offset);
}
static inline void gicv2_write(uint8_t *base, uint64_t offset, uint32_t value) {
    *(volatile uint32_t *)(void *)(base + offset) = value;
}

static inline uint32_t gicv2_ack(void) { return gicv2_read(gicv2_cpu, 0xc) & 0x1fff; }
static inline uint32_t gicv2_pending(void) { return gicv2_read(gicv2_cpu, 0x18) & 0x1fff; }
static inline void gicv2_eoi(uint32_t iar) { gicv2_write(gicv2_cpu, 0x10, iar); }
static inline void gicv2_deactivate(uint32_t iar) { gicv2_write(gicv2_cpu, 0x1000, iar); }

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
// A GICv2 SGI's source, to be added to what has none.
static inline uint64_t gicv2_lr_source(uint64_t source) { return source << 10; }
static inline bool gicv2_lr_busy(uint64_t own) { return own & GICH_LR_STATE; }

static inline uint64_t gicv2_lr_read(unsigned n) { return gicv2_read(gicv2_hyp, 0x100 + 4ULL * n); }
static inline void gicv2_near_lr_write(unsigned n, uint64_t own) {
    gicv2_write(gicv2_hyp, 0x100 + 4ULL * n, (uint32_t)own);
}
// The guest is done with what list register n carries for the physical side: let go of that. (The
// CPU that took it may be another one, and then GICC_DIR here leaves it active there: QEMU 7.2's.)
static inline void gicv2_lr_finish(unsigned n) {
    uint64_t r = gicv2_lr_read(n);
    if (gicv2_lr_stands_for_hw(r) && !(r & GICH_LR_STATE)) {
        gicv2_near_lr_write(n, 0);
        gicv2_write(gicv2_dist, 0x380 + FIELD(r, 9, 5) * 4, 1u << (r & 31)); // ICACTIVER
    }
}
static inline void gicv2_lr_write(unsigned n, uint64_t own) {
    if (unlikely(gicv2_late_level))
        gicv2_lr_finish(n);
    gicv2_near_lr_write(n, own);
}
static inline bool gicv2_lr_renew(unsigned n, uint64_t own) {
    if (unlikely(gicv2_lr_read(n) & (GICH_LR_STATE | GICH_LR_EOI))) // SGIs may ask for their EOI
        return false;
    gicv2_near_lr_write(n, own);
    return true;
}
static inline bool gicv2_save(uint32_t used, const uint64_t *again, uint64_t *saved,
                              uint64_t iface[GIC_IFACE_WORDS]) {
    const uint8_t *hyp = gicv2_hyp;
    for (; used; used &= used - 1) {
        unsigned n = (unsigned)__builtin_ctz(used);
        uint64_t own = gicv2_read(hyp, 0x100 + 4ULL * n);
        if (unlikely((own & (GICH_LR_EOI | GICH_LR_STATE)) == GICH_LR_EOI))
            gicv2_lr_finish(n);
        if (unlikely(!gic_keep(n, own & GICH_LR_STATE ? own : 0, again, saved)))
            return false;
    }
    iface[0] = gicv2_read(hyp, 0x8);
    iface[1] = gicv2_read(hyp, 0xf0);
    return true;
}
static inline void gicv2_load(const uint64_t own[GIC_MAX_LRS],
                              const uint64_t iface[GIC_IFACE_WORDS]) {
    uint8_t *hyp = gicv2_hyp;
    gicv2_write(hyp, 0x8, (uint32_t)iface[0]);
    gicv2_write(hyp, 0xf0, (uint32_t)iface[1]);
    for (unsigned n = 0, end = gic_nr_lrs; n < end; n++)
        gicv2_write(hyp, 0x100 + 4ULL * n, (uint32_t)own[n]);
}
static inline uint32_t gicv2_lr_empty(void) {
    return gicv2_read(gicv2_hyp, 0x30) & ((1u << gic_nr_lrs) - 1);
}

// By SGI number `sgi`.
static inline void gicv2_kick(unsigned cpu, unsigned sgi) {
    dsb_ishst(); // what it announces is visible before it
    gicv2_write(gicv2_dist, 0xf00, (uint32_t)gicv2_cpu_mask[cpu] << 16 | sgi);
}
