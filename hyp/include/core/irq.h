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
    PPI_HYP_TIMER = 26,
    PPI_VIRT_TIMER = 27,
    PPI_PHYS_TIMER = 30,
    INTID_SPURIOUS = 1020
};

typedef void irq_handler(irq_t irq, void *arg);

// Gives an INTID to EL2: handler runs at EL2, interrupts masked, then the INTID is deactivated.
int irq_take(irq_t irq, irq_handler *fn, void *arg, const char *name) must_check;
// Gives SPI `irq` to `d` as virtual INTID `irq`; -EBUSY when EL2 or another domain has it.
int irq_assign(irq_t irq, struct domain *d) must_check;
// The domain that owns the SPI, NULL for none or EL2's.
struct domain *irq_owner(irq_t irq);
// Boot, each CPU, after gic_init and with this_cpu() set: brings up its GIC interface
// (gic->init_cpu), then enables kick, timers, maintenance.
void irq_init_cpu(void);
void irq_dump(void);
