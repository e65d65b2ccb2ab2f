// SPDX-License-Identifier: Apache-2.0
// Sending: a port becomes pending by its domain's ABI, the upcall is shown and raised, pollers
// wake; two-level delivery (pending and mask bits in shared_info, a selector word in each vCPU's
// vcpu_info, xen/xen.h) is here, FIFO in evtchn_fifo.c. All words are the guest's too, so every
// update is bounded (R12). A sender takes no lock: it reads both ends' links, a word each, and what
// it finds there stays in memory until it has left EL2 (quiesce_begin); an event that races with
// the closing of its port is lost, or seen by who gets that port next. Worst case: a wake-up of
// each vCPU that polls.
#include "evtchn_delivery.h"
#include <arch/time.h>
#include <arch/vgic.h>
#include <arch/vuart.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/index.h>
#include <core/shared_word.h>

#define WORD(port) ((port) / 64)
#define PORT_BIT(port) BIT((port) % 64)

// Straight into a list register where the vCPU runs here; it sees the event at once, also inside
// its upcall handler, where the interrupt becomes pending while it is active.
static inline int64_t show_upcall(struct vcpu *v, struct vcpu_info *info) {
    smp_mb(); // event bits before the flag: the guest clears it before it looks at the bits
    if (peek_word(&info->evtchn_upcall_pending))
        return 0;
    store_relaxed(&info->evtchn_upcall_pending, 1);
    return vgic_inject_ppi(v, v->domain->arch.evtchn_ppi);
}

void evtchn_mark_upcall(struct vcpu *v) {
    struct vcpu_info *info = load_acquire(&v->info);
    if (info)
        (void)show_upcall(v, info);
}

bool evtchn_upcall_pending(struct vcpu *v) {
    struct vcpu_info *info = load_acquire(&v->info);
    return info && load_relaxed(&info->evtchn_upcall_pending);
}

void evtchn_vcpu_info_changed(struct vcpu *v) {
    store_relaxed(&v->info->evtchn_pending_sel, ~0ULL);
    store_relaxed(&v->info->evtchn_upcall_pending, 1);
    smp_mb(); // the flag is there when the interrupt is
    (void)vgic_inject_ppi(v, v->domain->arch.evtchn_ppi);
}

// The pending bit is set: selector, then upcall. Ports of a vCPU without vcpu_info wait for its
// registration, which selects everything.
static inline int64_t select_word(struct vcpu *v, uint64_t port) {
    struct vcpu_info *info = peek_pointer(&v->info);
    uint64_t old;
    if (unlikely(!info) || unlikely(!shared_or64(&info->evtchn_pending_sel, BIT(WORD(port)), &old)))
        return 0;
    return old >> WORD(port) & 1 ? 0 : show_upcall(v, info);
}

void evtchn_2l_clear_pending(struct domain *d, port_t port) {
    uint64_t old;
    (void)shared_update64(&d->shared_info->evtchn_pending[WORD(port)], PORT_BIT(port), 0, &old);
}

bool evtchn_2l_is_pending(struct domain *d, port_t port) {
    return load_relaxed(&d->shared_info->evtchn_pending[WORD(port)]) & PORT_BIT(port);
}

void evtchn_2l_unmask(struct domain *d, struct evtchn *c, port_t port) {
    struct vcpu *v = domain_vcpu(d, c->vcpu);
    uint64_t old;
    if (!shared_update64(&d->shared_info->evtchn_mask[WORD(port)], PORT_BIT(port), 0, &old))
        return;
    if (v && (old & PORT_BIT(port)) && evtchn_2l_is_pending(d, port))
        (void)select_word(v, port);
}

static void wake_poller(struct domain *d, struct vcpu *v) {
    (void)atomic_and(&d->evtchn.poll_mask, ~(1U << v->id));
    store_relaxed(&v->polling, false);
    vcpu_wake(v);
}

static __attribute__((noinline)) void wake_pollers(struct domain *d, port_t port) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        port_t wanted = load_relaxed(&v->poll_port);
        if ((load_relaxed(&d->evtchn.poll_mask) & (1U << i)) && (wanted == 0 || wanted == port))
            wake_poller(d, v);
    }
}

// `v`: to be shown the event by the two-level ABI, NULL for nobody.
static __attribute__((noinline)) int64_t notify_rarely(struct domain *d, struct evtchn *c,
                                                       port_t port, struct vcpu *v) {
    if (v)
        (void)select_word(v, port);
    if (load_relaxed(&d->evtchn.fifo)) { // perhaps only since the bits were set
        evtchn_fifo_set_pending(d, c, port);
        smp_mb(); // as in notify
    }
    if (load_relaxed(&d->evtchn.poll_mask))
        wake_pollers(d, port);
    return 0;
}

// `vcpu` is in the port's link. 0, as sending ends with it.
static inline int64_t notify(struct domain *d, struct evtchn *c, unsigned vcpu, uint64_t port) {
    struct shared_info *shared = d->shared_info;
    uint64_t old;
    if (unlikely(peek_word(&d->evtchn.fifo)))
        return notify_rarely(d, c, (port_t)port, NULL);
    bool set = shared_or64(&shared->evtchn_pending[WORD(port)], PORT_BIT(port), &old);
    smp_mb(); // the event before mask, ABI and sleepers are looked at: others do it the other way
    old |= peek_word(&shared->evtchn_mask[WORD(port)]);
    bool show = likely(set) && !(old >> port % 64 & 1);
    struct vcpu *v = show ? d->vcpu[vcpu] : NULL; // it was there at the binding, and stays
    if (unlikely(peek_word(&d->evtchn.fifo) | peek_word(&d->evtchn.poll_mask)))
        return notify_rarely(d, c, (port_t)port, v);
    return show ? select_word(v, port) : 0;
}

static inline struct evtchn link_of(const struct evtchn *c) {
    return (struct evtchn){.link = peek_word(&c->link)};
}

void evtchn_notify(struct domain *d, struct evtchn *c, port_t port) {
    (void)notify(d, c, link_of(c).vcpu, port);
}

static inline struct evtchn *port_entry(struct domain *d, port_t port) {
    if (unlikely(port > d->evtchn.max_port))
        return NULL;
    port = (port_t)index_nospec(port, EVTCHN_MAX_PORTS);
    struct evtchn *bucket = peek_pointer(&d->evtchn.bucket[port / EVTCHN_PER_BUCKET]);
    return bucket ? &bucket[port % EVTCHN_PER_BUCKET] : NULL;
}

struct evtchn *evtchn_get(struct domain *d, port_t port) {
    return port_entry(d, port);
}

static __attribute__((noinline)) int64_t tell_vuart(struct domain *d) {
    vuart_notified(d);
    return 0;
}

int64_t evtchn_send(struct domain *d, port_t port) {
    struct evtchn *c = port_entry(d, port);
    if (unlikely(!c))
        return fail(-EINVAL);
    struct evtchn at = link_of(c);
    uint64_t to = port;
    if (at.state != EVTCHN_IPI) {
        struct evtchn *far = peek_pointer(&c->far);
        if (unlikely(at.state != EVTCHN_INTERDOMAIN)) // UNBOUND: nobody listens yet, or any more
            return at.state == EVTCHN_UNBOUND ? 0 : fail(-EINVAL);
        if (unlikely(!far))
            return 0;
        // It must be bound to this port: one that is closed or bound anew is somebody else's.
        at = link_of(far);
        if (unlikely(at.link != evtchn_link(EVTCHN_INTERDOMAIN, at.vcpu, d->id, port)))
            return 0;
        c = far;
        d = far->domain;
        to = far->port;
        if (unlikely(at.vcpu == EVTCHN_FOR_HYP))
            return tell_vuart(d);
    }
    return notify(d, c, at.vcpu, to);
}

static void poll_expired(void *arg) {
    struct vcpu *v = arg;
    if (load_relaxed(&v->polling))
        wake_poller(v->domain, v);
}

// 1: one is pending, 0: none, -EINVAL: one is no port.
static int any_pending(struct domain *d, const port_t *ports, uint32_t n) {
    int found = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct evtchn *c = evtchn_get(d, ports[i]);
        if (!c || c->state == EVTCHN_FREE || c->state == EVTCHN_RESERVED)
            return fail(-EINVAL);
        if (load_acquire(&d->evtchn.fifo) ? evtchn_fifo_is_pending(d, c, ports[i])
                                          : evtchn_2l_is_pending(d, ports[i]))
            found = 1;
    }
    return found;
}

int evtchn_poll(struct vcpu *v, const port_t *ports, uint32_t n, uint64_t timeout) {
    struct domain *d = v->domain;
    spin_lock(&d->evtchn.lock); // against reset, which takes the event words away
    int pending = any_pending(d, ports, n);
    spin_unlock(&d->evtchn.lock);
    if (pending < 0)
        return pending;
    if (pending || evtchn_upcall_pending(v) || (timeout && timeout <= time_ns()))
        return 0;
    timer_cancel(&v->poll_timer);
    timer_init(&v->poll_timer, poll_expired, v);
    store_relaxed(&v->poll_port, n == 1 ? ports[0] : 0);
    store_relaxed(&v->polling, true);
    (void)atomic_or(&d->evtchn.poll_mask, 1U << v->id);
    vcpu_block(v);
    smp_mb(); // asleep before the ports are looked at again: evtchn_notify does it the other way
    spin_lock(&d->evtchn.lock);
    pending = any_pending(d, ports, n);
    spin_unlock(&d->evtchn.lock);
    if (pending || evtchn_upcall_pending(v))
        wake_poller(d, v);
    else if (timeout)
        timer_set(&v->poll_timer, timeout);
    return 0;
}
