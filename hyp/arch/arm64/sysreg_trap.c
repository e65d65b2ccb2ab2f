// SPDX-License-Identifier: Apache-2.0
// Trapped system registers of AArch64 guests (R19): identification registers by index, the rest by
// one const table; what has no row is UNDEFINED. Debug and PMU registers read as zero and ignore
// writes.

#include <arch/gic_inline.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <arm64/vtimer.h>
#include <core/domain.h>

// The ISS of a trapped MSR/MRS without Rt and direction is the register's name.
#define REG(op0, op1, crn, crm, op2)                                                               \
    ((uint32_t)((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1))
#define REG_MASK REG(3, 7, 15, 15, 7)
#define ANY_CRM REG(0, 0, 0, 15, 0)
#define ANY_OP2 REG(0, 0, 0, 0, 7)

typedef enum trap_result sysreg_handler(struct vcpu *v, uint32_t reg, bool write, uint64_t *value);

static enum trap_result reg_raz_wi(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    (void)v;
    (void)reg;
    if (!write)
        *value = 0;
    return TRAP_SKIP;
}

// As reg_raz_wi for EL1; user code has no business there.
static enum trap_result reg_el1_raz_wi(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    if ((v->arch.regs.spsr & PSR_M_MASK) == PSR_M_EL0T)
        return TRAP_INJECT;
    return reg_raz_wi(v, reg, write, value);
}

static enum trap_result reg_wo_ignore(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    (void)v;
    (void)reg;
    (void)value;
    return write ? TRAP_SKIP : TRAP_INJECT;
}

static enum trap_result reg_oslsr(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    (void)v;
    (void)reg;
    *value = BIT(3); // OSLM: the lock exists, and is open
    return write ? TRAP_INJECT : TRAP_SKIP;
}

static enum trap_result reg_actlr(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    (void)reg;
    if (!write)
        *value = v->arch.el1.actlr;
    return TRAP_SKIP;
}

static enum trap_result reg_sgi1r(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    (void)reg;
    if (!write || !gic_is_v3)
        return TRAP_INJECT;
    return vgic_sgi1r(v, *value);
}

static enum trap_result reg_cntp(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    unsigned op2 = (unsigned)FIELD(reg, 19, 17);
    return vtimer_cntp(v, op2, write, value) ? TRAP_SKIP : TRAP_INJECT;
}

struct sysreg_row {
    uint32_t reg, mask;
    sysreg_handler *fn;
};

static const struct sysreg_row sysreg_rows[] = {
    {REG(3, 0, 12, 11, 5), REG_MASK, reg_sgi1r},               // ICC_SGI1R_EL1
    {REG(3, 3, 14, 2, 0), REG_MASK & ~ANY_OP2, reg_cntp},      // CNTP_TVAL, CTL, CVAL
    {REG(3, 0, 12, 11, 6), REG_MASK, reg_sgi1r},               // ICC_ASGI1R_EL1
    {REG(3, 0, 12, 11, 7), REG_MASK, reg_sgi1r},               // ICC_SGI0R_EL1
    {REG(3, 0, 1, 0, 1), REG_MASK, reg_actlr},                 // ACTLR_EL1
    {REG(2, 0, 1, 0, 4), REG_MASK, reg_wo_ignore},             // OSLAR_EL1
    {REG(2, 0, 1, 1, 4), REG_MASK, reg_oslsr},                 // OSLSR_EL1
    {REG(2, 0, 1, 3, 4), REG_MASK, reg_raz_wi},                // OSDLR_EL1
    {REG(2, 0, 1, 4, 4), REG_MASK, reg_raz_wi},                // DBGPRCR_EL1
    {REG(2, 0, 7, 14, 6), REG_MASK, reg_raz_wi},               // DBGAUTHSTATUS_EL1
    {REG(2, 0, 1, 0, 0), REG_MASK, reg_raz_wi},                // MDRAR_EL1
    {REG(2, 0, 0, 2, 2), REG_MASK, reg_raz_wi},                // MDSCR_EL1
    {REG(2, 0, 0, 2, 0), REG_MASK, reg_raz_wi},                // MDCCINT_EL1
    {REG(2, 0, 0, 0, 2), REG_MASK, reg_raz_wi},                // OSDTRRX_EL1
    {REG(2, 0, 0, 3, 2), REG_MASK, reg_raz_wi},                // OSDTRTX_EL1
    {REG(2, 0, 0, 6, 2), REG_MASK, reg_raz_wi},                // OSECCR_EL1
    {REG(2, 3, 0, 1, 0), REG_MASK, reg_raz_wi},                // MDCCSR_EL0
    {REG(2, 0, 0, 0, 4), REG_MASK & ~ANY_CRM, reg_el1_raz_wi}, // DBGBVRn_EL1
    {REG(2, 0, 0, 0, 5), REG_MASK & ~ANY_CRM, reg_el1_raz_wi}, // DBGBCRn_EL1
    {REG(2, 0, 0, 0, 6), REG_MASK & ~ANY_CRM, reg_el1_raz_wi}, // DBGWVRn_EL1
    {REG(2, 0, 0, 0, 7), REG_MASK & ~ANY_CRM, reg_el1_raz_wi}, // DBGWCRn_EL1
    {REG(3, 3, 9, 0, 0), REG_MASK & ~ANY_CRM & ~ANY_OP2,
     reg_el1_raz_wi},                                           // PMCR_EL0 .. PMUSERENR_EL0
    {REG(3, 0, 9, 14, 0), REG_MASK & ~ANY_OP2, reg_el1_raz_wi}, // PMINTENSET_EL1 ..
    {REG(3, 3, 14, 8, 0), REG_MASK & ~REG(0, 0, 0, 7, 7), reg_el1_raz_wi}, // PMEVCNTRn, PMEVTYPERn
    {REG(3, 0, 10, 4, 0), REG_MASK & ~ANY_OP2, reg_raz_wi}, // LORSA_EL1 .. LORID_EL1: no regions
};

static __attribute__((noinline)) enum trap_result other_register(struct vcpu *v, uint64_t esr) {
    uint32_t reg = (uint32_t)esr & REG_MASK;
    unsigned rt = (unsigned)FIELD(esr, 9, 5);
    bool write = !(esr & 1);
    for (size_t i = 0; i < ARRAY_SIZE(sysreg_rows); i++) {
        if ((reg & sysreg_rows[i].mask) != sysreg_rows[i].reg)
            continue;
        uint64_t value = write && rt < 31 ? v->arch.regs.x[rt] : 0;
        enum trap_result result = sysreg_rows[i].fn(v, reg, write, &value);
        if (result == TRAP_SKIP && !write && rt < 31)
            v->arch.regs.x[rt] = value;
        return result;
    }
    return TRAP_INJECT;
}

// The two that count have no table: inter-processor interrupts and identification registers.
enum trap_result trap_sysreg64(struct vcpu *v, uint64_t esr) {
    unsigned rt = (unsigned)FIELD(esr, 9, 5);
    if ((esr & (REG_MASK | 1)) == REG(3, 0, 12, 11, 5) && gic_is_v3)
        return vgic_sgi1r(v, rt < 31 ? v->arch.regs.x[rt] : 0);
    // Reads of op0 3, op1 0, CRn 0, CRm 0 to 7.
    if ((esr & ((REG_MASK & ~(REG(0, 0, 0, 7, 0) | ANY_OP2)) | 1)) == (REG(3, 0, 0, 0, 0) | 1)) {
        if (rt < 31)
            v->arch.regs.x[rt] = v->arch.idregs[FIELD(esr, 4, 1)][FIELD(esr, 19, 17)];
        return TRAP_SKIP;
    }
    return other_register(v, esr);
}
