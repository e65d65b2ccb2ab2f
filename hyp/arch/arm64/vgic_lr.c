// SPDX-License-Identifier: Apache-2.0
// List registers: what is shown to the guest of a vCPU, and the queue of what waits for room there.
// Called by vgic*.c only, with the vCPU's LOCK_VGIC held. The hardware is touched only where the
// vCPU is loaded
// ("here"), and read back only when its content matters: a virq keeps its list register after the
// guest is done with it, until another one needs it. A software interrupt that fires again while
// active becomes pending+active; a hw one cannot: its physical side keeps the second event. A
// second source of a GICv2 SGI waits for the EOI maintenance interrupt. Who waits is in a ring for
// each priority: constant time. Worst case: vgic_fill, one look at each list register for each.
#include <arch/gic_inline.h>
#include <arm64/vgic_impl.h>

enum place { PLACED, FULL };

// Behind those of its priority, or before them.
static void enqueue(struct vcpu *v, struct virq *q, bool front) REQUIRES(VGIC_LOCK(v)) {
    struct vgic_vcpu *g = &v->arch.vgic;
    unsigned level = q->priority / 8;
    uint16_t *first = &g->first[level];
    q->queued = true;
    q->next = q->prev = q->id;
    if (g->work & BIT(level)) {
        struct virq *after = vgic_virq(v, *first);
        q->next = after->id;
        q->prev = after->prev;
        vgic_virq(v, after->prev)->next = q->id;
        after->prev = q->id;
    }
    if (front || !(g->work & BIT(level)))
        *first = q->id;
    g->work |= BIT(level);
}

void vgic_queue(struct vcpu *v, struct virq *q) {
    if (!q->queued)
        enqueue(v, q, false);
}

void vgic_unqueue(struct vcpu *v, struct virq *q) {
    struct vgic_vcpu *g = &v->arch.vgic;
    unsigned level = q->priority / 8;
    q->queued = false;
    vgic_virq(v, q->prev)->next = q->next;
    vgic_virq(v, q->next)->prev = q->prev;
    if (q->next == q->id)
        g->work &= ~BIT(level);
    else if (g->first[level] == q->id)
        g->first[level] = q->next;
}

static void write_lr(struct vcpu *v, unsigned n, uint64_t lr) REQUIRES(VGIC_LOCK(v)) {
    uint64_t own = gic_lr_own(lr);
    v->arch.vgic.lr_saved[n] = own;
    gic_lr_write(n, own);
}

static void attach(struct vcpu *v, struct virq *q, unsigned n) REQUIRES(VGIC_LOCK(v)) {
    v->arch.vgic.lr_owner[n] = q;
    v->arch.vgic.lrs_used |= (uint16_t)(1u << n);
    if (q->id < 32 && n < GIC_NEAR_LRS)
        v->arch.vgic.lrs_private |= (uint16_t)(1u << n);
    else
        v->arch.vgic.lrs_private &= (uint16_t) ~(1u << n);
    store_release(&q->lr, (uint8_t)(v->id << 4 | n));
}

// q has no list register any more; from here on an SPI belongs to its target, so the caller must
// not touch it again unless that is v.
static void detach(struct vcpu *v, struct virq *q, unsigned n) REQUIRES(VGIC_LOCK(v)) {
    struct vgic_vcpu *g = &v->arch.vgic;
    g->lr_owner[n] = NULL;
    g->lrs_used &= (uint16_t) ~(1u << n);
    g->lr_saved[n] = 0;
    g->again[n] = 0;
    if (unlikely(q->target != v->id)) {
        if (q->queued)
            vgic_unqueue(v, q);
        if (q->pending || q->active)
            g->moved[g->nr_moved++] = q->id;
    }
    store_release(&q->lr, (uint8_t)VGIC_NO_LR);
}

void vgic_detach(struct vcpu *v, struct virq *q) { detach(v, q, q->lr & 15); }

uint64_t vgic_peek(const struct vcpu *v, const struct virq *q) {
    if (!vgic_in_lr(q))
        return 0;
    unsigned n = q->lr & 15;
    return gic_lr_portable(vgic_here(v) ? gic_lr_read(n) : v->arch.vgic.lr_saved[n]);
}

static uint64_t lr_of_hw(const struct virq *q) {
    return vgic_lr_base(q) | GIC_LR_HW | GIC_LR_PENDING | (uint64_t)q->id << GIC_LR_PINTID_SHIFT;
}

// A hw list register is never pending+active: an event beside an active state goes back to the
// physical interrupt (a level's line keeps its own).
static uint64_t fresh_hw(struct virq *q) {
    if (!q->active) {
        q->pending = q->phys = false;
        return lr_of_hw(q);
    }
    if (!q->phys)
        gic->set_active(q->id, true);
    if (q->pending && q->id >= 32 && (q->edge || !q->phys))
        gic->set_pending(q->id, true);
    q->pending = q->phys = q->active = false;
    return lr_of_hw(q) ^ GIC_LR_STATE;
}

static uint64_t fresh_sw(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v)) {
    uint64_t lr = vgic_lr_base(q) | (q->active ? GIC_LR_ACTIVE : 0);
    q->active = false;
    if (!q->pending || !vgic_deliverable(v, q))
        return lr;
    lr |= GIC_LR_PENDING;
    if (vgic_is_v2_sgi(v, q)) {
        unsigned source = (unsigned)__builtin_ctz(q->sources);
        q->sources &= (uint8_t)(q->sources - 1);
        lr |= (uint64_t)source << GIC_LR_PINTID_SHIFT | (q->sources ? GIC_LR_EOI : 0);
    }
    q->pending = q->sources != 0;
    return lr;
}

// q is still in list register n, whose content is `lr`, not finished.
static void merge(struct vcpu *v, struct virq *q, unsigned n, uint64_t lr) REQUIRES(VGIC_LOCK(v)) {
    uint64_t old = lr;
    if (lr & GIC_LR_HW) {
        // The guest's ISACTIVER; an acknowledged one would have found a finished list register.
        bool again = q->pending || (q->active && (lr & GIC_LR_PENDING));
        if (again && q->edge)
            gic->set_pending(q->id, true);
        if (q->active)
            lr = (lr & ~GIC_LR_STATE) | GIC_LR_ACTIVE;
        q->pending = q->phys = q->active = false;
    } else {
        lr |= q->active ? GIC_LR_ACTIVE : 0;
        q->active = false;
        if (q->pending && vgic_deliverable(v, q)) {
            uint8_t source = (uint8_t)(1u << FIELD(lr, 34, 32));
            if (!vgic_is_v2_sgi(v, q) || (q->sources & source))
                lr |= GIC_LR_PENDING;
            q->sources &= (uint8_t)~source;
            lr |= q->sources ? GIC_LR_EOI : 0;
            q->pending = q->sources != 0;
        }
    }
    if (lr != old)
        write_lr(v, n, lr);
}

// Takes back what list register n shows as pending and must not (any more), carries out what was
// asked of it, and frees it if nothing is left.
static void settle(struct vcpu *v, unsigned n) REQUIRES(VGIC_LOCK(v)) {
    struct virq *q = v->arch.vgic.lr_owner[n];
    uint64_t own = gic_lr_read(n), old = gic_lr_portable(own), lr = old;
    bool release = false; // the physical side
    if (q->drop_pending && (lr & GIC_LR_PENDING)) {
        lr &= ~GIC_LR_PENDING;
        release = lr & GIC_LR_HW;
    }
    if (q->drop_active && (lr & GIC_LR_ACTIVE)) {
        lr &= ~GIC_LR_ACTIVE;
        release = lr & GIC_LR_HW;
    }
    q->drop_pending = q->drop_active = false;
    if ((lr & GIC_LR_PENDING) && !vgic_deliverable(v, q)) {
        lr &= ~GIC_LR_PENDING;
        q->pending = true;
        q->phys = lr & GIC_LR_HW;
        if (vgic_is_v2_sgi(v, q))
            q->sources |= (uint8_t)(1u << FIELD(lr, 34, 32));
    }
    if (!(lr & GIC_LR_STATE))
        lr = 0;
    if (lr != old)
        write_lr(v, n, lr);
    else
        v->arch.vgic.lr_saved[n] = own;
    // After the list register: the physical interrupt may fire at once.
    if (release)
        gic->set_active(q->id, false);
    if (lr)
        return;
    if (q->target == v->id && !q->queued && vgic_wants(v, q))
        vgic_queue(v, q);
    detach(v, q, n);
}

void vgic_settle_all(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    g->work &= VGIC_QUEUED;
    for (uint32_t used = g->lrs_used; used; used &= used - 1)
        settle(v, (unsigned)__builtin_ctz(used));
}

void vgic_put_by(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    g->work &= VGIC_QUEUED;
    for (uint32_t used = g->lrs_used; used; used &= used - 1) {
        unsigned n = (unsigned)__builtin_ctz(used);
        const struct virq *q = g->lr_owner[n];
        if (q->id >= 32 || !g->again[n]) {
            settle(v, n);
            continue;
        }
        uint64_t own = gic_lr_read(n);
        g->lr_saved[n] = gic_lr_busy(own) ? own : 0;
    }
}

static void set_underflow(struct vcpu *v, bool on) REQUIRES(VGIC_LOCK(v)) {
    if (v->arch.vgic.underflow == on)
        return;
    v->arch.vgic.underflow = on;
    gic->set_underflow(on);
}

// Frees the list register of the least urgent interrupt that the guest has not taken yet and that
// is less urgent than q; GIC_MAX_LRS if there is none.
static unsigned evict(struct vcpu *v, const struct virq *q) REQUIRES(VGIC_LOCK(v)) {
    struct vgic_vcpu *g = &v->arch.vgic;
    unsigned victim = GIC_MAX_LRS;
    uint8_t worst = q->priority;
    uint64_t victim_lr = 0;
    for (uint32_t used = g->lrs_used; used; used &= used - 1) {
        unsigned n = (unsigned)__builtin_ctz(used);
        uint64_t lr = gic_lr_portable(gic_lr_read(n));
        uint8_t priority = (uint8_t)FIELD(lr, 55, 48);
        if ((lr & GIC_LR_STATE) != GIC_LR_PENDING || priority <= worst ||
            g->lr_owner[n]->target != v->id)
            continue;
        victim = n;
        victim_lr = lr;
        worst = priority;
    }
    if (victim == GIC_MAX_LRS)
        return victim;
    struct virq *old = g->lr_owner[victim];
    old->pending = true;
    old->phys = victim_lr & GIC_LR_HW;
    if (vgic_is_v2_sgi(v, old))
        old->sources |= (uint8_t)(1u << FIELD(victim_lr, 34, 32));
    write_lr(v, victim, 0);
    detach(v, old, victim);
    vgic_queue(v, old);
    set_underflow(v, true);
    return victim;
}

// A list register for q: unused ones first, then those that the guest is done with.
static unsigned find_lr(struct vcpu *v, const struct virq *q) REQUIRES(VGIC_LOCK(v)) {
    struct vgic_vcpu *g = &v->arch.vgic;
    uint32_t empty = gic_lr_empty();
    if (!empty)
        return evict(v, q);
    uint32_t unused = empty & ~(uint32_t)g->lrs_used;
    unsigned n = (unsigned)__builtin_ctz(unused ? unused : empty);
    if (g->lr_owner[n])
        detach(v, g->lr_owner[n], n);
    return n;
}

// The guest made q pending by register. An SPI is made so in the GIC and comes back from there. The
// timer's PPI is shared by the vCPUs of this CPU, so nothing may stay in the GIC: it becomes
// active, as if it had just been acknowledged; one that is in the guest's hands already absorbs it.
// False: nothing to place.
static bool acknowledge(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v)) {
    if (q->id >= 32)
        gic->set_pending(q->id, true);
    else if (!(vgic_peek(v, q) & GIC_LR_STATE))
        q->phys = true;
    q->pending = q->phys;
    if (q->phys)
        gic->set_active(q->id, true);
    return q->phys;
}

// q is in list register n, as far as it goes.
static void review(struct vcpu *v, const struct virq *q, unsigned n) REQUIRES(VGIC_LOCK(v)) {
    if (n >= GIC_NEAR_LRS || q->pending || q->target != v->id || !vgic_deliverable(v, q))
        return;
    uint64_t lr = q->hw ? lr_of_hw(q) : vgic_lr_base(q) | GIC_LR_PENDING;
    store_relaxed(&v->arch.vgic.again[n], gic_lr_own(lr));
}

static enum place place(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v)) {
    unsigned n;
    if (unlikely(q->hw && !q->active && !q->phys) && !acknowledge(v, q))
        return PLACED;
    if (vgic_in_lr(q)) {
        n = q->lr & 15;
        uint64_t lr = gic_lr_portable(gic_lr_read(n));
        if (lr & GIC_LR_STATE) {
            merge(v, q, n, lr);
            review(v, q, n);
            return PLACED;
        }
        if (unlikely(q->target != v->id)) { // left for another vCPU: takes this along
            detach(v, q, n);
            return PLACED;
        }
    } else {
        n = find_lr(v, q);
        if (unlikely(n == GIC_MAX_LRS))
            return FULL;
        attach(v, q, n);
    }
    write_lr(v, n, q->hw ? fresh_hw(q) : fresh_sw(v, q));
    review(v, q, n);
    return PLACED;
}

// Of the most urgent in the queue, 256 if it is empty.
static unsigned queued_priority(const struct vcpu *v) REQUIRES(VGIC_LOCK(v)) {
    uint64_t levels = v->arch.vgic.work & VGIC_QUEUED;
    return levels ? (unsigned)__builtin_ctzll(levels) * 8 : 256;
}

void vgic_fill(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    enum place result = PLACED;
    while ((g->work & VGIC_QUEUED) && result == PLACED) {
        struct virq *q = vgic_virq(v, g->first[__builtin_ctzll(g->work)]);
        vgic_unqueue(v, q);
        result = place(v, q);
        if (result == FULL)
            enqueue(v, q, true);
    }
    set_underflow(v, g->work & VGIC_QUEUED);
}

enum vgic_after vgic_request(struct vcpu *v, struct virq *q) {
    if (!vgic_wants(v, q))
        return VGIC_NOTHING;
    if (!vgic_here(v)) {
        vgic_queue(v, q);
        return VGIC_RAISE;
    }
    if (unlikely(v->arch.vgic.work & VGIC_RESYNC)) {
        // What was asked of a list register earlier comes before this event.
        vgic_settle_all(v);
        if (!vgic_in_lr(q) && q->target != v->id)
            return VGIC_NOTHING; // went to its new target with those that moved
    }
    if (unlikely(v->arch.vgic.work)) { // the list registers have what is more urgent
        bool first = q->priority < queued_priority(v);
        vgic_queue(v, q);
        if (first)
            vgic_fill(v);
    } else if (place(v, q) == FULL) {
        vgic_queue(v, q);
        set_underflow(v, true);
    }
    return unlikely(load_relaxed(&v->state) == VCPU_BLOCKED) ? VGIC_WAKE : VGIC_NOTHING;
}

enum vgic_after vgic_retract(struct vcpu *v, struct virq *q) {
    if (q->queued && !vgic_wants(v, q))
        vgic_unqueue(v, q);
    if (!vgic_in_lr(q)) {
        q->drop_pending = q->drop_active = false;
        return VGIC_NOTHING;
    }
    if (!vgic_here(v))
        vgic_ask_resync(v);
    else
        settle(v, q->lr & 15);
    // Who waits for the list register gets it in vgic_flush: one write of the guest may free many.
    return v->arch.vgic.work ? VGIC_RAISE : VGIC_NOTHING;
}
