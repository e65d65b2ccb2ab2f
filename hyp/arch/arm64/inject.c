// SPDX-License-Identifier: Apache-2.0
// Synchronous exceptions for a guest, as the architecture would have delivered them to its EL1 (Arm
// ARM D1.13, AArch32: G1.12). Called by trap.c for the vCPU that is loaded. No locks.

#include <arm64/regs.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <core/vcpu.h>

#define EC_UNKNOWN 0x00ULL
#define ESR_IL BIT(25)
#define FSC_EXTERNAL 0x10ULL

// Vector offset for an exception from the interrupted state into EL1.
static uint64_t vector_offset(uint64_t spsr) {
    if (spsr & PSR_M_AARCH32)
        return 0x600;
    switch (spsr & PSR_M_MASK) {
    case PSR_M_EL1T:
        return 0x000;
    case PSR_M_EL1H:
        return 0x200;
    default:
        return 0x400;
    }
}

static void enter_el1(struct vcpu *v, uint64_t esr, uint64_t far) {
    struct regs *r = &v->arch.regs;
    uint64_t offset = vector_offset(r->spsr);
    write_elr_el1(r->elr);
    write_spsr_el1(r->spsr);
    write_esr_el1(esr);
    write_far_el1(far);
    r->elr = read_vbar_el1() + offset;
    r->spsr = PSR_DAIF | PSR_M_EL1H;
}

void inject_fault(struct vcpu *v, uint64_t esr) {
    uint64_t ec = FIELD(esr, 31, 26);
    bool abort = ec == EC_DATA_ABORT_LOWER || ec == EC_INSTR_ABORT_LOWER;
    if (v->arch.aarch32) {
        aarch32_inject(v, ec);
        return;
    }
    if (!abort) {
        enter_el1(v, EC_UNKNOWN << 26 | (esr & ESR_IL), read_far_el1());
        return;
    }
    bool from_el0 =
        (v->arch.regs.spsr & PSR_M_MASK) == PSR_M_EL0T || (v->arch.regs.spsr & PSR_M_AARCH32);
    ec |= from_el0 ? 0 : 1; // same-EL classes are one above the lower-EL ones
    enter_el1(v, ec << 26 | (esr & ESR_IL) | FSC_EXTERNAL, read_far_el2());
}
