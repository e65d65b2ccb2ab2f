// SPDX-License-Identifier: Apache-2.0
// Trapped CP14, CP15 and VMRS accesses from AArch32 code of a guest (Arm ARM G8): the same
// registers as sysreg_trap.c by their AArch32 names; what has no row is UNDEFINED.

#include <arch/gic_inline.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <arm64/vtimer.h>
#include <core/domain.h>

// ISS of MCR/MRC: CV COND Opc2[19:17] Opc1[16:14] CRn[13:10] Rt[9:5] CRm[4:1] direction[0].
#define CP15(opc1, crn, crm, opc2)                                                                 \
    ((uint32_t)((opc2) << 17 | (opc1) << 14 | (crn) << 10 | (crm) << 1))
#define CP15_MASK CP15(7, 15, 15, 7)

#define EC_CP15_32 0x03
#define EC_CP15_64 0x04
#define EC_CP14_32 0x05
#define EC_VMRS 0x08

static bool mcr(struct vcpu *v, uint32_t reg, bool write, uint64_t *value) {
    if (!write && FIELD(reg, 13, 10) == 0 && FIELD(reg, 16, 14) == 0 && FIELD(reg, 4, 1) <= 2 &&
        FIELD(reg, 4, 1) >= 1) {
        *value = v->arch.idregs[FIELD(reg, 4, 1)][FIELD(reg, 19, 17)];
        return true;
    }
    switch (reg) {
    case CP15(0, 14, 2, 0): // CNTP_TVAL
        return vtimer_cntp(v, 0, write, value);
    case CP15(0, 14, 2, 1): // CNTP_CTL
        return vtimer_cntp(v, 1, write, value);
    case CP15(0, 1, 0, 1): // ACTLR
        *value = write ? *value : v->arch.el1.actlr;
        return true;
    default:
        if (FIELD(reg, 13, 10) == 9) { // performance monitors
            *value = 0;
            return true;
        }
        return false;
    }
}

static enum trap_result access32(struct vcpu *v, uint64_t esr, bool cp14) {
    unsigned rt = (unsigned)FIELD(esr, 9, 5);
    bool write = !(esr & 1);
    uint64_t value = write && rt < 31 ? v->arch.regs.x[rt] & 0xffffffffULL : 0;
    if (!cp14 && !mcr(v, (uint32_t)esr & CP15_MASK, write, &value))
        return TRAP_INJECT;
    if (!write && rt < 31)
        v->arch.regs.x[rt] = cp14 ? 0 : value & 0xffffffffULL; // debug registers read as zero
    return TRAP_SKIP;
}

// MCRR/MRRC: Opc1[19:16] Rt2[14:10] Rt[9:5] CRm[4:1]. Only CNTP_CVAL (Opc1 2) and the SGI
// registers.
static enum trap_result access64(struct vcpu *v, uint64_t esr) {
    uint64_t *x = v->arch.regs.x;
    unsigned rt = (unsigned)FIELD(esr, 9, 5), rt2 = (unsigned)FIELD(esr, 14, 10);
    unsigned opc1 = (unsigned)FIELD(esr, 19, 16), crm = (unsigned)FIELD(esr, 4, 1);
    bool write = !(esr & 1);
    if (rt > 30 || rt2 > 30)
        return TRAP_INJECT;
    uint64_t value = (x[rt] & 0xffffffffULL) | x[rt2] << 32;
    if (crm == 14 && opc1 == 2) {
        vtimer_cntp(v, 2, write, &value);
    } else if (crm == 12 && write && gic_is_v3) {
        (void)vgic_sgi1r(v, value);
    } else {
        return TRAP_INJECT;
    }
    if (!write) {
        x[rt] = value & 0xffffffffULL;
        x[rt2] = value >> 32;
    }
    return TRAP_SKIP;
}

// VMRS Rt, MVFR0 to MVFR2, which TID3 traps too: the registers 7, 6 and 5.
static enum trap_result vmrs(struct vcpu *v, uint64_t esr) {
    unsigned rt = (unsigned)FIELD(esr, 9, 5), reg = (unsigned)FIELD(esr, 13, 10);
    if (!(esr & 1) || reg < 5 || reg > 7 || rt > 30)
        return TRAP_INJECT;
    v->arch.regs.x[rt] = v->arch.idregs[3][7 - reg] & 0xffffffffULL;
    return TRAP_SKIP;
}

enum trap_result trap_cp15(struct vcpu *v, uint64_t esr) {
    unsigned ec = (unsigned)FIELD(esr, 31, 26);
    if (ec == EC_CP15_32 || ec == EC_CP14_32)
        return access32(v, esr, ec == EC_CP14_32);
    if (ec == EC_VMRS)
        return vmrs(v, esr);
    return ec == EC_CP15_64 ? access64(v, esr) : TRAP_INJECT;
}
