// SPDX-License-Identifier: Apache-2.0
// Physical interrupts: who owns each INTID. EL2 handles one per entry; what else is pending traps
// again.
#pragma once
#include <core/types.h>

struct domain;
struct vcpu;

// INTIDs with a fixed meaning here.
enum {
    SGI_KICK = 0,
    SGI_KICKS = 3, // it and those behind it, by which GICv2's vGIC says where to look
    PPI_HYP_TIMER = 26,
    PPI_VIRT_TIMER = 27,
    PPI_PHYS_TIMER = 30,
    INTID_SPURIOUS = 1020
};

typedef void irq_handler(irq_t irq, void *arg);

// Gives an INTID to EL2: handler runs at EL2, interrupts masked, then the INTID is deactivated.
int irq_take(irq_t irq, irq_handler *fn, void *arg, const char *name) must_check;
// Gives SPI `irq` to `d` as virtual INTID `irq`; -EEXIST when it has it, -EBUSY when EL2 or another
// domain has it.
int irq_assign(irq_t irq, struct domain *d) must_check;
// An SPI that a guest may be given: the GIC has it, EL2 does not use it.
bool irq_is_guests(irq_t irq);
// The domain that has such an SPI, NULL: none.
const struct domain *irq_owner(irq_t irq);
// Takes SPIs from a domain of which nothing runs any more; true when it has none left.
bool irq_release_step(struct domain *d) must_check;
// Boot, each CPU, after gic_init and with this_cpu() set: brings up its GIC interface
// (gic->init_cpu), then enables kick, timers, maintenance.
void irq_init_cpu(void);
void irq_dump(void);
