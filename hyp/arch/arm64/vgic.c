// SPDX-License-Identifier: Apache-2.0
// The virtual GIC's interrupts: injection, state changes asked for by registers, SGIs, context
// switch. Any CPU may call; a vCPU that is not loaded here is told by VCPU_VGIC and its own
// CPU carries it out in vgic_flush. Owns LOCK_VGIC_SPI and LOCK_VGIC. Scheduler and exit room are
// called with neither held. Worst case: vgic_set_groups, REGROUP_STEP interrupts that wait.
#include <arch/gic_inline.h>
#include <arm64/vgic_impl.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/log.h>

#define REGROUP_STEP 32

struct virq *vgic_spi(const struct domain *d, virq_t id) {
    const struct vgic_domain *g = &d->arch.vgic;
    if (unlikely(id >= g->nr_irqs))
        return NULL;
    return &g->spi[(id - 32) / VGIC_SPI_PER_PAGE][(id - 32) % VGIC_SPI_PER_PAGE];
}

static struct vcpu *spi_owner(const struct domain *d, const struct virq *q) {
    uint8_t lr = load_acquire(&q->lr);
    return d->vcpu[lr != VGIC_NO_LR ? lr >> 4 : load_relaxed(&q->target)];
}

struct vcpu *vgic_lock_owner(struct vcpu *v, struct virq *q) {
    if (q->id < 32) {
        spin_lock(VGIC_LOCK(v));
        vgic_go_long(v, q);
        return v;
    }
    // Goes round again only when the interrupt moved to another vCPU in between.
    for (;;) {
        struct vcpu *o = spi_owner(v->domain, q);
        spin_lock(VGIC_LOCK(o));
        if (likely(spi_owner(v->domain, q) == o)) {
            vgic_go_long(o, q);
            return o;
        }
        spin_unlock(VGIC_LOCK(o));
    }
}

static void finish(struct vcpu *v, enum vgic_after after) {
    if (after == VGIC_RAISE)
        vcpu_raise(v, VCPU_VGIC);
    else if (after == VGIC_WAKE)
        vcpu_wake(v);
}

// SPIs that left v's list registers are delivered by their new target. One that makes others move
// there leaves them to that vCPU's own vgic_flush.
static void hand_on(struct vcpu *v, const uint16_t *ids, unsigned count) NO_THREAD_SAFETY {
    for (unsigned i = 0; i < count; i++) {
        struct virq *q = vgic_virq(v, ids[i]);
        struct vcpu *o = vgic_lock_owner(v, q);
        vgic_held(o);
        enum vgic_after after = vgic_request(o, q);
        if (o->arch.vgic.nr_moved)
            after = VGIC_RAISE;
        spin_unlock(VGIC_LOCK(o));
        finish(o, after);
    }
}

static void unlock_moved(struct vcpu *v) RELEASE(VGIC_LOCK(v)) {
    struct vgic_vcpu *g = &v->arch.vgic;
    uint16_t ids[GIC_MAX_LRS];
    unsigned count = g->nr_moved;
    for (unsigned i = 0; i < count; i++)
        ids[i] = g->moved[i];
    g->nr_moved = 0;
    spin_unlock(VGIC_LOCK(v));
    hand_on(v, ids, count);
}

void vgic_unlock(struct vcpu *v, enum vgic_after after) {
    if (unlikely(v->arch.vgic.nr_moved))
        unlock_moved(v);
    else
        spin_unlock(VGIC_LOCK(v));
    if (unlikely(after != VGIC_NOTHING))
        finish(v, after);
}

// The short way of q, if it is v's, which is loaded here: what to write into the list register that
// it has already, without a lock; 0: it may not. Which virq a list register of this
// CPU holds is changed on this CPU only, and what another CPU asks of one it asks by VGIC_RESYNC,
// which is carried out after this.
static inline uint64_t short_way(const struct vcpu *v, const struct virq *q) {
    const uint64_t *again = v->arch.vgic.again;
    uint64_t own = vgic_peek_word(again + (q->lr & 15));
    return likely(!vgic_peek_word(&v->arch.vgic.work)) ? own : 0;
}

// A software interrupt goes it if the guest is done with the list register. `source`: vCPU that
// sends a GICv2 SGI. A vCPU that sleeps is the caller's to wake.
static inline __attribute__((always_inline)) bool fire_again(struct vcpu *v, unsigned id,
                                                             bool v2_sgi, uint64_t source) {
    const struct virq *q = &v->arch.vgic.priv[id];
    unsigned n = q->lr & 15;
    uint64_t own = short_way(v, q);
    if (unlikely(!own))
        return false;
    if (v2_sgi)
        own |= gicv2_lr_source(source);
    if (unlikely(!(v2_sgi ? gicv2_lr_renew(n, own) : gic_near_lr_renew(n, own))))
        return false;
    store_relaxed(&v->arch.vgic.lr_saved[n], own);
    return true;
}

// What the short ways end with returns their 0, so that they need no stack.
static __attribute__((noinline)) int64_t wake(struct vcpu *v) {
    vcpu_wake(v);
    return 0;
}

static __attribute__((noinline)) int64_t raise(struct vcpu *v) {
    vcpu_raise(v, VCPU_VGIC);
    return 0;
}

static inline int64_t wake_blocked(struct vcpu *v) {
    return unlikely(vgic_peek_word(&v->state) == VCPU_BLOCKED) ? wake(v) : 0;
}

// Private interrupts of a vCPU that is not loaded here, as bits of vgic_vcpu.posted[word]: a kick
// makes its own CPU take them (vgic_kicked). One that does not run looks there when it is loaded
// (vgic_load) or goes to sleep.
static inline __attribute__((always_inline)) int64_t post(struct vcpu *v, unsigned word,
                                                          uint64_t bits) {
    uint64_t old = atomic_or(&v->arch.vgic.posted[word], bits);
    smp_mb(); // the bits before we look at the state: vcpu_block does it the other way round
    unsigned cpu = vgic_peek_word(&v->cpu);
    if (unlikely(vgic_peek_word(&v->state) == VCPU_BLOCKED))
        return raise(v); // another may wake it at the same time: its CPU must look
    if (!old && cpu != this_cpu()->id)
        word ? gicv2_kick(cpu, word) : gic_kick(cpu);
    return 0;
}

static inline void post_v2_sgi(struct vcpu *v, unsigned sgi, unsigned source) {
    post(v, 1 + sgi / 8, BIT(sgi % 8 * 8 + source));
}

static __attribute__((noinline)) int64_t raise_private(struct vcpu *v, unsigned id,
                                                       uint8_t sources) {
    struct virq *q = &v->arch.vgic.priv[id];
    spin_lock(VGIC_LOCK(v));
    vgic_go_long(v, q);
    q->pending = true;
    q->sources |= sources;
    vgic_unlock(v, vgic_request(v, q));
    return 0;
}

// Here: what bit `bit` of posted[word] says.
static inline __attribute__((always_inline)) bool fire_posted(struct vcpu *v, unsigned word,
                                                              unsigned bit) {
    if (likely(word == 0))
        return fire_again(v, bit, false, 0);
    return fire_again(v, (word - 1) * 8 + bit / 8, true, bit % 8);
}

static __attribute__((noinline)) void take_word(struct vcpu *v, unsigned word) {
    uint64_t posted = atomic_swap(&v->arch.vgic.posted[word], 0);
    for (; posted; posted &= posted - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(posted);
        if (!fire_posted(v, word, bit))
            raise_private(v, word ? (word - 1) * 8 + bit / 8 : bit,
                          word ? (uint8_t)(1u << bit % 8) : 0);
    }
}

// Here: what other CPUs have posted.
static inline void take_posted(struct vcpu *v) {
#pragma GCC unroll 3
    for (unsigned word = 0; word < VGIC_POSTED; word++) {
        if (vgic_peek_word(&v->arch.vgic.posted[word]))
            take_word(v, word);
    }
}

void vgic_inject(struct vcpu *v, virq_t irq) {
    struct virq *q = vgic_virq(v, irq);
    if (!q)
        return;
    if (irq >= 16 && irq < 32 && !q->hw) {
        vgic_inject_ppi(v, irq);
        return;
    }
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    q->pending = true;
    if (vgic_is_v2_sgi(o, q))
        q->sources |= (uint8_t)(1u << v->id);
    vgic_unlock(o, vgic_request(o, q));
}

int64_t vgic_inject_ppi(struct vcpu *v, virq_t irq) {
    if (!vgic_here(v))
        return post(v, 0, BIT(irq));
    return likely(fire_again(v, irq, false, 0)) ? wake_blocked(v) : raise_private(v, irq, 0);
}

static __attribute__((noinline)) int64_t inject_vtimer_slow(struct vcpu *v) {
    struct virq *q = &v->arch.vgic.priv[PPI_VIRT_TIMER];
    spin_lock(VGIC_LOCK(v));
    vgic_go_long(v, q);
    q->pending = q->phys = true;
    vgic_unlock(v, vgic_request(v, q));
    return 0;
}

// A linked interrupt goes it at once: it was not active when it was acknowledged, which only the
// guest's EOI brings about.
static inline bool show_again(struct vcpu *v, const struct virq *q) {
    unsigned n = q->lr & 15;
    uint64_t own = short_way(v, q);
    if (unlikely(!own))
        return false;
    v->arch.vgic.lr_saved[n] = own;
    gic_near_lr_write(n, own);
    return true;
}

int64_t vgic_inject_vtimer(struct vcpu *v) {
    bool shown = show_again(v, &v->arch.vgic.priv[PPI_VIRT_TIMER]);
    return likely(shown) ? wake_blocked(v) : inject_vtimer_slow(v);
}

static __attribute__((noinline)) void inject_hw_spi_slow(struct domain *d, struct virq *q) {
    struct vcpu *o = vgic_lock_owner(d->vcpu[0], q);
    vgic_held(o);
    q->pending = q->phys = true;
    // The physical interrupt was not active, so its list register is finished, wherever it is: an
    // SPI that was routed elsewhere since then need not go there again.
    enum vgic_after after = VGIC_NOTHING;
    if (unlikely(vgic_in_lr(q) && q->target != o->id))
        vgic_detach(o, q);
    else
        after = vgic_request(o, q);
    vgic_unlock(o, after);
}

void vgic_inject_hw_spi(struct domain *d, irq_t irq) {
    struct vcpu *v = this_cpu()->loaded;
    struct virq *q = vgic_spi(d, irq);
    if (unlikely(!q || !q->hw))
        gic->set_active(irq, false);
    else if (!v || v->domain != d || q->lr >> 4 != v->id || !show_again(v, q))
        inject_hw_spi_slow(d, q);
    else
        (void)wake_blocked(v);
}

void vgic_lower(struct vcpu *v, virq_t irq) {
    struct virq *q = vgic_virq(v, irq);
    if (q)
        vgic_set_pending(v, q, false);
}

void vgic_set_enabled(struct vcpu *v, struct virq *q, bool on) {
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    enum vgic_after after = VGIC_NOTHING;
    if (q->enabled != on) {
        q->enabled = on;
        if (q->hw && q->id >= 32)
            vgic_enable_hw(o->domain, q, on);
        // A level that was acknowledged while disabled may have gone low since.
        bool reachable = q->id >= 32 || vgic_here(o);
        if (on && q->phys && !q->edge && reachable && !gic->get_pending(q->id)) {
            q->pending = q->phys = false;
            gic->set_active(q->id, false);
        }
        after = on ? vgic_request(o, q) : vgic_retract(o, q);
    }
    vgic_unlock(o, after);
}

void vgic_set_pending(struct vcpu *v, struct virq *q, bool on) {
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    enum vgic_after after = VGIC_NOTHING;
    // A private interrupt of another CPU cannot be reached from here: its own CPU does it in
    // place().
    bool physical = q->hw && (q->id >= 32 || vgic_here(o));
    if (vgic_is_v2_sgi(o, q)) {
        // Read-only there; GICD_SPENDSGIR and GICD_CPENDSGIR do it.
    } else if (on && q->hw && q->id >= 32) {
        gic->set_pending(q->id, true);
    } else if (on) {
        q->pending = true;
        after = vgic_request(o, q);
    } else {
        if (q->id < 32)
            atomic_and(&o->arch.vgic.posted[0], ~BIT(q->id));
        if (physical)
            gic->set_pending(q->id, false);
        if (physical && q->phys) {
            q->pending = q->phys = false;
            gic->set_active(q->id, false);
        }
        if (!q->phys)
            q->pending = false;
        q->drop_pending = true;
        after = vgic_retract(o, q);
    }
    vgic_unlock(o, after);
}

void vgic_set_active(struct vcpu *v, struct virq *q, bool on) {
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    enum vgic_after after;
    q->active = on;
    if (on) {
        after = vgic_request(o, q);
    } else {
        q->drop_active = true;
        after = vgic_retract(o, q);
    }
    vgic_unlock(o, after);
}

// State bits of q's list register. On another CPU they are as last seen: a reader that polls makes
// that CPU look again.
static uint64_t peek_state(struct vcpu *o, const struct virq *q, enum vgic_after *after)
    REQUIRES(VGIC_LOCK(o)) {
    uint64_t lr = vgic_peek(o, q);
    if ((lr & GIC_LR_STATE) && o->arch.vgic.home && !vgic_here(o)) {
        vgic_ask_resync(o);
        *after = VGIC_RAISE;
    }
    return lr;
}

bool vgic_get_pending(struct vcpu *v, struct virq *q) {
    enum vgic_after after = VGIC_NOTHING;
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    bool on = q->pending || (peek_state(o, q, &after) & GIC_LR_PENDING);
    if (!on && q->id < 32)
        on = load_relaxed(&o->arch.vgic.posted[0]) >> q->id & 1;
    if (!on && q->hw && (q->id >= 32 || vgic_here(o)))
        on = gic->get_pending(q->id);
    vgic_unlock(o, after);
    return on;
}

bool vgic_get_active(struct vcpu *v, struct virq *q) {
    enum vgic_after after = VGIC_NOTHING;
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    bool on = q->active || (peek_state(o, q, &after) & GIC_LR_ACTIVE);
    vgic_unlock(o, after);
    return on;
}

void vgic_set_sources(struct vcpu *t, struct virq *q, uint8_t mask, bool on) {
    enum vgic_after after;
    spin_lock(VGIC_LOCK(t));
    vgic_go_long(t, q);
    if (on) {
        q->sources |= mask;
        q->pending = q->sources != 0;
        after = vgic_request(t, q);
    } else {
        atomic_and(&t->arch.vgic.posted[1 + q->id / 8], ~((uint64_t)mask << q->id % 8 * 8));
        q->sources &= (uint8_t)~mask;
        q->pending = q->sources != 0;
        q->drop_pending = (mask >> FIELD(vgic_peek(t, q), 34, 32)) & 1;
        after = vgic_retract(t, q);
    }
    vgic_unlock(t, after);
}

static uint8_t posted_sources(struct vcpu *t, unsigned sgi) {
    return (uint8_t)(load_relaxed(&t->arch.vgic.posted[1 + sgi / 8]) >> sgi % 8 * 8);
}

uint8_t vgic_get_sources(struct vcpu *t, struct virq *q) {
    enum vgic_after after = VGIC_NOTHING;
    spin_lock(VGIC_LOCK(t));
    uint64_t lr = peek_state(t, q, &after);
    uint8_t mask = q->sources | posted_sources(t, q->id);
    if (lr & GIC_LR_PENDING)
        mask |= (uint8_t)(1u << FIELD(lr, 34, 32));
    vgic_unlock(t, after);
    return mask;
}

static __attribute__((noinline)) enum trap_result send_any_sgi(struct vcpu *v, uint32_t mask,
                                                               unsigned sgi) {
    struct domain *d = v->domain;
    bool v2 = d->arch.vgic.version == 2;
    for (mask &= (1u << d->nr_vcpus) - 1; mask; mask &= mask - 1) {
        struct vcpu *t = d->vcpu[__builtin_ctz(mask)];
        if (vgic_here(t))
            raise_private(t, sgi, v2 ? (uint8_t)(1u << v->id) : 0);
        else if (v2)
            post_v2_sgi(t, sgi, v->id);
        else
            post(t, 0, BIT(sgi));
    }
    return TRAP_SKIP;
}

static inline __attribute__((always_inline)) enum trap_result
send_sgi(struct vcpu *v, uint32_t mask, unsigned sgi, bool v2) {
    const struct domain *d = v->domain;
    if (mask == 1u << v->id) {
        if (likely(fire_again(v, sgi, v2, v->id)))
            return TRAP_SKIP;
    } else if (likely(mask && !(mask & (mask - 1)) && !(mask >> d->nr_vcpus))) {
        // Another one than v, which is loaded here.
        struct vcpu *t = d->vcpu[__builtin_ctz(mask)];
        if (v2)
            post_v2_sgi(t, sgi, v->id);
        else
            post(t, 0, BIT(sgi));
        return TRAP_SKIP;
    }
    return send_any_sgi(v, mask, sgi);
}

enum trap_result vgic_send_v2_sgi(struct vcpu *v, uint32_t mask, unsigned sgi) {
    return send_sgi(v, mask, sgi, true);
}

enum trap_result vgic_send_v3_sgi(struct vcpu *v, uint32_t mask, unsigned sgi) {
    return send_sgi(v, mask, sgi, false);
}

void vgic_reconsider(struct vcpu *v, struct virq *q) {
    if (!q->pending && !q->queued && !vgic_in_lr(q))
        return;
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    bool moved = q->id >= 32 && q->target != o->id;
    vgic_unlock(o, vgic_wants(o, q) && !moved ? vgic_request(o, q) : vgic_retract(o, q));
}

enum trap_result vgic_set_groups(struct vcpu *v, uint32_t ctlr) {
    struct domain *d = v->domain;
    uint32_t *at = &v->arch.vgic.regroup, private = 32 * d->nr_vcpus;
    uint32_t end = private + d->arch.vgic.nr_irqs - 32;
    if (atomic_swap(&d->arch.vgic.ctlr, ctlr) != ctlr)
        *at = 0; // another vCPU may have been at it
    else if (*at == 0)
        return TRAP_SKIP;
    for (unsigned n = 0; n < REGROUP_STEP && *at < end; n++, ++*at) {
        struct vcpu *bank = *at < private ? d->vcpu[*at / 32] : v;
        vgic_reconsider(bank, vgic_virq(bank, *at < private ? *at % 32 : *at - private + 32));
    }
    if (*at < end)
        return TRAP_DONE;
    *at = 0;
    return TRAP_SKIP;
}

static __attribute__((noinline)) void flush_work(struct vcpu *v) {
    spin_lock(VGIC_LOCK(v));
    if (v->arch.vgic.work & VGIC_RESYNC)
        vgic_settle_all(v);
    vgic_fill(v);
    vgic_unlock(v, unlikely(v->state == VCPU_BLOCKED) ? VGIC_WAKE : VGIC_NOTHING);
}

_Static_assert(SGI_KICKS == VGIC_POSTED, "a kick for each word");

static __attribute__((noinline)) int64_t put_back(struct vcpu *v, unsigned word, uint64_t bits) {
    atomic_or(&v->arch.vgic.posted[word], bits);
    atomic_or(&v->pending, 1u << VCPU_VGIC);
    return 0;
}

static inline __attribute__((always_inline)) int64_t kicked(struct vcpu *v, unsigned word) {
    uint64_t bits = atomic_swap(&v->arch.vgic.posted[word], 0);
    bool one = !(bits & (bits - 1));
    if (!bits || (likely(one) && likely(fire_posted(v, word, (unsigned)__builtin_ctzll(bits)))))
        return 0;
    return put_back(v, word, bits);
}

static __attribute__((noinline)) int64_t kicked_v2_sgi(struct vcpu *v, unsigned word) {
    return kicked(v, word);
}

int64_t vgic_kicked(struct vcpu *v, unsigned word) {
    return word ? kicked_v2_sgi(v, word) : kicked(v, 0);
}

void vgic_flush(struct vcpu *v) {
    // Who raised VCPU_VGIC did so after the change that is looked for here.
    take_posted(v);
    if (unlikely(vgic_peek_word(&v->arch.vgic.work)))
        flush_work(v);
}

void vgic_maintenance(struct vcpu *v) {
    if (!v)
        return;
    spin_lock(VGIC_LOCK(v));
    vgic_settle_all(v);
    vgic_fill(v);
    // The guest may have gone to sleep with it pending.
    vgic_unlock(v, unlikely(v->state == VCPU_BLOCKED) ? VGIC_WAKE : VGIC_NOTHING);
}

static __attribute__((noinline)) bool shows_one(struct vcpu *v, uint32_t busy) {
    uint32_t waits = (uint32_t)(vgic_peek_word(&v->arch.vgic.work) & VGIC_QUEUED);
    uint32_t groups = gic->virtual_groups();
    uint8_t mask = gic->virtual_pmr();
    for (; busy; busy &= busy - 1) {
        uint64_t lr = gic_lr_portable(gic_lr_read((unsigned)__builtin_ctz(busy)));
        if ((lr & GIC_LR_STATE) == GIC_LR_PENDING && FIELD(lr, 55, 48) < mask &&
            (groups >> FIELD(lr, 60, 60) & 1))
            return true;
    }
    return waits && (unsigned)__builtin_ctz(waits) * 8 < mask;
}

// No lock: this CPU's list registers are its own, and who queues something raises VCPU_VGIC then.
bool vgic_has_deliverable(struct vcpu *v) {
    const struct vgic_vcpu *g = &v->arch.vgic;
    uint64_t waits = vgic_peek_word(&g->work) & VGIC_QUEUED;
    if (unlikely(vgic_is_posted(v)))
        return true; // perhaps
    if (!vgic_here(v))
        return waits;
    uint32_t busy = vgic_peek_word(&g->lrs_used) & ~gic_lr_empty();
    return unlikely(busy || waits) && shows_one(v, busy);
}

static __attribute__((noinline)) void save_lrs(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    spin_lock(VGIC_LOCK(v));
    vgic_put_by(v);
    gic->save(g->iface);
    if (g->underflow)
        gic->set_underflow(false);
    g->underflow = false;
    store_relaxed(&g->home, NULL);
    vgic_unlock(v, VGIC_NOTHING);
}

// Where nothing waits and all that is in list registers goes the short way, no lock is needed: what
// another CPU asks for meanwhile is a bit of `work`, with which it raises v.
void vgic_save(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    uint32_t used = vgic_peek_word(&g->lrs_used);
    if (likely(!vgic_peek_word(&g->work) && !g->underflow && !(used & ~g->lrs_private)) &&
        likely(gic_save(used, g->again, g->lr_saved, g->iface)))
        store_relaxed(&g->home, NULL);
    else
        save_lrs(v);
    // What a maintenance interrupt or a kick would have brought, which do not come any more.
    if (unlikely((vgic_peek_word(&g->work) & VGIC_QUEUED) || vgic_is_posted(v)))
        wake_blocked(v);
}

// Loaded for the first time here, or there is something to be shown or done in list registers. Who
// posts from now on kicks this CPU (sched/core.c has said that v runs here).
static __attribute__((noinline)) void arrive(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    spin_lock(VGIC_LOCK(v));
    if (g->spis_at != g->home)
        vgic_bring_spis(v);
    if (g->work & VGIC_RESYNC)
        vgic_settle_all(v);
    if (g->work)
        vgic_fill(v);
    vgic_unlock(v, VGIC_NOTHING);
    take_posted(v);
}

// Not loaded yet: the one interrupt that woke v, in most cases, is put where it will be loaded
// from.
static inline void put_posted(struct vgic_vcpu *g) {
    uint64_t bits = vgic_peek_word(&g->posted[0]);
    if (!bits || (bits & (bits - 1)))
        return;
    unsigned n = g->priv[__builtin_ctzll(bits)].lr & 15;
    uint64_t own = vgic_peek_word(&g->again[n]);
    if (unlikely(!own || g->lr_saved[n]))
        return;
    store_relaxed(&g->lr_saved[n], own);
    (void)atomic_and(&g->posted[0], ~bits);
}

void vgic_load(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    if (likely(!vgic_peek_word(&g->work)))
        put_posted(g);
    gic_load(g->lr_saved, g->iface);
    store_relaxed(&g->home, this_cpu());
    if (unlikely(vgic_peek_word(&g->work) || vgic_is_posted(v) || g->spis_at != this_cpu()))
        arrive(v);
}

static void init_virq(struct virq *q, uint32_t id, uint8_t version) {
    *q = (struct virq){.id = (uint16_t)id,
                       .lr = VGIC_NO_LR,
                       .affinity = version == 2 && id >= 32 ? 1 : 0,
                       .routed = true,
                       .enabled = id < 16,
                       .edge = id < 16,
                       .group1 = version == 3};
}

int vgic_create(struct domain *d, uint32_t nr_spis) {
    struct vgic_domain *g = &d->arch.vgic;
    *g = (struct vgic_domain){.version = vgic_host_layout.version,
                              .layout = vgic_layout_for(d->privileged || d->direct_mapped)};
    spin_lock_init(&g->spi_lock, LOCK_VGIC_SPI);
    if (nr_spis > MAX_SPIS)
        return fail(-EINVAL);
    uint32_t nr = MIN((uint32_t)ALIGN_UP(nr_spis, 32u) + 32, (uint32_t)NR_INTIDS);
    for (uint32_t id = 32; id < nr; id++) {
        uint32_t page = (id - 32) / VGIC_SPI_PER_PAGE;
        if (!g->spi[page])
            g->spi[page] = quota_get(&d->quota, 1);
        if (!g->spi[page])
            return fail(-ENOMEM);
        init_virq(&g->spi[page][(id - 32) % VGIC_SPI_PER_PAGE], id, g->version);
    }
    g->nr_irqs = nr;
    return gic_is_v3 ? vgic_v3_create(d) : vgic_v2_create(d);
}

int vgic_vcpu_create(struct vcpu *v) {
    struct vgic_vcpu *g = &v->arch.vgic;
    *g = (struct vgic_vcpu){.waker = 6}; // asleep until the guest says otherwise
    spin_lock_init(&g->lock, LOCK_VGIC);
    for (uint32_t id = 0; id < 32; id++) {
        init_virq(&g->priv[id], id, v->domain->arch.vgic.version);
        g->priv[id].target = (uint8_t)v->id;
    }
    g->priv[PPI_VIRT_TIMER].hw = true;
    return gic_is_v3 ? vgic_v3_vcpu_create(v) : 0;
}

// The physical interrupt is as a guest finds it that was just given it.
static void quiet_hw(struct domain *d, const struct virq *q) {
    vgic_enable_hw(d, q, false);
    gic->set_pending(q->id, false);
    gic->set_active(q->id, false);
}

void vgic_quiet(struct domain *d) {
    for (uint32_t id = 32; id < d->arch.vgic.nr_irqs; id++) {
        const struct virq *q = vgic_virq(d->vcpu[0], id);
        if (q->hw)
            quiet_hw(d, q);
    }
}

void vgic_reset_spis(struct domain *d, uint32_t first, uint32_t count) {
    struct vgic_domain *g = &d->arch.vgic;
    g->ctlr = 0;
    for (uint32_t id = first; id < MIN(first + count, g->nr_irqs); id++) {
        struct virq *q = vgic_virq(d->vcpu[0], id);
        bool hw = q->hw;
        init_virq(q, id, g->version);
        q->hw = hw;
        if (hw)
            quiet_hw(d, q); // what came in between
    }
}

int vgic_set_hw(struct domain *d, irq_t irq) {
    struct virq *q = irq >= 32 && d->vcpu[0] ? vgic_virq(d->vcpu[0], irq) : NULL;
    if (!q)
        return fail(-EINVAL);
    q->hw = true;
    return 0;
}

static void dump_virq(const struct vcpu *v, const struct virq *q) {
    if (!q->pending && !q->active && !vgic_in_lr(q))
        return;
    log_info("  v%u irq %u prio %#x%s%s%s%s lr %d", v->id, q->id, q->priority,
             q->enabled ? " enabled" : "", q->pending ? " pending" : "", q->active ? " active" : "",
             q->queued ? " queued" : "", vgic_in_lr(q) ? q->lr & 15 : -1);
}

void vgic_dump(struct domain *d) {
    log_info("d%u vGICv%u, groups %#x, %u interrupts", d->id, d->arch.vgic.version,
             d->arch.vgic.ctlr, d->arch.vgic.nr_irqs);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        for (uint32_t id = 0; id < 32; id++)
            dump_virq(d->vcpu[i], &d->vcpu[i]->arch.vgic.priv[id]);
        if (vgic_is_posted(d->vcpu[i]))
            log_info("  v%u has interrupts of other CPUs to take", i);
        for (unsigned n = 0; n < gic_nr_lrs; n++)
            if (d->vcpu[i]->arch.vgic.lr_owner[n])
                log_info("  v%u lr%u %#llx", i, n,
                         (unsigned long long)d->vcpu[i]->arch.vgic.lr_saved[n]);
    }
    for (uint32_t id = 32; id < d->arch.vgic.nr_irqs; id++) {
        const struct virq *q = vgic_virq(d->vcpu[0], id);
        dump_virq(d->vcpu[q->target], q);
    }
}
