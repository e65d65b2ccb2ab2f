// SPDX-License-Identifier: Apache-2.0
// FIFO delivery (xen/event_channel.h): one word a port in pages of the guest's, sixteen queues a
// vCPU that are linked through the words, heads and ready bits in the vCPU's control block. Words
// and control blocks are the guest's to scribble on: nothing read from them is used as an index,
// every update is bounded (R12). Owns the domain's fifo_lock (heads, tails, links). Worst case:
// EVTCHN_STEP ports of a sweep.
#include "evtchn_delivery.h"
#include <core/domain.h>
#include <core/index.h>
#include <core/log.h>
#include <core/shared_word.h>
#include <lib/string.h>

#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED (1U << EVTCHN_FIFO_MASKED)
#define LINKED (1U << EVTCHN_FIFO_LINKED)
#define BUSY (1U << EVTCHN_FIFO_BUSY)
#define LINK_TRIES 32

// The port's event word, NULL where no page has been given yet.
static uint32_t *word_of(struct domain *d, port_t port) {
    if (port >= EVTCHN_MAX_PORTS)
        return NULL;
    port = (port_t)index_nospec(port, EVTCHN_MAX_PORTS);
    uint32_t *page = load_acquire(&d->evtchn.fifo_array[port / EVTCHN_FIFO_WORDS_PER_PAGE]);
    return page ? &page[port % EVTCHN_FIFO_WORDS_PER_PAGE] : NULL;
}

// Hangs `port` behind the queue's last event. False when that one has left the queue meanwhile: the
// queue is empty. BUSY in the second half of the tries asks the guest to leave the word alone.
static bool set_link(uint32_t *tail, port_t port) {
    uint32_t old;
    for (unsigned i = 0; i < LINK_TRIES; i++) {
        if (i == LINK_TRIES / 2 && !shared_update32(tail, 0, BUSY, &old))
            break;
        uint32_t seen = load_acquire(tail);
        if (!(seen & LINKED))
            break;
        uint32_t want = (seen & ~(EVTCHN_FIFO_LINK_MASK | BUSY)) | port;
        if (__atomic_compare_exchange_n(tail, &seen, want, true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return true;
    }
    if (load_relaxed(tail) & BUSY)
        (void)shared_update32(tail, BUSY, 0, &old);
    return false;
}

// The port becomes the tail of its vCPU's queue. True when the queue was empty: its head has been
// set.
static bool enqueue(struct domain *d, struct evtchn *c, port_t port, struct vcpu *v,
                    struct evtchn_fifo_control_block *control) {
    struct vcpu *last = d->vcpu[c->last_vcpu];
    uint8_t priority = load_relaxed(&c->priority);
    // An event that was the tail of a queue has been consumed: that queue is empty.
    if (last->evtchn.tail[c->last_priority] == port)
        last->evtchn.tail[c->last_priority] = 0;
    c->last_vcpu = (uint8_t)v->id;
    c->last_priority = priority;
    port_t tail = v->evtchn.tail[priority];
    uint32_t *tail_word = tail ? word_of(d, tail) : NULL;
    bool linked = tail_word && set_link(tail_word, port);
    if (!linked)
        store_relaxed(&control->head[priority], port);
    v->evtchn.tail[priority] = port;
    return !linked;
}

static void link_port(struct domain *d, struct evtchn *c, port_t port, uint32_t *word) {
    struct vcpu *v = domain_vcpu(d, load_relaxed(&c->vcpu));
    uint32_t old;
    bool was_empty = false;
    if (!v)
        return;
    spin_lock_nested(&d->evtchn.fifo_lock);
    struct evtchn_fifo_control_block *control = load_acquire(&v->evtchn.control);
    if (!control) {
        // Not lost: init_control of that vCPU sweeps for it.
        store_relaxed(&d->evtchn.missed, true);
    } else if (shared_update32(word, 0, LINKED, &old) && !(old & LINKED)) {
        was_empty = enqueue(d, c, port, v, control);
    }
    uint32_t ready = 1U << c->last_priority;
    spin_unlock(&d->evtchn.fifo_lock);
    // The head is visible before its ready bit (the update releases).
    if (was_empty && shared_update32(&control->ready, 0, ready, &old) && !(old & ready))
        evtchn_mark_upcall(v);
}

// No page for the port's word yet: remembered in the port. Whoever comes second, this or expand,
// sees the other's store.
static uint32_t *remember(struct domain *d, struct evtchn *c, port_t port) {
    store_relaxed(&c->pending, true);
    store_relaxed(&d->evtchn.missed, true);
    smp_mb();
    return word_of(d, port);
}

void evtchn_fifo_set_pending(struct domain *d, struct evtchn *c, port_t port) {
    uint32_t *word = word_of(d, port);
    uint32_t old;
    if (unlikely(!word)) {
        word = remember(d, c, port);
        if (!word)
            return;
    }
    if (shared_update32(word, 0, PENDING, &old) && !(old & (MASKED | LINKED)))
        link_port(d, c, port, word);
}

void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *c, port_t port) {
    uint32_t *word = word_of(d, port);
    uint32_t old;
    store_relaxed(&c->pending, false);
    if (word)
        (void)shared_update32(word, PENDING, 0, &old);
}

bool evtchn_fifo_is_pending(struct domain *d, struct evtchn *c, port_t port) {
    uint32_t *word = word_of(d, port);
    return word ? load_relaxed(word) & PENDING : load_relaxed(&c->pending);
}

void evtchn_fifo_unmask(struct domain *d, struct evtchn *c, port_t port) {
    uint32_t *word = word_of(d, port);
    uint32_t old;
    if (!word || !shared_update32(word, MASKED, 0, &old))
        return;
    if ((old & PENDING) && !(old & LINKED))
        link_port(d, c, port, word);
}

// First control block of the domain: every port goes over to event words; what is pending in the
// two-level bits is found by the sweep of the first expand_array.
static void switch_abi(struct domain *d) {
    store_relaxed(&d->evtchn.missed, true);
    store_release(&d->evtchn.fifo, 1);
    smp_mb(); // pairs with evtchn_notify: a sender that still used the bits sees the switch
}

int evtchn_fifo_init_control(struct domain *d, uint32_t vcpu, gfn_t gfn, uint32_t offset) {
    struct vcpu *v = domain_vcpu(d, vcpu);
    struct pinned pin;
    if (!v)
        return fail(-ENOENT);
    if (offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) || offset % 8)
        return fail(-EINVAL);
    int err = pin_frame(d, gfn, &pin);
    if (err)
        return err;
    spin_lock(&d->evtchn.lock);
    if (v->evtchn.control) {
        err = fail(-EINVAL);
    } else if (d->evtchn.leaving) {
        err = fail(-EBUSY); // another vCPU's reset is not through
    } else {
        struct evtchn_fifo_control_block *control = (void *)((char *)pin.va + offset);
        memset(control, 0, sizeof(*control));
        memset(v->evtchn.tail, 0, sizeof(v->evtchn.tail));
        v->evtchn.control_page = pin;
        if (!d->evtchn.fifo)
            switch_abi(d);
        store_release(&v->evtchn.control, control);
    }
    spin_unlock(&d->evtchn.lock);
    if (err)
        unpin_frame(&pin);
    return err;
}

int evtchn_fifo_expand(struct domain *d, gfn_t gfn) {
    struct pinned pin;
    int err = pin_frame(d, gfn, &pin);
    if (err)
        return err;
    spin_lock(&d->evtchn.lock);
    uint32_t n = d->evtchn.fifo_pages;
    if (!d->evtchn.fifo) {
        err = fail(-EOPNOTSUPP);
    } else if (n >= EVTCHN_FIFO_PAGES) {
        err = fail(-ENOSPC);
    } else {
        d->evtchn.fifo_page[n] = pin;
        d->evtchn.fifo_pages = n + 1;
        store_release(&d->evtchn.fifo_array[n], (uint32_t *)pin.va);
        smp_mb(); // pairs with remember()
    }
    spin_unlock(&d->evtchn.lock);
    if (err)
        unpin_frame(&pin);
    return err;
}

// Delivers one port again if its event could not be queued when it was sent.
static void sweep_port(struct domain *d, port_t port) {
    struct evtchn *c = evtchn_get(d, port);
    uint32_t *word = word_of(d, port);
    if (!c)
        return;
    if (!word) { // still nowhere to put it
        if (load_relaxed(&c->pending) || evtchn_2l_is_pending(d, port))
            store_relaxed(&d->evtchn.missed, true);
        return;
    }
    bool waiting = atomic_swap(&c->pending, false);
    if (evtchn_2l_is_pending(d, port)) {
        evtchn_2l_clear_pending(d, port);
        waiting = true;
    }
    uint32_t seen = load_relaxed(word);
    if (waiting)
        evtchn_fifo_set_pending(d, c, port);
    else if ((seen & (PENDING | MASKED | LINKED)) == PENDING)
        link_port(d, c, port, word);
}

bool evtchn_fifo_sweep(struct vcpu *v) {
    struct domain *d = v->domain;
    uint32_t *next = &v->evtchn.sweep_next;
    bool more = true;
    spin_lock(&d->evtchn.lock);
    if (*next == 0) { // 0 is no port: nothing under way
        more = d->evtchn.fifo && atomic_swap(&d->evtchn.missed, false);
        *next = 1;
    }
    for (unsigned i = 0; more && i < EVTCHN_STEP; i++) {
        size_t port = bitmap_next_set(d->evtchn.used, EVTCHN_MAX_PORTS, *next);
        more = d->evtchn.fifo && port < EVTCHN_MAX_PORTS;
        if (more)
            sweep_port(d, (port_t)port);
        *next = (uint32_t)port + 1;
    }
    if (!more)
        *next = 0;
    spin_unlock(&d->evtchn.lock);
    return more;
}

static void stop(struct domain *d) {
    store_release(&d->evtchn.fifo, 0);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        store_release(&d->vcpu[i]->evtchn.control, NULL);
    for (uint32_t i = 0; i < d->evtchn.fifo_pages; i++)
        store_release(&d->evtchn.fifo_array[i], NULL);
}

static void release(struct domain *d) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct evtchn_vcpu *e = &d->vcpu[i]->evtchn;
        unpin_frame(&e->control_page);
        memset(e->tail, 0, sizeof(e->tail));
    }
    for (uint32_t i = 0; i < d->evtchn.fifo_pages; i++)
        unpin_frame(&d->evtchn.fifo_page[i]);
    d->evtchn.fifo_pages = 0;
}

// No port is in use: a domain with FIFO goes back to two-level, and when no sender looks at its
// event words any more they are given back. True: not yet. Caller holds the lock.
bool evtchn_fifo_leave(struct domain *d) {
    struct evtchn_domain *e = &d->evtchn;
    if (e->fifo) {
        stop(d);
        e->leaving = true;
        e->epoch = quiesce_begin();
    }
    if (e->leaving && quiesce_done(e->epoch)) {
        release(d);
        e->leaving = false;
    }
    return e->leaving;
}

int evtchn_set_priority(struct domain *d, port_t port, uint32_t priority) {
    struct evtchn *c = evtchn_get(d, port);
    int err = 0;
    if (!c)
        return fail(-EINVAL);
    spin_lock(&d->evtchn.lock);
    if (c->state == EVTCHN_FREE || c->state == EVTCHN_RESERVED)
        err = fail(-EINVAL);
    else if (!d->evtchn.fifo)
        err = fail(-ENOSYS);
    else if (priority > EVTCHN_FIFO_PRIORITY_MIN)
        err = fail(-EINVAL);
    else
        store_relaxed(&c->priority, (uint8_t)priority);
    spin_unlock(&d->evtchn.lock);
    return err;
}
