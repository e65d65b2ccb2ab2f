// SPDX-License-Identifier: Apache-2.0
// Inline half of drivers/gic.h on arm64 for the paths that are counted in instructions. The build
// chooses one of the files of this name: this asks each time which GIC it is, gic/v2 and gic/v3 are
// for images that drive one alone (-Dgic). Host tests have their own.
#pragma once
#include <arm64/gicv2_inline.h>
#include <arm64/gicv3_inline.h>

extern bool gic_is_v3; // set once by gic_find

// IAR: INTID, on GICv2 also the source CPU; 1020 and above: nothing to handle.
static inline uint32_t gic_ack(void) { return likely(gic_is_v3) ? gicv3_ack() : gicv2_ack(); }
// What gic_ack would give now.
static inline uint32_t gic_pending(void) { return gic_is_v3 ? gicv3_pending() : gicv2_pending(); }
// Priority drop.
static inline void gic_eoi(uint32_t iar) { likely(gic_is_v3) ? gicv3_eoi(iar) : gicv2_eoi(iar); }
static inline void gic_deactivate(uint32_t iar) {
    likely(gic_is_v3) ? gicv3_deactivate(iar) : gicv2_deactivate(iar);
}

// Between the shape of drivers/gic.h and the GIC's own form, in which list registers are kept.
static inline uint64_t gic_lr_own(uint64_t lr) { return likely(gic_is_v3) ? lr : gicv2_lr_own(lr); }
static inline uint64_t gic_lr_portable(uint64_t own) {
    return likely(gic_is_v3) ? own : gicv2_lr_portable(own);
}
static inline bool gic_lr_busy(uint64_t own) {
    return own & (likely(gic_is_v3) ? GIC_LR_STATE : GICH_LR_STATE);
}

// List registers of this CPU, in its GIC's own form; the next entry to the guest synchronises.
// "Near": one of the first GIC_NEAR_LRS.
static inline __attribute__((always_inline)) void gic_near_lr_write(unsigned n, uint64_t own) {
    likely(gic_is_v3) ? gicv3_near_lr_write(n, own) : gicv2_near_lr_write(n, own);
}
// Shows a software interrupt in list register n, where it was before, if the guest is done with it.
static inline bool gic_near_lr_renew(unsigned n, uint64_t own) {
    return likely(gic_is_v3) ? gicv3_near_lr_renew(n, own) : gicv2_lr_renew(n, own);
}
static inline uint64_t gic_lr_read(unsigned n) {
    return likely(gic_is_v3) ? gicv3_lr_read(n) : gicv2_lr_read(n);
}
// What was there may have been another one.
static inline void gic_lr_write(unsigned n, uint64_t own) {
    likely(gic_is_v3) ? gicv3_lr_write(n, own) : gicv2_lr_write(n, own);
}
// The virtual interface of a vCPU that goes: the list registers of `used`, near ones alone, whose
// interrupt `again` makes pending (their content, 0 if the guest is done with it), and gic->save.
// False: one of them cannot go this way, or this GICv3 has not what most have.
static inline bool gic_save(uint32_t used, const uint64_t *again, uint64_t *saved,
                            uint64_t iface[GIC_IFACE_WORDS]) {
    return likely(gicv3_usual) || gic_is_v3 ? gicv3_save(used, again, saved, iface)
                                            : gicv2_save(used, again, saved, iface);
}
// Of one that comes: all of them, and gic->load. Nothing is finished there: whose they were has
// been saved.
static inline void gic_load(const uint64_t own[GIC_MAX_LRS],
                            const uint64_t iface[GIC_IFACE_WORDS]) {
    likely(gicv3_usual) || gic_is_v3 ? gicv3_load(own, iface) : gicv2_load(own, iface);
}
static inline uint32_t gic_lr_empty(void) {
    return likely(gic_is_v3) ? gicv3_lr_empty() : gicv2_lr_empty();
}

// Interrupts CPU `cpu` by SGI_KICK, which is number 0. GICv2 (gicv2_kick): or by another one.
static inline void gic_kick(unsigned cpu) {
    likely(gic_is_v3) ? gicv3_kick(cpu) : gicv2_kick(cpu, 0);
}
