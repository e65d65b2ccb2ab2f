// SPDX-License-Identifier: Apache-2.0
// The end of a domain. Destruction gives back what it holds in bounded steps, called again by the
// control domain's continuation. What others hold of it (mapped frames) keeps it DEAD, still
// listed; when the last frame is let go of, domain_reap takes it out of the table and, when every
// CPU has passed the exit room since, frees its memory. Locking: LOCK_DOMAIN to change `life`,
// LOCK_DOMAIN_LIST for the table. Worst case: a step is RELEASE_BUDGET frames.

#include "domain_table.h"
#include <arch/vuart.h>
#include <core/domain.h>
#include <core/evtchn.h>
#include <core/grant.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/page.h>
#include <core/percpu.h>
#include <core/physmap.h>
#include <core/pin.h>

#define RELEASE_ORDER 6   // frames given back at once, of a larger leaf
#define RELEASE_BUDGET 64 // a step: frames, and LEAF_COST for each leaf's look-up and lists
#define LEAF_COST 4

// What a leaf held; the cost against RELEASE_BUDGET.
static unsigned release_leaf(enum p2m_type t, mfn_t mfn, unsigned order) {
    switch (t) {
    case P2M_RAM:
    case P2M_RAM_RO:
        page_release(page_of(mfn), 1U << order);
        return (1U << order) + LEAF_COST;
    case P2M_FOREIGN:
        page_put(page_of(mfn));
        return 1 + LEAF_COST;
    default:
        return 1;
    }
}

// Nothing runs on the map, nothing changes it any more, and no TLB has anything of it.
static bool release_memory(struct domain *d) {
    struct p2m *m = &d->p2m;
    for (unsigned budget = RELEASE_BUDGET; budget;) {
        mfn_t mfn;
        unsigned order;
        if (m->cursor > m->max_gfn)
            return true;
        enum p2m_type t = stage2_lookup(&m->s2, gfn_of(m->cursor), &mfn, &order);
        if (t == P2M_RAM || t == P2M_RAM_RO)
            order = MIN(order, (unsigned)RELEASE_ORDER);
        unsigned cost = release_leaf(t, mfn, order);
        budget -= MIN(cost, budget);
        m->cursor = ALIGN_DOWN(m->cursor, 1ULL << order) + (1ULL << order);
    }
    return false;
}

static bool release_fill(struct domain *d) { return physmap_fill_drop(d); }

static bool release_vcpus(struct domain *d) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        domain_release_areas(d->vcpu[i]);
    vuart_destroy(d);
    unpin_frame(&d->monitor_ring);
    page_claim_drop(d);
    domain_vcpus_remove(d);
    p2m_close(d);
    return true;
}

// In this order: what others may still touch is closed first.
static bool (*const steps[])(struct domain *d) = {
    domain_at_rest, irq_release_step, evtchn_relinquish_step, grant_relinquish_step,
    release_vcpus,  release_fill,     release_memory,
};

static void begin(struct domain *d) {
    spin_lock(&d->lock);
    if (d->life == DOMAIN_ALIVE) {
        d->life = DOMAIN_DYING;
        for (uint32_t i = 0; i < d->nr_vcpus; i++)
            vcpu_pause(d->vcpu[i]);
    }
    spin_unlock(&d->lock);
}

static bool step(struct domain *d) {
    if (d->life == DOMAIN_ALIVE)
        begin(d);
    if (restart_busy(d))
        return false;
    if (d->dying_step < ARRAY_SIZE(steps)) {
        if (steps[d->dying_step](d))
            d->dying_step++;
        return false;
    }
    if (d->life == DOMAIN_DEAD)
        return true;
    d->life = DOMAIN_DEAD;
    smp_mb(); // dead before the last look: who drops the last frame does it the other way round
    domain_maybe_gone(d);
    evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC); // back ends let go of its pages
    return true;
}

bool domain_destroy_step(struct domain *d) {
    if (atomic_swap(&d->in_step, true))
        return false; // another CPU is at it: what a step gives back is given back once
    bool done = step(d);
    store_release(&d->in_step, false);
    return done;
}

static bool domain_is_gone(struct domain *d) {
    return load_acquire(&d->life) == DOMAIN_DEAD && load_acquire(&d->tot_pages) == 0 &&
           !grant_frames_lent(d) && !page_is_lent(pa_mfn(va_pa(d->shared_info)));
}

void domain_maybe_gone(struct domain *d) {
    if (d && load_acquire(&d->life) == DOMAIN_DEAD)
        cpu_raise(this_cpu()->id, WORK_REAP);
}

void domain_forget(struct quota_block *b) {
    while (b)
        b = quota_free_block(b);
}

// Whoever has its number next is nobody's.
static void no_target(const struct domain *gone) {
    for (unsigned place = 0; place < MAX_DOMAINS; place++) {
        if (domains[place] && domains[place]->target == gone->id + 1U)
            store_relaxed(&domains[place]->target, 0);
    }
}

void domain_reap(void) {
    spin_lock(&domain_list_lock);
    for (unsigned place = 0; place < MAX_DOMAINS; place++) {
        struct domain *d = domains[place];
        if (d && domain_is_gone(d)) {
            store_release(&domains[place], NULL);
            no_target(d);
            domains_leaving[place] = d;
            d->epoch = quiesce_begin();
            evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC);
        }
        d = domains_leaving[place];
        if (!d || !quiesce_done(d->epoch))
            continue;
        struct quota_block *rest = quota_free_block(d->quota.blocks);
        if (rest) { // the last one has *d
            d->quota.blocks = rest;
            cpu_raise(this_cpu()->id, WORK_REAP);
        } else {
            domains_leaving[place] = NULL;
        }
    }
    spin_unlock(&domain_list_lock);
}
