// SPDX-License-Identifier: Apache-2.0
// Event channel ports: allocation, binding, closing, VIRQs, limits. Sending is in evtchn_send.c,
// the FIFO ABI in evtchn_fifo.c. Owns LOCK_EVTCHN of each domain; an interdomain port is bound and
// closed under the locks of both ends, so a sender needs only its own. A dying domain gets no new
// port (R11). Worst case: EVTCHN_STEP ports closed.
#include "evtchn_delivery.h"
#include <core/domain.h>
#include <core/errno.h>
#include <core/index.h>
#include <core/log.h>
#include <core/page.h>
#include <core/percpu.h>
#include <lib/string.h>

#define LOCK_PAIR_TRIES 8

static bool is_dying(const struct domain *d) { return load_relaxed(&d->life) != DOMAIN_ALIVE; }

// Publishes the port's new meaning. The other end goes last: no sender finds it later than the
// grace period that begins when all of a domain's ports are closed.
static void set_link(struct evtchn *c, enum evtchn_state state, uint32_t vcpu, domid_t domid,
                     port_t port) {
    store_release(&c->link, evtchn_link(state, vcpu, domid, port));
    if (state != EVTCHN_INTERDOMAIN)
        store_relaxed(&c->far, NULL);
}

static void connect(struct evtchn *c, struct evtchn *rc, uint32_t remote_vcpu) {
    store_release(&c->far, rc);
    store_release(&rc->far, c);
    set_link(c, EVTCHN_INTERDOMAIN, 0, rc->domain->id, rc->port);
    set_link(rc, EVTCHN_INTERDOMAIN, remote_vcpu, c->domain->id, c->port);
}

static int make_bucket(struct domain *d, size_t n) {
    struct evtchn *bucket = domain_page_get(d); // zeroed: all EVTCHN_FREE
    if (!bucket)
        return fail(-ENOMEM);
    for (unsigned i = 0; i < EVTCHN_PER_BUCKET; i++) {
        bucket[i].domain = d;
        bucket[i].port = (uint16_t)(n * EVTCHN_PER_BUCKET + i);
    }
    store_release(&d->evtchn.bucket[n], bucket);
    return 0;
}

static void clear_pending(struct domain *d, struct evtchn *c, port_t port) {
    if (d->evtchn.fifo)
        evtchn_fifo_clear_pending(d, c, port);
    else
        evtchn_2l_clear_pending(d, port);
}

// Takes the port, which is free; its bucket is made if need be. Caller holds the domain's lock and
// fills the entry.
static int take_port(struct domain *d, size_t free, struct evtchn **out) {
    struct evtchn_domain *e = &d->evtchn;
    if (is_dying(d))
        return fail(-EINVAL);
    if (free > e->max_port)
        return fail(-ENOSPC);
    size_t n = free / EVTCHN_PER_BUCKET;
    int err = e->bucket[n] ? 0 : make_bucket(d, n);
    if (err)
        return err;
    bitmap_set(e->used, free);
    *out = &e->bucket[n][free % EVTCHN_PER_BUCKET];
    // A reused port keeps last_vcpu and last_priority: it may still be the tail of that queue.
    store_relaxed(&(*out)->priority, EVTCHN_FIFO_PRIORITY_DEFAULT);
    clear_pending(d, *out, (port_t)free); // of a sender that was late
    return 0;
}

// The lowest free port.
static int alloc_port(struct domain *d, port_t *port, struct evtchn **out) {
    size_t free = bitmap_next_clear(d->evtchn.used, EVTCHN_MAX_PORTS, 1);
    *port = (port_t)free;
    return take_port(d, free, out);
}

static void free_port(struct domain *d, struct evtchn *c, port_t port) {
    set_link(c, EVTCHN_FREE, 0, 0, 0);
    clear_pending(d, c, port);
    bitmap_clear(d->evtchn.used, port);
}

// Both locks, by ascending domid; a == b takes one.
static void lock_two(struct domain *a, struct domain *b) NO_THREAD_SAFETY {
    struct domain *first = a->id <= b->id ? a : b, *second = first == a ? b : a;
    spin_lock(&first->evtchn.lock);
    if (first != second)
        spin_lock_nested(&second->evtchn.lock);
}

static void unlock_two(struct domain *a, struct domain *b) NO_THREAD_SAFETY {
    if (a != b)
        spin_unlock(&b->evtchn.lock);
    spin_unlock(&a->evtchn.lock);
}

static struct domain *peer_of(struct domain *d, const struct evtchn *c) {
    struct domain *peer = c->state == EVTCHN_INTERDOMAIN ? domain_get(c->remote_domid) : NULL;
    return peer ? peer : d;
}

// Locks the domain and the port's peer. The peer is read without a lock first, so it is looked at
// again; a domain that keeps rebinding the port only makes its own call fail (-EAGAIN).
static int lock_with_peer(struct domain *d, struct evtchn *c,
                          struct domain **peer) NO_THREAD_SAFETY {
    for (unsigned i = 0; i < LOCK_PAIR_TRIES; i++) {
        spin_lock(&d->evtchn.lock);
        *peer = peer_of(d, c);
        spin_unlock(&d->evtchn.lock);
        lock_two(d, *peer);
        if (peer_of(d, c) == *peer)
            return 0;
        unlock_two(d, *peer);
    }
    return fail(-EAGAIN);
}

static int alloc_unbound(struct domain *d, domid_t remote, uint8_t vcpu, port_t *port) {
    struct evtchn *c;
    spin_lock(&d->evtchn.lock);
    int err = alloc_port(d, port, &c);
    if (!err)
        set_link(c, EVTCHN_UNBOUND, vcpu, remote, 0);
    spin_unlock(&d->evtchn.lock);
    return err;
}

int evtchn_alloc_unbound(struct domain *d, domid_t remote, port_t *port) {
    return alloc_unbound(d, remote, 0, port);
}

int evtchn_alloc_for_hyp(struct domain *d, domid_t remote, port_t *port) {
    return alloc_unbound(d, remote, EVTCHN_FOR_HYP, port);
}

int evtchn_bind_interdomain(struct domain *local, struct domain *remote, port_t remote_port,
                            port_t *port) {
    struct evtchn *rc = evtchn_get(remote, remote_port), *c;
    if (!rc)
        return fail(-EINVAL);
    lock_two(local, remote);
    int err = rc->state == EVTCHN_UNBOUND && rc->remote_domid == local->id
                  ? alloc_port(local, port, &c)
                  : fail(-EINVAL);
    if (!err) {
        connect(c, rc, rc->vcpu);
        // What was sent to the unbound port is lost: one event makes the binder look.
        evtchn_notify(local, c, *port);
    }
    unlock_two(local, remote);
    return err;
}

// The port if it is free, or waits for just that domain.
static int claim_port(struct domain *d, port_t port, const struct domain *peer,
                      struct evtchn **out) {
    if (!bitmap_test(d->evtchn.used, port))
        return take_port(d, port, out);
    *out = evtchn_get(d, port);
    bool waits = *out && (*out)->state == EVTCHN_UNBOUND && (*out)->remote_domid == peer->id;
    return waits ? 0 : fail(-EBUSY);
}

int evtchn_bind_static(struct domain *a, port_t port_a, struct domain *b, port_t port_b) {
    struct evtchn *ca, *cb;
    lock_two(a, b);
    int err = claim_port(a, port_a, b, &ca);
    if (!err) {
        err = claim_port(b, port_b, a, &cb);
        if (err)
            free_port(a, ca, port_a);
    }
    if (!err)
        connect(ca, cb, 0);
    unlock_two(a, b);
    return err;
}

static bool virq_is_global(uint32_t virq) {
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

// Where the port of a VIRQ < NR_VIRQS is remembered.
static port_t *virq_slot(struct vcpu *v, uint32_t virq) {
    virq = (uint32_t)index_nospec(virq, NR_VIRQS);
    return virq_is_global(virq) ? &v->domain->evtchn.virq_port[virq] : &v->virq_port[virq];
}

int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu, port_t *port) {
    struct evtchn *c;
    struct vcpu *v = domain_vcpu(d, vcpu);
    if (virq >= NR_VIRQS || (virq_is_global(virq) && vcpu != 0))
        return fail(-EINVAL);
    if (!v)
        return fail(-ENOENT);
    spin_lock(&d->evtchn.lock);
    port_t *slot = virq_slot(v, virq);
    int err = *slot ? fail(-EEXIST) : alloc_port(d, port, &c);
    if (!err) {
        c->virq = (uint8_t)virq;
        set_link(c, EVTCHN_VIRQ, vcpu, 0, 0);
        *slot = *port;
    }
    spin_unlock(&d->evtchn.lock);
    return err;
}

int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, port_t *port) {
    struct evtchn *c;
    if (!domain_vcpu(d, vcpu))
        return fail(-ENOENT);
    spin_lock(&d->evtchn.lock);
    int err = alloc_port(d, port, &c);
    if (!err)
        set_link(c, EVTCHN_IPI, vcpu, 0, 0);
    spin_unlock(&d->evtchn.lock);
    return err;
}

// The VIRQ's slot: a global one's in the domain, else in the vCPU it was bound on, which bind_vcpu
// never changes.
static void unbind_virq(struct domain *d, const struct evtchn *c) {
    *virq_slot(d->vcpu[virq_is_global(c->virq) ? 0 : c->vcpu], c->virq) = 0;
}

int evtchn_close(struct domain *d, port_t port) {
    struct evtchn *c = evtchn_get(d, port);
    struct domain *peer;
    if (!c)
        return fail(-EINVAL);
    int err = lock_with_peer(d, c, &peer);
    if (err)
        return err;
    if (c->state == EVTCHN_FREE || c->state == EVTCHN_RESERVED)
        err = fail(-EINVAL);
    if (!err && c->state == EVTCHN_VIRQ)
        unbind_virq(d, c);
    struct evtchn *rc =
        !err && c->state == EVTCHN_INTERDOMAIN ? evtchn_get(peer, c->remote_port) : NULL;
    if (rc)
        set_link(rc, EVTCHN_UNBOUND, rc->vcpu, d->id, 0);
    if (!err)
        free_port(d, c, port);
    unlock_two(d, peer);
    return err;
}

int evtchn_status(struct domain *d, struct evtchn_status *s) {
    struct evtchn *c = evtchn_get(d, s->port);
    if (!c)
        return fail(-EINVAL);
    spin_lock(&d->evtchn.lock);
    switch (c->state) {
    case EVTCHN_UNBOUND:
        s->status = EVTCHNSTAT_unbound;
        s->u.unbound.dom = c->remote_domid;
        break;
    case EVTCHN_INTERDOMAIN:
        s->status = EVTCHNSTAT_interdomain;
        s->u.interdomain.dom = c->remote_domid;
        s->u.interdomain.port = c->remote_port;
        break;
    case EVTCHN_VIRQ:
        s->status = EVTCHNSTAT_virq;
        s->u.virq = c->virq;
        break;
    case EVTCHN_IPI:
        s->status = EVTCHNSTAT_ipi;
        break;
    default:
        s->status = EVTCHNSTAT_closed;
    }
    s->vcpu = c->state == EVTCHN_FREE ? 0 : c->vcpu;
    spin_unlock(&d->evtchn.lock);
    return 0;
}

int evtchn_bind_vcpu(struct domain *d, port_t port, uint32_t vcpu) {
    struct evtchn *c = evtchn_get(d, port);
    if (!domain_vcpu(d, vcpu))
        return fail(-ENOENT);
    if (!c)
        return fail(-EINVAL);
    spin_lock(&d->evtchn.lock);
    bool movable = c->state == EVTCHN_UNBOUND || c->state == EVTCHN_INTERDOMAIN ||
                   (c->state == EVTCHN_VIRQ && virq_is_global(c->virq));
    if (movable)
        set_link(c, c->state, vcpu, c->remote_domid, c->remote_port);
    spin_unlock(&d->evtchn.lock);
    return movable ? 0 : fail(-EINVAL);
}

int evtchn_unmask(struct domain *d, port_t port) {
    struct evtchn *c = evtchn_get(d, port);
    if (!c)
        return fail(-EINVAL);
    spin_lock(&d->evtchn.lock);
    bool bound = c->state != EVTCHN_FREE && c->state != EVTCHN_RESERVED;
    if (bound && d->evtchn.fifo)
        evtchn_fifo_unmask(d, c, port);
    else if (bound)
        evtchn_2l_unmask(d, c, port);
    spin_unlock(&d->evtchn.lock);
    return bound ? 0 : fail(-EINVAL);
}

bool evtchn_reset_step(struct domain *d) {
    for (unsigned i = 0; i < EVTCHN_STEP; i++) {
        bool more = true;
        spin_lock(&d->evtchn.lock);
        size_t port = bitmap_next_set(d->evtchn.used, EVTCHN_MAX_PORTS, 1);
        if (port >= EVTCHN_MAX_PORTS) // under the same lock: nobody binds one meanwhile
            more = evtchn_fifo_leave(d);
        spin_unlock(&d->evtchn.lock);
        if (port >= EVTCHN_MAX_PORTS)
            return more;
        if (evtchn_close(d, (port_t)port)) // another vCPU was faster, or rebinds in a loop
            break;
    }
    return true;
}

bool evtchn_relinquish_step(struct domain *d) {
    if (evtchn_reset_step(d))
        return false;
    if (!d->evtchn.closed) { // a dying domain gets no port any more: this is the last time
        d->evtchn.closed = true;
        d->evtchn.epoch = quiesce_begin();
    }
    return quiesce_done(d->evtchn.epoch);
}

void evtchn_raise_virq(struct vcpu *v, uint32_t virq) {
    struct domain *d = v->domain;
    if (virq >= NR_VIRQS)
        return;
    spin_lock(&d->evtchn.lock);
    port_t port = *virq_slot(v, virq);
    struct evtchn *c = port ? evtchn_get(d, port) : NULL;
    if (c && c->state == EVTCHN_VIRQ)
        evtchn_notify(d, c, port);
    spin_unlock(&d->evtchn.lock);
}

// By id: a handler that has gone is not found.
static domid_t virq_handler[NR_VIRQS]; // 0: the default

int evtchn_set_virq_handler(struct domain *d, uint32_t virq) {
    if (virq >= NR_VIRQS || !virq_is_global(virq))
        return fail(-EINVAL);
    store_relaxed(&virq_handler[virq], d->id);
    return 0;
}

void evtchn_raise_global_virq(struct domain *d, uint32_t virq) {
    domid_t id = load_relaxed(&virq_handler[virq]);
    struct domain *handler = id ? domain_get(id) : NULL;
    if (handler)
        d = handler;
    if (d && d->nr_vcpus)
        evtchn_raise_virq(d->vcpu[0], virq);
}

void evtchn_set_limit(struct domain *d, uint32_t max_port) {
    d->evtchn.max_port = MIN(max_port, EVTCHN_MAX_PORTS - 1U);
}

int evtchn_create(struct domain *d) {
    spin_lock_init(&d->evtchn.lock, LOCK_EVTCHN);
    spin_lock_init(&d->evtchn.fifo_lock, LOCK_EVTCHN);
    evtchn_set_limit(d, UINT32_MAX);
    bitmap_set(d->evtchn.used, 0); // port 0 is no port
    // The shared page has room for XEN_LEGACY_MAX_VCPUS; the others register theirs.
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        d->vcpu[i]->info = i < XEN_LEGACY_MAX_VCPUS ? &d->shared_info->vcpu_info[i] : NULL;
    int err = make_bucket(d, 0);
    if (!err)
        set_link(d->evtchn.bucket[0], EVTCHN_RESERVED, 0, 0, 0);
    return err;
}

void evtchn_dump(struct domain *d) {
    static const char *const names[] = {"free",        "reserved", "unbound",
                                        "interdomain", "virq",     "ipi"};
    log_notice("d%u: event channels, %s", d->id, d->evtchn.fifo ? "FIFO" : "two-level");
    for (size_t port = 1; port < EVTCHN_MAX_PORTS; port++) {
        port = bitmap_next_set(d->evtchn.used, EVTCHN_MAX_PORTS, port);
        struct evtchn *c = evtchn_get(d, (port_t)port);
        if (c)
            log_notice("  %4zu %-11s vcpu %u d%u:%u virq %u", port, names[c->state], c->vcpu,
                       c->remote_domid, c->remote_port, c->virq);
    }
}
