// SPDX-License-Identifier: Apache-2.0
// Arch contract: a vCPU's machine state.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct domain;
struct vcpu;
struct vcpu_guest_context;

// The machine's part of a domain: its vGIC with `nr_spis` SPIs, performance monitors if `vpmu`
// (-EINVAL: there are none), where the guest finds what.
int arch_domain_create(struct domain *d, uint32_t nr_spis, bool vpmu) must_check;
// Can guests have performance monitors?
bool arch_has_pmu(void);
// The machine's part of a vCPU, offline; -E of the vGIC.
int arch_vcpu_create(struct vcpu *v) must_check;
// 2 or 3: the version of the interrupt controller that guests see.
uint8_t arch_gic_version(const struct domain *d);
// The domain's interrupt controller and vCPUs are as when it was created, but for the vCPUs'
// registers (arch_vcpu_reset); assigned interrupts are off. Nobody runs in it or raises anything in
// it. A part a call, from *cursor = 0; true: all of it.
bool arch_domain_reset_step(struct domain *d, uint64_t *cursor) must_check;
// Its assigned interrupts and its UART's do not come any more.
void arch_domain_quiet(struct domain *d);
// Its timers are off for good. The vCPU is at rest.
void arch_vcpu_destroy(struct vcpu *v);
// Asks for a reset when it is next loaded (its registers may still be in the hardware of its CPU):
// state as the architecture has it at `entry` with x0 = context, EL1h, DAIF masked, MMU off.
void arch_vcpu_reset(struct vcpu *v, ipa_t entry, uint64_t context);
// Registers as the toolstack gives and sees them (xen/arch-arm.h); the vCPU is at rest. -EINVAL: a
// state that its kind of guest cannot be in. Flags are the caller's business.
int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c) must_check;
void arch_vcpu_get_context(const struct vcpu *v, struct vcpu_guest_context *c);
// A 64-bit or a 32-bit guest at EL1; -EINVAL: neither, the CPUs cannot, or a vCPU is online.
int arch_domain_set_width(struct domain *d, unsigned bits) must_check;
// Does the vCPU, though it is the one loaded, have to go through arch_vcpu_switch before it runs?
bool arch_vcpu_must_load(const struct vcpu *v);
// Context switch: a list of register groups, saved in order, loaded in reverse. `from` may be NULL,
// or `to` itself for a reset; `to` NULL: nobody's stage 2 is left in the hardware.
void arch_vcpu_switch(struct vcpu *from, struct vcpu *to);
// Advances the guest past / back onto the trapped HVC (hypercall continuation).
void arch_hypercall_retry(struct vcpu *v);
// Would this vCPU, sleeping in WFI, have to wake (deliverable interrupt, or its timer condition)?
bool arch_vcpu_wakeable(struct vcpu *v);
// How often it came to EL2 for `cause`, an exception class or EXIT_IRQ, since it was created.
#define EXIT_IRQ 64u
uint64_t arch_vcpu_exits(const struct vcpu *v, unsigned cause);
// One line of registers for debug keys and crashes.
void arch_vcpu_dump(struct vcpu *v);
