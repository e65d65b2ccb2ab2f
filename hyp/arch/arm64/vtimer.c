// SPDX-License-Identifier: Apache-2.0
// Guest timers. The virtual timer runs in hardware: PPI 27 becomes a list register with HW=1, so
// the guest's own deactivation re-arms it and EL2 never masks it. The physical timer is emulated on
// an EL2 software timer. No lock: a vCPU's timers are touched by its own CPU only.

#include <arch/time.h>
#include <arch/vgic.h>
#include <arm64/sysreg.h>
#include <arm64/vtimer.h>
#include <core/domain.h>
#include <core/irq.h>
#include <drivers/gic.h>

#define CTL_ENABLE BIT(0)
#define CTL_IMASK BIT(1)
#define CTL_ISTATUS BIT(2)

static bool due(uint64_t cval) { return (int64_t)(read_cntpct_el0() - cval) >= 0; }

// Arms the software timer for the emulated CNTP, or cancels it; the line follows the condition.
static void cntp_update(struct vcpu *v) {
    struct vtimer_state *t = &v->arch.timer;
    bool on = (t->p_ctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE;
    timer_cancel(&t->phys);
    if (on && due(t->p_cval)) {
        vgic_inject(v, PPI_PHYS_TIMER);
        return;
    }
    vgic_lower(v, PPI_PHYS_TIMER);
    if (on)
        timer_set(&t->phys, time_ticks_to_ns(t->p_cval));
}

static void cntp_fired(void *arg) {
    struct vcpu *v = arg;
    vgic_inject(v, PPI_PHYS_TIMER);
}

// A blocked vCPU that is not loaded: its virtual deadline wakes it, the hardware raises PPI 27 once
// loaded.
static void cntv_fired(void *arg) { vcpu_wake(arg); }

bool vtimer_cntp(struct vcpu *v, unsigned op2, bool write, uint64_t *value) {
    struct vtimer_state *t = &v->arch.timer;
    switch (op2) {
    case 0:
        if (write)
            t->p_cval = read_cntpct_el0() + (uint64_t)(int64_t)(int32_t)*value;
        else
            *value = (t->p_cval - read_cntpct_el0()) & 0xffffffffULL;
        break;
    case 1:
        if (write)
            t->p_ctl = *value & (CTL_ENABLE | CTL_IMASK);
        else
            *value = t->p_ctl | ((t->p_ctl & CTL_ENABLE) && due(t->p_cval) ? CTL_ISTATUS : 0);
        break;
    case 2:
        if (write)
            t->p_cval = *value;
        else
            *value = t->p_cval;
        break;
    default:
        return false;
    }
    if (write)
        cntp_update(v);
    return true;
}

void vtimer_vcpu_create(struct vcpu *v) {
    timer_init(&v->arch.timer.phys, cntp_fired, v);
    timer_init(&v->arch.timer.virt, cntv_fired, v);
}

void vtimer_vcpu_destroy(struct vcpu *v) {
    timer_cancel(&v->arch.timer.phys);
    timer_cancel(&v->arch.timer.virt);
}

void vtimer_put_by(struct vcpu *v) {
    struct vtimer_state *t = &v->arch.timer;
    // The physical PPI may be active on the guest's behalf; the next vCPU must be able to take it.
    t->hw_active = vgic_has_vtimer(v) && gic->get_active(PPI_VIRT_TIMER);
    if (t->hw_active)
        gic->set_active(PPI_VIRT_TIMER, false);
    else if ((t->ctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE &&
             load_relaxed(&v->state) == VCPU_BLOCKED)
        timer_set(&t->virt, time_ticks_to_ns(t->cval + v->arch.cntvoff));
}

void vtimer_take_up(struct vcpu *v) {
    struct vtimer_state *t = &v->arch.timer;
    timer_cancel(&t->virt);
    if (t->hw_active)
        gic->set_active(PPI_VIRT_TIMER, true);
}
