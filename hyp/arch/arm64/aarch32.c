// SPDX-License-Identifier: Apache-2.0
// What guests with an AArch32 EL1 have of their own (Arm ARM G8): banked registers, exceptions, the
// state after a reset. Any CPU that has the vCPU loaded. The static profile has none of them
// (aarch32_none.c).
#include <arm64/regs.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <core/vcpu.h>

// Out of an AArch64 guest's reach.
void aarch32_save(struct vcpu *v) {
    struct el1_state *s = &v->arch.el1;
    s->dacr32 = read_dacr32_el2(), s->ifsr32 = read_ifsr32_el2();
    s->spsr_abt = read_spsr_abt(), s->spsr_und = read_spsr_und();
    s->spsr_irq = read_spsr_irq(), s->spsr_fiq = read_spsr_fiq();
    s->fpexc32 = read_fpexc32_el2();
}

void aarch32_load(struct vcpu *v) {
    const struct el1_state *s = &v->arch.el1;
    write_dacr32_el2(s->dacr32), write_ifsr32_el2(s->ifsr32);
    write_spsr_abt(s->spsr_abt), write_spsr_und(s->spsr_und);
    write_spsr_irq(s->spsr_irq), write_spsr_fiq(s->spsr_fiq);
    write_fpexc32_el2(s->fpexc32);
}

// AArch32 EL1: undefined (0x04) or data/prefetch abort (0x10/0x0c) mode entry, ARM or Thumb by
// SCTLR.TE.
static void enter_aarch32(struct vcpu *v, uint64_t mode, uint64_t vector, uint64_t lr_offset) {
    struct regs *r = &v->arch.regs;
    uint64_t sctlr = read_sctlr_el1();
    uint64_t base = (sctlr & BIT(13)) ? 0xffff0000ULL : read_vbar_el1();
    uint64_t lr = r->elr + lr_offset;
    uint64_t psr =
        (r->spsr & ~(PSR_M_MASK | MASK(15, 10) | MASK(26, 25) | BIT(5) | BIT(9) | BIT(24))) | mode |
        PSR_I | (mode == 0x17 ? PSR_A : 0);
    psr |= (sctlr & BIT(30)) ? BIT(5) : 0; // TE
    psr |= (sctlr & BIT(25)) ? BIT(9) : 0; // EE
    if (mode == 0x1b) {
        write_spsr_und(r->spsr);
        r->x[22] = lr; // LR_und
    } else {
        write_spsr_abt(r->spsr);
        r->x[20] = lr; // LR_abt
    }
    r->elr = (base + vector) & 0xffffffffULL;
    r->spsr = psr;
}

void aarch32_inject(struct vcpu *v, uint64_t ec) {
    uint64_t thumb = v->arch.regs.spsr & BIT(5);
    if (ec == EC_DATA_ABORT_LOWER) {
        write_far_el1((read_far_el1() & ~0xffffffffULL) | (read_far_el2() & 0xffffffffULL)); // DFAR
        write_esr_el1(0x8);                                                                  // DFSR
        enter_aarch32(v, 0x17, 0x10, 8);
    } else if (ec == EC_INSTR_ABORT_LOWER) {
        write_far_el1((read_far_el1() & 0xffffffffULL) | read_far_el2() << 32); // IFAR
        write_ifsr32_el2(0x8);
        enter_aarch32(v, 0x17, 0x0c, 4);
    } else {
        enter_aarch32(v, 0x1b, 0x04, thumb ? 2 : 4);
    }
}

// The address' lowest bit says Thumb.
void aarch32_reset(struct arch_vcpu *a) {
    a->regs.spsr = PSR_A | PSR_I | PSR_F | PSR_M_SVC | (a->reset_entry.v & 1 ? PSR_T : 0);
    a->regs.elr &= ~1ULL;
}
