// SPDX-License-Identifier: Apache-2.0
// Arch contract: the virtual interrupt controller, as far as the policy side sees it.
#pragma once
#include <core/types.h>

struct domain;
struct vcpu;

// Domain part: distributor, SPI state out of d->quota, MMIO ranges.
int vgic_create(struct domain *d, uint32_t nr_spis) must_check;
int vgic_vcpu_create(struct vcpu *v) must_check;

// Raises an edge on SGI/PPI/SPI `irq` of `v` (SPI: of its domain; v is ignored). Any CPU, any
// context; takes LOCK_VGIC(_SPI). If v does not run here, its CPU is kicked or it is woken.
void vgic_inject(struct vcpu *v, virq_t irq);
// The same of a PPI, but the virtual timer's: the event channel upcall. 0, as a hypercall ends with
// it.
int64_t vgic_inject_ppi(struct vcpu *v, virq_t irq);
// A physical interrupt that EL2 acknowledged and that stays active until the guest deactivates it
// (list register with HW=1). The virtual timer's PPI: of v, which is loaded here; 0, as the
// handling of an interrupt ends with it. SPI: routed by the vGIC.
int64_t vgic_inject_vtimer(struct vcpu *v);
void vgic_inject_hw_spi(struct domain *d, irq_t irq);
// Links SPI `irq` of `d` to the physical interrupt of the same INTID: enable, trigger, pending,
// active and target follow the guest's. -EINVAL: the domain's vGIC has no such SPI. Before the
// guest runs.
int vgic_set_hw(struct domain *d, irq_t irq) must_check;
// For a domain that starts over: its assigned SPIs do not come any more; `count` SPIs from INTID
// `first` are as at its creation. Nobody runs in it.
void vgic_quiet(struct domain *d);
void vgic_reset_spis(struct domain *d, uint32_t first, uint32_t count);
// Level of a line that EL2 emulates (event channel upcall PPI, emulated timer) went low: a pending,
// not yet taken interrupt is withdrawn.
void vgic_lower(struct vcpu *v, virq_t irq);

// This CPU was kicked by SGI_KICK + `word` and v is loaded here: the common case of one
// inter-processor interrupt is done at once, anything else is left to vgic_flush. 0, as above.
int64_t vgic_kicked(struct vcpu *v, unsigned word);
// Exit room, for VCPU_VGIC: moves what is pending into list registers. v is loaded here.
void vgic_flush(struct vcpu *v);
// Would the CPU take an interrupt now (enabled, pending, priority above the mask)? For WFI. v
// loaded here.
bool vgic_has_deliverable(struct vcpu *v);
// Physical maintenance interrupt of this CPU's virtual interface.
void vgic_maintenance(struct vcpu *v);
// Debug key: pending, active and waiting interrupts.
void vgic_dump(struct domain *d);
