// SPDX-License-Identifier: Apache-2.0
// A vCPU's registers: creation, reset, and the context switch as a list of groups, saved in order
// and loaded in reverse. Runs on the CPU that holds the vCPU, interrupts masked.

#include <arch/map.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <arch/vuart.h>
#include <arm64/hcr.h>
#include <arm64/idreg.h>
#include <arm64/pmu.h>
#include <arm64/sysreg.h>
#include <arm64/tlb.h>
#include <arm64/trap.h>
#include <arm64/vtimer.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/options.h>
#include <lib/string.h>
#include <xen/arch-arm.h>

#define RESET_SPIS 128 // a step

_Static_assert(offsetof(struct vcpu, arch.regs) == 0, "vectors.S: SP_EL2 is the register frame");

// What EL1 sets without a trap: field and register, by two as they lie in struct el1_state.
#define EL1_PAIRS(X)                                                                               \
    X(sctlr, sctlr_el1, cpacr, cpacr_el1)                                                          \
    X(ttbr0, ttbr0_el1, ttbr1, ttbr1_el1)                                                          \
    X(tcr, tcr_el1, mair, mair_el1)                                                                \
    X(amair, amair_el1, vbar, vbar_el1)                                                            \
    X(esr, esr_el1, far, far_el1)                                                                  \
    X(afsr0, afsr0_el1, afsr1, afsr1_el1)                                                          \
    X(contextidr, contextidr_el1, par, par_el1)                                                    \
    X(tpidr_el0, tpidr_el0, tpidr_el1, tpidr_el1)                                                  \
    X(tpidrro_el0, tpidrro_el0, elr, elr_el1)                                                      \
    X(spsr, spsr_el1, sp_el0, sp_el0)                                                              \
    X(sp_el1, sp_el1, cntkctl, cntkctl_el1)
#define PAIR_SAVE(a, reg_a, b, reg_b)                                                              \
    do {                                                                                           \
        uint64_t a = read_##reg_a(), b = read_##reg_b();                                           \
        s->a = a, s->b = b;                                                                        \
    } while (0);
#define PAIR_LOAD(a, reg_a, b, reg_b)                                                              \
    do {                                                                                           \
        uint64_t a = s->a, b = s->b;                                                               \
        write_##reg_a(a), write_##reg_b(b);                                                        \
    } while (0);

static void el1_save(struct vcpu *v) {
    struct el1_state *s = &v->arch.el1;
    EL1_PAIRS(PAIR_SAVE)
    s->csselr = read_csselr_el1();
}

static void el1_load(struct vcpu *v) {
    const struct el1_state *s = &v->arch.el1;
    EL1_PAIRS(PAIR_LOAD)
    write_csselr_el1(s->csselr);
    // What another vCPU of the domain left in this TLB is tagged as ours, but one CPU's private
    // use of an ASID is nothing to another (Arm ARM D8.13).
    struct vcpu **last = &v->domain->arch.last_loaded[this_cpu()->id];
    if (*last != v) {
        *last = v;
        isb(); // no walk by the old registers any more
        tlb_flush_guest_local();
    }
}

static __attribute__((noinline)) void rare_save(struct vcpu *v) {
    if (v->arch.aarch32)
        aarch32_save(v);
    if (v->arch.vpmu)
        pmu_save(v);
}

static __attribute__((noinline)) void rare_load(struct vcpu *v) {
    if (v->arch.aarch32)
        aarch32_load(v);
    if (v->arch.vpmu)
        pmu_load(v);
}

// No pending SError may slip from one guest to the next: it is synchronised and charged here (R20).
static void serror_save(struct vcpu *v) {
    dsb_sy(); // every access of the guest, and ours for it, has completed
    isb();
    if (read_isr_el1() & BIT(8))
        domain_crash(v->domain, "SError");
}

static void world_load(struct vcpu *v) {
    write_vttbr_el2(v->domain->p2m.s2.vttbr);
    write_hcr_el2(v->arch.hcr);
    write_vmpidr_el2(v->arch.vmpidr);
    v->arch.stack_top = this_cpu()->stack_top;
    isb(); // the groups below and the guest see its own regime
}

void fp_save(struct fp_state *s);
void fp_load(const struct fp_state *s);

static void save(struct vcpu *v) {
    serror_save(v);
    vgic_save(v);
    vtimer_save(v);
    fp_save(&v->arch.fp);
    el1_save(v);
    if (unlikely(v->arch.rare))
        rare_save(v);
}

// The same groups in reverse.
static void load(struct vcpu *v) {
    world_load(v);
    if (unlikely(v->arch.rare))
        rare_load(v);
    el1_load(v);
    fp_load(&v->arch.fp);
    vtimer_load(v);
    vgic_load(v);
}

static void reset_rare(struct arch_vcpu *a) {
    memset(&a->pmu, 0, sizeof(a->pmu));
    if (a->aarch32)
        aarch32_reset(a);
}

// What a reset sets (Arm ARM D1.9.1 where it says so); the rest is UNKNOWN to the guest and zeroed.
// The interrupt controller and the timers' comparators keep their state, as PSCI leaves them.
static void apply_reset(struct vcpu *v) {
    struct arch_vcpu *a = &v->arch;
    a->reset_pending = false;
    memset(&a->regs, 0, offsetof(struct regs, traps));
    memset(&a->el1, 0, sizeof(a->el1));
    memset(&a->fp, 0, sizeof(a->fp));
    a->regs.x[0] = a->reset_context;
    a->regs.elr = a->reset_entry.v;
    a->regs.spsr = PSR_DAIF | PSR_M_EL1H;
    if (a->rare)
        reset_rare(a);
    a->el1.sctlr = 0xc50078; // RES1 bits, CP15BEN: MMU and caches off
    a->el1.actlr = read_actlr_el1();
    a->timer.ctl = 0;
    a->timer.p_ctl = 0;
}

// No walk on behalf of a domain that may be gone soon: an empty map under VMID 0.
static void world_leave(void) {
    static uint64_t empty[2][512] __attribute__((aligned(2 * PAGE_SIZE)));
    write_vttbr_el2(va_pa(empty).v);
    isb(); // before its tables may be given back
}

void arch_vcpu_switch(struct vcpu *from, struct vcpu *to) {
    if (from)
        save(from);
    if (!to) {
        world_leave();
        return;
    }
    if (unlikely(to->arch.reset_pending))
        apply_reset(to);
    load(to);
}

bool arch_vcpu_must_load(const struct vcpu *v) { return v->arch.reset_pending; }

void arch_vcpu_reset(struct vcpu *v, ipa_t entry, uint64_t context) {
    v->arch.reset_entry = entry;
    v->arch.reset_context = context;
    v->arch.reset_pending = true;
}

int arch_vcpu_create(struct vcpu *v) {
    uint64_t hcr = HCR_GUEST | (options.vwfi_native ? 0 : HCR_TWI);
    v->arch.hcr = hcr;
    v->arch.vmpidr = BIT(31) | (uint64_t)(v->id / 16) << 8 | v->id % 16;
    v->arch.el1.actlr = read_actlr_el1();
    v->arch.vpmu = v->domain->arch.vpmu;
    v->arch.idregs = idreg_value[v->arch.vpmu];
    vtimer_vcpu_create(v);
    return vgic_vcpu_create(v);
}

void arch_hypercall_retry(struct vcpu *v) { v->arch.regs.elr -= 4; }

bool arch_vcpu_wakeable(struct vcpu *v) { return vgic_has_deliverable(v); }

void arch_vcpu_dump(struct vcpu *v) {
    const struct regs *r = &v->arch.regs;
    log_notice("  pc %#llx pstate %#llx lr %#llx x0 %#llx x16 %#llx", (unsigned long long)r->elr,
               (unsigned long long)r->spsr, (unsigned long long)r->x[30],
               (unsigned long long)r->x[0], (unsigned long long)r->x[16]);
}

void arch_vcpu_destroy(struct vcpu *v) {
    guest_windows_close(v);
    vtimer_vcpu_destroy(v);
}

int arch_domain_create(struct domain *d, uint32_t nr_spis, bool vpmu) {
    if (vpmu && !arch_has_pmu())
        return fail(-EINVAL);
    d->arch.vpmu = vpmu;
    if (!d->privileged) {
        d->arch.evtchn_ppi = GUEST_EVTCHN_PPI;
        d->arch.ipa_grants = GUEST_GNTTAB_BASE;
    }
    return vgic_create(d, nr_spis);
}

void arch_domain_quiet(struct domain *d) {
    vuart_reset(d);
    vgic_quiet(d);
}

bool arch_domain_reset_step(struct domain *d, uint64_t *cursor) {
    uint32_t spi = 32 + (uint32_t)*cursor;
    if (spi < d->arch.vgic.nr_irqs) {
        vgic_reset_spis(d, spi, RESET_SPIS);
        *cursor += RESET_SPIS;
        return false;
    }
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        d->vcpu[i]->arch.timer.hw_active = false;
        (void)!arch_vcpu_create(d->vcpu[i]); // worked once
    }
    return true;
}

uint8_t arch_gic_version(const struct domain *d) { return d->arch.vgic.version; }
