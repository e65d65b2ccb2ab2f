// SPDX-License-Identifier: Apache-2.0
// The fake GIC is reached through its table only.
#pragma once
#include <drivers/gic.h>

static inline uint32_t gic_ack(void) { return gic->ack(); }
static inline uint32_t gic_pending(void) { return 1023; }
static inline void gic_eoi(uint32_t iar) { gic->eoi(iar); }
static inline void gic_deactivate(uint32_t iar) { gic->deactivate(iar); }
static inline uint64_t gic_lr_read(unsigned n) { return gic->lr_read(n); }
static inline void gic_lr_write(unsigned n, uint64_t lr) { gic->lr_write(n, lr); }
static inline uint32_t gic_lr_empty(void) { return gic->lr_empty(); }
#define GIC_NEAR_LRS 4u
static inline bool gic_near_lr_renew(unsigned n, uint64_t lr) {
    if (gic->lr_read(n) & (GIC_LR_STATE | GIC_LR_EOI))
        return false;
    gic->lr_write(n, lr);
    return true;
}
void gic_kick(unsigned cpu);
static inline void gic_near_lr_write(unsigned n, uint64_t lr) { gic->lr_write(n, lr); }
