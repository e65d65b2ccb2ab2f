// SPDX-License-Identifier: Apache-2.0
// A vCPU's registers as the toolstack builds and inspects them, and a domain's register width. The
// ABI lays an AArch32 guest's registers out where the Arm ARM maps them, which is how they are kept
// here too. The vCPU is at rest: all of its state is in memory. Constant time.
#include <arch/vcpu.h>
#include <arm64/hcr.h>
#include <arm64/idreg.h>
#include <core/domain.h>
#include <core/errno.h>
#include <lib/string.h>

_Static_assert(offsetof(struct vcpu_guest_core_regs, pc64) == sizeof(((struct regs *)0)->x),
               "x0 to x30 lie in the same order");

// EL0 and EL1 of the guest's own width.
static bool mode_allowed(bool aarch32, uint64_t cpsr) {
    static const uint8_t wide[] = {PSR_MODE_EL0t, PSR_MODE_EL1t, PSR_MODE_EL1h};
    static const uint8_t narrow[] = {PSR_MODE_USR, PSR_MODE_FIQ, PSR_MODE_IRQ, PSR_MODE_SVC,
                                     PSR_MODE_ABT, PSR_MODE_UND, PSR_MODE_SYS};
    const uint8_t *mode = aarch32 ? narrow : wide;
    size_t n = aarch32 ? sizeof(narrow) : sizeof(wide), i = 0;
    while (i < n && mode[i] != (cpsr & PSR_M_MASK))
        i++;
    return i < n;
}

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c) {
    const struct vcpu_guest_core_regs *u = &c->user_regs;
    struct arch_vcpu *a = &v->arch;
    if (!mode_allowed(a->aarch32, u->cpsr))
        return fail(-EINVAL);
    memcpy(a->regs.x, u, sizeof(a->regs.x));
    a->regs.elr = u->pc64;
    a->regs.spsr = (uint32_t)u->cpsr;
    a->el1.spsr = a->aarch32 ? u->spsr_svc : u->spsr_el1;
    a->el1.spsr_fiq = u->spsr_fiq, a->el1.spsr_irq = u->spsr_irq;
    a->el1.spsr_und = u->spsr_und, a->el1.spsr_abt = u->spsr_abt;
    a->el1.sp_el0 = u->sp_el0, a->el1.sp_el1 = u->sp_el1, a->el1.elr = u->elr_el1;
    a->el1.sctlr = c->sctlr, a->el1.tcr = c->ttbcr;
    a->el1.ttbr0 = c->ttbr0, a->el1.ttbr1 = c->ttbr1;
    a->reset_pending = false;
    return 0;
}

void arch_vcpu_get_context(const struct vcpu *v, struct vcpu_guest_context *c) {
    const struct arch_vcpu *a = &v->arch;
    struct vcpu_guest_core_regs *u = &c->user_regs;
    memcpy(u, a->regs.x, sizeof(a->regs.x));
    u->pc64 = a->regs.elr;
    u->cpsr = a->regs.spsr;
    u->spsr_el1 = a->el1.spsr;
    u->spsr_fiq = (uint32_t)a->el1.spsr_fiq, u->spsr_irq = (uint32_t)a->el1.spsr_irq;
    u->spsr_und = (uint32_t)a->el1.spsr_und, u->spsr_abt = (uint32_t)a->el1.spsr_abt;
    u->sp_el0 = a->el1.sp_el0, u->sp_el1 = a->el1.sp_el1, u->elr_el1 = a->el1.elr;
    c->sctlr = a->el1.sctlr, c->ttbcr = a->el1.tcr;
    c->ttbr0 = a->el1.ttbr0, c->ttbr1 = a->el1.ttbr1;
}

int arch_domain_set_width(struct domain *d, unsigned bits) {
    bool narrow = bits == 32;
    if (bits != 64 && !(narrow && cpu_has_aarch32()))
        return fail(-EINVAL);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        if (load_relaxed(&d->vcpu[i]->state) != VCPU_OFFLINE)
            return fail(-EINVAL);
    }
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct arch_vcpu *a = &d->vcpu[i]->arch;
        a->aarch32 = narrow;
        a->hcr = narrow ? a->hcr & ~HCR_RW : a->hcr | HCR_RW;
    }
    return 0;
}
