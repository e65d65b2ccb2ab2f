// SPDX-License-Identifier: Apache-2.0
// The fake GIC.
#pragma once
#include <drivers/gic.h>

extern bool gic_is_v3;
uint32_t gic_ack(void);
static inline uint32_t gic_pending(void) { return 1023; }
void gic_eoi(uint32_t iar);
void gic_deactivate(uint32_t iar);
// Its own form of a list register is rotated: who forgets to translate is found out.
static inline uint64_t gic_lr_own(uint64_t lr) { return lr << 8 | lr >> 56; }
static inline uint64_t gic_lr_portable(uint64_t own) { return own >> 8 | own << 56; }
static inline uint64_t gicv2_lr_source(uint64_t source) {
    return gic_lr_own(source << GIC_LR_PINTID_SHIFT);
}
uint64_t gic_lr_read(unsigned n);
void gic_lr_write(unsigned n, uint64_t own);
static inline void gic_lrs_load(const uint64_t own[GIC_MAX_LRS]) {
    for (unsigned n = 0; n < gic_nr_lrs; n++)
        gic_lr_write(n, own[n]);
}
static inline bool gic_lr_busy(uint64_t own) { return own & gic_lr_own(GIC_LR_STATE); }
uint32_t gic_lr_empty(void);
static inline bool gic_near_lr_renew(unsigned n, uint64_t own) {
    if (gic_lr_read(n) & gic_lr_own(GIC_LR_STATE | GIC_LR_EOI))
        return false;
    gic_lr_write(n, own);
    return true;
}
static inline bool gicv2_lr_renew(unsigned n, uint64_t own) { return gic_near_lr_renew(n, own); }
void gic_kick(unsigned cpu);
void gicv2_kick(unsigned cpu, unsigned sgi);
static inline void gic_near_lr_write(unsigned n, uint64_t own) { gic_lr_write(n, own); }
