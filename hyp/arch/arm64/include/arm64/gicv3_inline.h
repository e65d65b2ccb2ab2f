// SPDX-License-Identifier: Apache-2.0
// GICv3's side of arch/gic_inline.h, which alone includes this: a system register access each.
#pragma once
#include <arm64/sysreg.h>
#include <drivers/gic.h>

static inline uint32_t gicv3_ack(void) { return (uint32_t)read_icc_iar1_el1(); }
static inline uint32_t gicv3_pending(void) { return (uint32_t)read_icc_hppir1_el1(); }
static inline void gicv3_eoi(uint32_t iar) { write_icc_eoir1_el1(iar); }
static inline void gicv3_deactivate(uint32_t iar) { write_icc_dir_el1(iar); }

static inline uint64_t gicv3_lr_own(uint64_t lr) { return lr; }
static inline uint64_t gicv3_lr_portable(uint64_t own) { return own; }
static inline bool gicv3_lr_busy(uint64_t own) { return own & GIC_LR_STATE; }

static inline uint64_t gicv3_near_lr_read(unsigned n) {
    if (n & 2)
        return n & 1 ? read_ich_lr3_el2() : read_ich_lr2_el2();
    return n & 1 ? read_ich_lr1_el2() : read_ich_lr0_el2();
}
static inline __attribute__((always_inline)) void gicv3_near_lr_write(unsigned n, uint64_t own) {
    if (n & 2)
        n & 1 ? write_ich_lr3_el2(own) : write_ich_lr2_el2(own);
    else
        n & 1 ? write_ich_lr1_el2(own) : write_ich_lr0_el2(own);
}
#define GICV3_RENEW(n)                                                                             \
    if (unlikely(read_ich_lr##n##_el2() & GIC_LR_STATE))                                           \
        return false;                                                                              \
    write_ich_lr##n##_el2(own)
static inline bool gicv3_near_lr_renew(unsigned n, uint64_t own) {
    if (n == 0) {
        GICV3_RENEW(0);
    } else if (n == 1) {
        GICV3_RENEW(1);
    } else if (n == 2) {
        GICV3_RENEW(2);
    } else {
        GICV3_RENEW(3);
    }
    return true;
}
static inline uint64_t gicv3_lr_read(unsigned n) {
    return likely(n < GIC_NEAR_LRS) ? gicv3_near_lr_read(n) : gicv3_far_lr_read(n);
}
static inline void gicv3_lr_write(unsigned n, uint64_t own) {
    if (likely(n < GIC_NEAR_LRS))
        gicv3_near_lr_write(n, own);
    else
        gicv3_far_lr_write(n, own);
}
#define GICV3_KEEP(n, lr)                                                                          \
    if ((used & 1u << (n)) && unlikely(!gic_keep(n, lr & GIC_LR_STATE ? lr : 0, again, saved)))    \
    return false
static inline bool gicv3_save(uint32_t used, const uint64_t *again, uint64_t *saved,
                              uint64_t iface[GIC_IFACE_WORDS]) {
    if (unlikely(!gicv3_usual))
        return false;
    uint64_t lr0 = read_ich_lr0_el2(), lr1 = read_ich_lr1_el2();
    GICV3_KEEP(0, lr0);
    GICV3_KEEP(1, lr1);
    if (unlikely(used >> 2)) {
        uint64_t lr2 = read_ich_lr2_el2(), lr3 = read_ich_lr3_el2();
        GICV3_KEEP(2, lr2);
        GICV3_KEEP(3, lr3);
    }
    iface[0] = read_ich_vmcr_el2();
    iface[1] = read_ich_ap0r0_el2() | read_ich_ap1r0_el2() << 32;
    return true;
}
static inline void gicv3_load_any(const uint64_t own[GIC_MAX_LRS],
                                  const uint64_t iface[GIC_IFACE_WORDS]) {
    gic->load(iface);
    for (unsigned n = gic_nr_lrs; n-- > 0;)
        gicv3_lr_write(n, own[n]);
}
static inline void gicv3_load(const uint64_t own[GIC_MAX_LRS],
                              const uint64_t iface[GIC_IFACE_WORDS]) {
    if (unlikely(!gicv3_usual)) {
        gicv3_load_any(own, iface);
        return;
    }
    write_ich_vmcr_el2(iface[0]);
    write_ich_ap0r0_el2((uint32_t)iface[1]);
    write_ich_ap1r0_el2(iface[1] >> 32);
    write_ich_lr0_el2(own[0]);
    write_ich_lr1_el2(own[1]);
    write_ich_lr2_el2(own[2]);
    write_ich_lr3_el2(own[3]);
}
static inline uint32_t gicv3_lr_empty(void) {
    isb(); // our earlier list register writes before this indirect read of them
    return (uint32_t)read_ich_elrsr_el2();
}

static inline void gicv3_kick(unsigned cpu) {
    dsb_ishst(); // what it announces is visible before it
    write_icc_sgi1r_el1(gicv3_sgi_target[cpu]);
    isb(); // sent now, not when this CPU next synchronises
}
