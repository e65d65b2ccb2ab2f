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
static inline bool gic_save(uint32_t used, const uint64_t *again, uint64_t *saved,
                            uint64_t iface[GIC_IFACE_WORDS]) {
    for (unsigned n = 0; used >> n; n++) {
        uint64_t own = gic_lr_read(n);
        if ((used >> n & 1) && !gic_keep(n, own & gic_lr_own(GIC_LR_STATE) ? own : 0, again, saved))
            return false;
    }
    gic->save(iface);
    return true;
}
static inline void gic_load(const uint64_t own[GIC_MAX_LRS],
                            const uint64_t iface[GIC_IFACE_WORDS]) {
    gic->load(iface);
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
