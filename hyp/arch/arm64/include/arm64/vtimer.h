// SPDX-License-Identifier: Apache-2.0
// The guest's timers: the virtual one is the hardware's (switched), the physical one is emulated.
#pragma once
#include <arch/atomic.h>
#include <arm64/sysreg.h>
#include <core/irq.h>
#include <core/vcpu.h>

// CNTP_TVAL_EL0 (op2 0), CNTP_CTL_EL0 (1), CNTP_CVAL_EL0 (2); false = no such register.
bool vtimer_cntp(struct vcpu *v, unsigned op2, bool write, uint64_t *value);
void vtimer_vcpu_create(struct vcpu *v);
// Both off for good.
void vtimer_vcpu_destroy(struct vcpu *v);
// Context switch group, behind the vGIC's. What a timer that is on, or whose interrupt is in the
// guest's hands, needs more.
void vtimer_put_by(struct vcpu *v);
void vtimer_take_up(struct vcpu *v);
// Is its interrupt, taken for it, still in its hands? vgic_save has been there.
static inline bool vgic_has_vtimer(const struct vcpu *v) {
    const struct virq *q = &v->arch.vgic.priv[PPI_VIRT_TIMER];
    return q->phys || (q->lr != VGIC_NO_LR && v->arch.vgic.lr_saved[q->lr & 15]);
}
static inline void vtimer_save(struct vcpu *v) {
    struct vtimer_state *t = &v->arch.timer;
    t->cval = read_cntv_cval_el0();
    t->ctl = read_cntv_ctl_el0();
    write_cntv_ctl_el0(0);
    t->hw_active = false;
    if (unlikely(vgic_has_vtimer(v) || (t->ctl & 1)))
        vtimer_put_by(v);
}
static inline void vtimer_load(struct vcpu *v) {
    struct vtimer_state *t = &v->arch.timer;
    if (unlikely(load_relaxed(&t->virt.slot) || t->hw_active)) // else it has fired, or was not set
        vtimer_take_up(v);
    write_cntvoff_el2(v->arch.cntvoff);
    write_cntv_cval_el0(t->cval);
    write_cntv_ctl_el0(t->ctl);
}
