// SPDX-License-Identifier: Apache-2.0
// Stage-2 aborts: emulated registers by the domain's range table (R21), transient faults retried,
// the rest is the guest's external abort. Needs a valid syndrome: EL2 never decodes instructions.

#include <arm64/mmio.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/upcall.h>

#define ISS_ISV BIT(24)
#define ISS_SSE BIT(21)
#define ISS_SF BIT(15)
#define ISS_FNV BIT(10)
#define ISS_CM BIT(8)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)

int mmio_add(struct domain *d, ipa_t base, uint64_t size, mmio_handler *fn, void *arg) {
    struct arch_domain *a = &d->arch;
    if (a->nr_mmio == MMIO_RANGES)
        return fail(-ENOSPC);
    for (uint32_t i = 0; i < a->nr_mmio; i++) {
        if (base.v < a->mmio[i].base + a->mmio[i].size && a->mmio[i].base < base.v + size)
            return fail(-EINVAL);
    }
    a->mmio[a->nr_mmio++] = (struct mmio_range){base.v, size, fn, arg};
    return 0;
}

static const struct mmio_range *find_range(const struct domain *d, uint64_t ipa) {
    const struct mmio_range *r = d->arch.mmio, *end = r + d->arch.nr_mmio;
    for (; r != end; r++) {
        if (ipa - r->base < r->size)
            return r;
    }
    return NULL;
}

// A load's value into its register: zero- or sign-extended; register 31 is XZR.
static inline void load_reg(struct vcpu *v, uint64_t esr, uint64_t value) {
    unsigned n = (unsigned)FIELD(esr, 20, 16), shift = 64 - (8u << FIELD(esr, 23, 22));
    value = value << shift >> shift;
    if (unlikely(esr & ISS_SSE)) {
        value = (uint64_t)((int64_t)(value << shift) >> shift);
        if (!(esr & ISS_SF))
            value &= 0xffffffffULL;
    }
    if (likely(n < 31))
        v->arch.regs.x[n] = value;
}

static inline uint64_t stored_value(const struct vcpu *v, uint64_t esr) {
    unsigned n = (unsigned)FIELD(esr, 20, 16), shift = 64 - (8u << FIELD(esr, 23, 22));
    return likely(n < 31) ? v->arch.regs.x[n] << shift >> shift : 0;
}

static cold __attribute__((noinline)) enum trap_result not_done(enum trap_result result) {
    return result == TRAP_AGAIN ? TRAP_DONE : TRAP_INJECT;
}

static inline enum trap_result emulate(struct vcpu *v, uint64_t esr, const struct mmio_range *r,
                                       uint64_t ipa) {
    uint64_t size = 1ULL << FIELD(esr, 23, 22), offset = ipa - r->base;
    bool write = esr & ISS_WNR;
    if (unlikely(!(esr & ISS_ISV)))
        return (esr & ISS_CM) ? TRAP_SKIP
                              : TRAP_INJECT; // cache maintenance of a register: nothing to do
    if (unlikely(offset & (size - 1)))
        return TRAP_INJECT;
    struct mmio_access a = {.offset = offset,
                            .value = write ? stored_value(v, esr) : 0,
                            .size = (uint32_t)size,
                            .write = write};
    enum trap_result result = r->fn(v, &a, r->arg);
    if (unlikely(result != TRAP_DONE))
        return not_done(result);
    if (!write)
        load_reg(v, esr, a.value);
    return TRAP_SKIP;
}

static uint64_t fault_ipa(void) {
    return FIELD(read_hpfar_el2(), 43, 4) << PAGE_SHIFT | (read_far_el2() & (PAGE_SIZE - 1));
}

// Translation, access flag and permission faults name an IPA; everything else (external aborts,
// alignment) does not and is the guest's own.
static bool names_ipa(uint64_t esr) {
    uint64_t fsc = esr & 0x3c;
    return (fsc == 0x04 || fsc == 0x08 || fsc == 0x0c) && !(esr & ISS_FNV);
}

enum trap_result trap_stage2_data(struct vcpu *v, uint64_t esr) {
    if (!names_ipa(esr))
        return TRAP_INJECT;
    uint64_t ipa = fault_ipa();
    const struct mmio_range *r = find_range(v->domain, ipa);
    if (likely(r && !(esr & ISS_S1PTW)))
        return emulate(v, esr, r, ipa);
    enum p2m_access access = (esr & ISS_WNR) ? P2M_WRITE : P2M_READ;
    return p2m_fault_is_stale(v->domain, ipa_of(ipa), access) ? TRAP_DONE : TRAP_INJECT;
}

enum trap_result trap_stage2_instr(struct vcpu *v, uint64_t esr) {
    if (!names_ipa(esr))
        return TRAP_INJECT;
    return p2m_fault_is_stale(v->domain, ipa_of(fault_ipa()), P2M_EXEC) ? TRAP_DONE : TRAP_INJECT;
}
