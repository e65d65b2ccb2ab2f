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

int mmio_add(struct domain *d, struct mmio_range r) {
    struct arch_domain *a = &d->arch;
    if (a->nr_mmio == MMIO_RANGES)
        return fail(-ENOSPC);
    for (uint32_t i = 0; i < a->nr_mmio; i++) {
        if (r.base < a->mmio[i].base + a->mmio[i].size && a->mmio[i].base < r.base + r.size)
            return fail(-EINVAL);
    }
    a->mmio[a->nr_mmio++] = r;
    return 0;
}

static const struct mmio_range *find_range(const struct domain *d, uint64_t ipa) {
    const struct mmio_range *r = d->arch.mmio;
    for (; r->size; r++) {
        if (ipa - r->base < r->size)
            return r;
    }
    return NULL;
}

// The bits of a register that an access of `size` bytes leaves out.
static inline unsigned bits_above(unsigned size) { return (0 - 8 * size) & 63; }

// A load's value into its register: zero- or sign-extended; register 31 is XZR.
static inline void load_reg(struct vcpu *v, uint64_t esr, unsigned size, uint64_t value) {
    unsigned n = (unsigned)FIELD(esr, 20, 16), shift = bits_above(size);
    value = value << shift >> shift;
    if (unlikely(esr & ISS_SSE)) {
        value = (uint64_t)((int64_t)(value << shift) >> shift);
        if (!(esr & ISS_SF))
            value &= 0xffffffffULL;
    }
    if (likely(n < 31))
        v->arch.regs.x[n] = value;
}

static inline uint64_t stored_value(const struct vcpu *v, uint64_t esr, unsigned size) {
    unsigned n = (unsigned)FIELD(esr, 20, 16), shift = bits_above(size);
    return likely(n < 31) ? v->arch.regs.x[n] << shift >> shift : 0;
}

// Apart, so that a store needs no stack frame.
static __attribute__((noinline)) enum trap_result
load(struct vcpu *v, uint64_t offset, uint64_t esr, unsigned size, const struct mmio_range *r) {
    uint64_t value = 0;
    enum trap_result result = r->read(v, offset, &value, size, r);
    if (likely(result == TRAP_SKIP))
        load_reg(v, esr, size, value);
    return result;
}

static inline enum trap_result emulate(struct vcpu *v, uint64_t esr, const struct mmio_range *r,
                                       uint64_t offset) {
    unsigned size = 1u << FIELD(esr, 23, 22);
    if (unlikely(!(esr & ISS_ISV)))
        return (esr & ISS_CM) ? TRAP_SKIP
                              : TRAP_INJECT; // cache maintenance of a register: nothing to do
    if (unlikely(offset & (size - 1)))
        return TRAP_INJECT;
    return (esr & ISS_WNR) ? r->write(v, offset, stored_value(v, esr, size), size, r)
                           : load(v, offset, esr, size, r);
}

static uint64_t fault_ipa(void) {
    return FIELD(read_hpfar_el2(), 43, 4) << PAGE_SHIFT | (read_far_el2() & (PAGE_SIZE - 1));
}

// Translation, access flag and permission faults name an IPA; everything else (external aborts,
// alignment) does not and is the guest's own.
static bool names_ipa(uint64_t esr) {
    return (esr & 0x3f) - 0x04 < 0x0c && !(esr & ISS_FNV); // 0x4-7, 0x8-b, 0xc-f
}

enum trap_result trap_stage2_data(struct vcpu *v, uint64_t esr) {
    if (!names_ipa(esr))
        return TRAP_INJECT;
    uint64_t ipa = fault_ipa();
    const struct mmio_range *r = find_range(v->domain, ipa);
    if (likely(r && !(esr & ISS_S1PTW)))
        return emulate(v, esr, r, ipa - r->base);
    enum p2m_access access = (esr & ISS_WNR) ? P2M_WRITE : P2M_READ;
    return p2m_fault_is_stale(v->domain, ipa_of(ipa), access) ? TRAP_DONE : TRAP_INJECT;
}

enum trap_result trap_stage2_instr(struct vcpu *v, uint64_t esr) {
    if (!names_ipa(esr))
        return TRAP_INJECT;
    return p2m_fault_is_stale(v->domain, ipa_of(fault_ipa()), P2M_EXEC) ? TRAP_DONE : TRAP_INJECT;
}
