// SPDX-License-Identifier: Apache-2.0
// See fake_trap.h.
#include "fake_trap.h"

#include <arch/boot.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <arm64/idreg.h>
#include <arm64/smc.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <core/log.h>
#include <core/options.h>
#include <core/timer.h>
#include <core/upcall.h>
#include <drivers/gic.h>
#include <stdlib.h>
#include <string.h>

struct domain fake_domain;
struct vcpu fake_vcpu;
typeof(fake_seen) fake_seen;
uint64_t fake_mmio_value;
bool fake_interrupt_waits;
static struct percpu cpu;
_Thread_local struct percpu *fake_cpu;
const struct gic_driver *gic;
bool gic_is_v3 = true;

struct vcpu *trap_sync(struct vcpu *v, uint64_t esr);

int64_t hypercall_dispatch(struct vcpu *v, uint64_t nr) {
    (void)v;
    fake_seen.hypercalls++;
    fake_seen.hypercall = nr;
    return fake_seen.result;
}
void irq_handle(void) {}
void irq_handle_rest(uint32_t iar) { fake_seen.iar = iar; }
void irq_handle_traced(void) {}
struct vcpu *exit_slow(struct percpu *c, struct vcpu *v) {
    (void)c;
    return v;
}
bool p2m_fault_is_stale(struct domain *d, ipa_t ipa, enum p2m_access access) {
    (void)d;
    return ipa.v >> 12 == 0x777 && access != P2M_EXEC;
}
void vcpu_online(struct vcpu *v) {
    fake_seen.onlines++;
    v->state = VCPU_RUNNABLE;
}
void vcpu_offline(struct vcpu *v) { (void)v; }
void vcpu_yield(struct vcpu *v) { (void)v; }
void vcpu_wake(struct vcpu *v) { (void)v; }
void vcpu_block(struct vcpu *v) {
    (void)v;
    fake_seen.blocks++;
}
void domain_shutdown(struct domain *d, uint8_t reason) {
    (void)d;
    (void)reason;
    fake_seen.shutdowns++;
}
void domain_crash(struct domain *d, const char *why) {
    (void)d;
    (void)why;
    fake_seen.crashes++;
}
struct vcpu *domain_vcpu(struct domain *d, uint32_t id) {
    return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}
enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn) {
    (void)d;
    *mfn = mfn_of(gfn.v);
    return gfn.v == 0x40000 ? P2M_RAM : P2M_INVALID;
}
void arch_vcpu_reset(struct vcpu *v, ipa_t entry, uint64_t context) {
    v->arch.regs.elr = entry.v;
    v->arch.regs.x[0] = context;
}
void arch_hypercall_retry(struct vcpu *v) { v->arch.regs.elr -= 4; }
void vgic_inject(struct vcpu *v, virq_t irq) {
    (void)v;
    (void)irq;
    fake_seen.injected++;
}
void vgic_lower(struct vcpu *v, virq_t irq) {
    (void)v;
    (void)irq;
}
enum trap_result vgic_sgi1r(struct vcpu *v, uint64_t value) {
    (void)v;
    (void)value;
    fake_seen.sgi1r++;
    return TRAP_SKIP;
}
void timer_set(struct timer *t, uint64_t deadline_ns) { t->deadline = deadline_ns; }
void timer_cancel(struct timer *t) { t->deadline = 0; }
uint64_t time_ticks_to_ns(uint64_t ticks) { return ticks; }
void spin_lock(spinlock_t *l) { l->next++; }
void spin_unlock(spinlock_t *l) { l->next--; }
int64_t smc_call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3) {
    (void)fn;
    (void)a1;
    (void)a2;
    (void)a3;
    return 0;
}
int32_t firmware_workaround(unsigned n) { return n == 1 ? 0 : -1; }
void cpu_set_fault_frame(const struct regs *frame) { (void)frame; }
void panic(const char *fmt, ...) {
    (void)fmt;
    abort(); // no guest may get here
}

static enum trap_result answer(uint64_t offset, unsigned size, const struct mmio_range *r) {
    if (offset & (size - 1u) || offset >= 0x1000 || r->nr != 7)
        abort();
    if (offset == 0x400)
        return TRAP_DONE; // in part
    return offset < 0x800 ? TRAP_SKIP : TRAP_INJECT;
}

static enum trap_result recall(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size,
                               const struct mmio_range *r) {
    (void)v;
    if (*value)
        abort(); // it is 0 before
    *value = fake_mmio_value;
    return answer(offset, size, r);
}

static enum trap_result remember(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size,
                                 const struct mmio_range *r) {
    (void)v;
    if (value & ~(~0ULL >> (64 - 8 * size)))
        abort(); // stray bits above the access size
    fake_mmio_value = value;
    return answer(offset, size, r);
}

void fake_guest_reset(void) {
    memset(&fake_domain, 0, sizeof(fake_domain));
    memset(&fake_vcpu, 0, sizeof(fake_vcpu));
    memset(&fake_seen, 0, sizeof(fake_seen));
    fake_regs_reset();
    fake_mmio_value = 0xfedcba9876543210ULL;
    fake_domain.nr_vcpus = 1;
    fake_domain.vcpu[0] = &fake_vcpu;
    fake_vcpu.domain = &fake_domain;
    fake_vcpu.state = VCPU_RUNNING;
    fake_vcpu.arch.idregs = idreg_value[0];
    fake_vcpu.arch.regs.spsr = PSR_M_EL1H;
    fake_vcpu.arch.regs.elr = 0x40001000;
    fake_cpu = &cpu;
    cpu.loaded = &fake_vcpu;
    write_vbar_el1(0x40080000);
    write_far_el1(0);
    write_sctlr_el1(0);
    fake_cntpct_el0.set = true;
    fake_cntpct_el0.value = 1000;
    if (mmio_add(&fake_domain, (struct mmio_range){0x1000, 0x1000, recall, remember, 7}))
        abort();
}

void fake_trap(uint64_t esr, uint64_t far, uint64_t ipa) {
    write_esr_el2(esr);
    write_far_el2(far);
    write_hpfar_el2((ipa >> 12) << 4);
    if (trap_sync(&fake_vcpu, esr) != &fake_vcpu)
        abort();
}
