// SPDX-License-Identifier: Apache-2.0
// Where SPIs go: to which vCPU as the guest routes them, and those that are assigned to the CPU
// that has, or had last, that vCPU's registers. Such an SPI is moved when it is enabled or routed,
// and when its vCPU is loaded on another CPU: one that stays where it is costs nothing, and one
// that comes is taken where its vCPU runs. Called by vgic*.c only. Worst case: vgic_bring_spis, a
// write for each enabled SPI of the vCPU.
#include <arm64/vgic_impl.h>

// Both vCPUs' locks, ascending; the same vCPU twice is one lock.
static void lock_pair(struct vcpu *a, struct vcpu *b) NO_THREAD_SAFETY {
    struct vcpu *low = a->id < b->id ? a : b, *high = a->id < b->id ? b : a;
    spin_lock(VGIC_LOCK(low));
    if (high != low)
        spin_lock_nested(VGIC_LOCK(high));
}

static void unlock_pair(struct vcpu *a, struct vcpu *b) NO_THREAD_SAFETY {
    if (a != b)
        spin_unlock(VGIC_LOCK(b));
    spin_unlock(VGIC_LOCK(a));
}

static unsigned place_of(const struct domain *d, const struct virq *q) {
    const struct vcpu *v = d->vcpu[load_acquire(&q->target)];
    const struct percpu *at = load_acquire(&v->arch.vgic.spis_at);
    return at ? at->id : load_relaxed(&v->cpu);
}

// The physical interrupt goes where q's target is. Goes round again only when that changed in
// between.
static void follow(const struct domain *d, const struct virq *q) {
    unsigned cpu;
    do {
        cpu = place_of(d, q);
        gic->set_target(q->id, cpu);
        smp_mb(); // ours before we look again: vgic_bring_spis does it the other way round
    } while (unlikely(cpu != place_of(d, q)));
}

void vgic_enable_hw(struct domain *d, const struct virq *q, bool on) {
    uint64_t *word = &d->arch.vgic.hw_enabled[q->id / 64], bit = BIT(q->id % 64);
    if (on) {
        atomic_or(word, bit);
        follow(d, q);
    } else {
        atomic_and(word, ~bit);
    }
    gic->enable(q->id, on);
}

void vgic_bring_spis(struct vcpu *v) {
    struct vgic_domain *d = &v->domain->arch.vgic;
    store_release(&v->arch.vgic.spis_at, this_cpu());
    smp_mb(); // where we are before we look which are enabled: see follow
    for (uint32_t w = 0; w < ARRAY_SIZE(d->hw_enabled); w++) {
        for (uint64_t bits = load_relaxed(&d->hw_enabled[w]); bits; bits &= bits - 1) {
            const struct virq *q = vgic_virq(v, w * 64 + (unsigned)__builtin_ctzll(bits));
            if (load_relaxed(&q->target) == v->id)
                gic->set_target(q->id, this_cpu()->id);
        }
    }
}

void vgic_route(struct domain *d, struct virq *q, uint8_t target, bool routed) NO_THREAD_SAFETY {
    struct vcpu *from = d->vcpu[q->target], *to = d->vcpu[target];
    if (from != to) {
        lock_pair(from, to);
        // One in a list register is finished where it is; one that waits goes along.
        if (!vgic_in_lr(q) && q->queued)
            vgic_unqueue(from, q);
        store_release(&q->target, target);
        unlock_pair(from, to);
        if (q->hw)
            follow(d, q);
    }
    struct vcpu *o = vgic_lock_owner(to, q);
    vgic_held(o);
    q->routed = routed;
    spin_unlock(VGIC_LOCK(o));
}
