// SPDX-License-Identifier: Apache-2.0
// A static domain that stopped is put back as it was built, while the others run: its events close,
// what it mapped goes, its memory is scrubbed and filled from the sealed image, its static channels
// are bound again and their peers told by an event. A table of bounded steps, driven by a timer so
// that guests run in between; one CPU at a time has the domain, which is shut. What others still
// hold of its memory delays it; a device that does not come to rest ends it. Worst case: SCRUB_STEP
// pages scrubbed a step.
#include <arch/cache.h>
#include <arch/map.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/page.h>
#include <core/percpu.h>
#include <core/physmap.h>
#include <core/wallclock.h>
#include <lib/string.h>
#include <xen/sched.h>

#define STEP_GAP_NS 20000ULL   // between steps: guests run
#define WAIT_GAP_NS 1000000ULL // while others hold something
#define SCRUB_STEP 8           // pages a step
#define LOOK_STEP 64           // map entries a step
#define RESET_LOOKS 1000       // at a register of a device, a step each

enum { IDLE, BUSY };
enum progress { DONE, MORE, WAIT, STUCK };

static enum progress more_unless(bool done) { return done ? DONE : MORE; }

static enum progress rest(struct domain *d) { return domain_at_rest(d) ? DONE : WAIT; }
static enum progress close_events(struct domain *d) { return evtchn_reset_step(d) ? MORE : DONE; }

static enum progress close_grants(struct domain *d) {
    if (!grant_relinquish_step(d))
        return MORE;
    d->grant.relinquished = 0;
    return DONE;
}

// From here on nobody finds a way to raise anything in it.
static enum progress quiet(struct domain *d) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        domain_release_areas(v);
        arch_vcpu_destroy(v);
        timer_cancel(&v->poll_timer);
        timer_cancel(&v->periodic_timer);
        v->periodic_ns = 0;
        v->polling = false;
        vcpu_offline(v);
    }
    for (unsigned i = 0; i < DOMAIN_WATCHDOGS; i++) {
        timer_cancel(&d->watchdog[i]);
        d->watchdog[i].fn = NULL;
    }
    arch_domain_quiet(d);
    d->sealed.epoch = quiesce_begin();
    return DONE;
}

static enum progress quiesced(struct domain *d) {
    return quiesce_done(d->sealed.epoch) ? DONE : WAIT;
}

// The cursor counts the looks at each register. What a device wrote before its answer is in memory
// before the scrub; one that gives none would write to the next life.
static enum progress reset_devices(struct domain *d) {
    struct sealed *s = &d->sealed;
    uint64_t i = s->cursor / RESET_LOOKS;
    if (i == s->nr_resets)
        return DONE;
    const struct device_reset *r = &s->reset[i];
    volatile uint32_t *reg = pa_va(r->at);
    if (s->cursor++ % RESET_LOOKS == 0)
        *reg = r->write;
    if ((*reg & r->mask) == r->wanted)
        s->cursor = (i + 1) * RESET_LOOKS;
    else if (s->cursor % RESET_LOOKS == 0)
        return STUCK;
    return MORE;
}

static enum progress reset_machine(struct domain *d) {
    return more_unless(arch_domain_reset_step(d, &d->sealed.cursor));
}

// What EL2 keeps for the guest to see.
static enum progress reset_pages(struct domain *d) {
    if (grant_frames_lent(d) || page_is_lent(pa_mfn(va_pa(d->shared_info))))
        return WAIT;
    for (uint32_t i = 0; i < d->grant.nr_frames; i++) {
        cache_zero(d->grant.frame[i], PAGE_SIZE);
        d->grant.gfn[i] = INVALID_GFN;
    }
    cache_zero(d->shared_info, PAGE_SIZE);
    wallclock_show(d);
    d->evtchn.poll_mask = 0;
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        v->info = i < XEN_LEGACY_MAX_VCPUS ? &d->shared_info->vcpu_info[i] : NULL;
        v->info_registered = false;
        store_relaxed(&v->pending, 0);
    }
    return DONE;
}

// The range that gfn is in, NULL if none.
static const struct sealed_range *range_at(const struct sealed *s, uint64_t gfn) {
    for (unsigned i = 0; i < s->nr_ranges; i++)
        if (gfn - s->range[i].gfn < s->range[i].count)
            return &s->range[i];
    return NULL;
}

// Takes away what the guest has mapped itself: where its RAM was, and anywhere else.
static enum progress unmap_foreign(struct domain *d) {
    uint64_t *gfn = &d->sealed.cursor;
    (void)physmap_fill_drop(d);
    for (unsigned i = 0; i < LOOK_STEP && *gfn <= d->p2m.max_gfn; i++) {
        const struct sealed_range *r = range_at(&d->sealed, *gfn);
        unsigned order = 0;
        mfn_t mfn;
        if (r && !r->ram) {
            *gfn = r->gfn + r->count;
            continue;
        }
        if (p2m_hole(d, gfn_of(*gfn), &order)) {
            *gfn = ALIGN_DOWN(*gfn, 1ULL << order) + (1ULL << order);
            continue;
        }
        enum p2m_type t = p2m_lookup(d, gfn_of(*gfn), &mfn);
        bool device = t == P2M_DEVICE || t == P2M_DEVICE_MEM;
        if (!device && !(r && t == P2M_RAM))
            (void)!physmap_remove(d, gfn_of(*gfn));
        // Leaves of the own RAM and of devices are stepped over as one.
        *gfn = device || (r && t == P2M_RAM) ? ALIGN_DOWN(*gfn, 1ULL << order) + (1ULL << order)
                                             : *gfn + 1;
    }
    return more_unless(*gfn > d->p2m.max_gfn);
}

// Own RAM that nobody else holds is cleared, a hole filled. The cursor counts frames of all ranges.
static enum progress scrub(struct domain *d) {
    struct sealed *s = &d->sealed;
    for (unsigned n = 0; n < SCRUB_STEP; n++, s->cursor++) {
        uint64_t left = s->cursor;
        unsigned i = 0;
        mfn_t mfn;
        while (i < s->nr_ranges && (!s->range[i].ram || left >= s->range[i].count))
            left -= s->range[i].ram ? s->range[i].count : 0, i++;
        if (i == s->nr_ranges)
            return DONE;
        gfn_t gfn = gfn_of(s->range[i].gfn + left);
        if (p2m_lookup(d, gfn, &mfn) != P2M_RAM &&
            (physmap_populate(d, gfn, 0) || p2m_lookup(d, gfn, &mfn) != P2M_RAM))
            return WAIT; // for a free page
        if (page_is_lent(mfn))
            return WAIT;
        page_scrub(mfn);
    }
    return MORE;
}

static enum progress load(struct domain *d) {
    int err = sealed_load_step(d);
    return more_unless(err == 0);
}

// Each peer finds an event on its end: the domain is back.
static enum progress connect(struct domain *d) {
    const struct sealed *s = &d->sealed;
    port_t port;
    if (s->xenstore && !evtchn_alloc_unbound(d, 0, &port)) {
        d->hvm_param[HVM_PARAM_STORE_EVTCHN] = port;
        d->hvm_param[HVM_PARAM_STORE_PFN] = ~0ULL;
    }
    for (unsigned i = 0; i < s->nr_links; i++) {
        struct domain *peer = domain_get(s->link[i].peer);
        if (!peer || evtchn_bind_static(d, s->link[i].port, peer, s->link[i].peer_port))
            log_guest(d, "port %u is not bound again", s->link[i].port);
        else
            (void)!evtchn_send(d, s->link[i].port);
    }
    return DONE;
}

static enum progress start(struct domain *d) {
    struct sealed *s = &d->sealed;
    stage2_flush(&d->p2m.s2); // of its own tables' translations too
    arch_vcpu_reset(d->vcpu[0], s->entry, s->fdt.v);
    d->vcpu[0]->initialised = true;
    vcpu_online(d->vcpu[0]);
    s->restarts++;
    log_guest(d, "restarted, %u times so far; %llu us at EL2", s->restarts,
              (unsigned long long)(s->busy_ns / 1000));
    return DONE;
}

static enum progress (*const steps[])(struct domain *d) = {
    rest,        close_events,  close_grants, quiet, quiesced, reset_devices, reset_machine,
    reset_pages, unmap_foreign, scrub,        load,  connect,  start,
};

static void end(struct domain *d) { store_release(&d->sealed.state, IDLE); }

static void carry_on(void *arg) {
    struct domain *d = arg;
    struct sealed *s = &d->sealed;
    uint64_t gap = STEP_GAP_NS, begun = time_ns();
    if (load_acquire(&d->life) != DOMAIN_ALIVE) { // destruction waits for this
        end(d);
        return;
    }
    switch (steps[s->step](d)) {
    case DONE:
        s->cursor = 0;
        s->step++;
        break;
    case WAIT:
        gap = WAIT_GAP_NS;
        break;
    case STUCK:
        log_guest(d, "is halted: its device at 0x%llx does not come to rest",
                  (unsigned long long)s->reset[s->cursor / RESET_LOOKS - 1].at.v);
        end(d);
        evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC);
        return;
    default:
        break;
    }
    if (s->step < ARRAY_SIZE(steps)) {
        uint64_t now = time_ns();
        s->busy_ns += now - begun;
        timer_set(&s->timer, now + gap);
        return;
    }
    end(d);
    domain_resume(d);
}

static uint8_t action_for(const struct restart_policy *p, uint8_t reason) {
    if (reason == SHUTDOWN_crash)
        return p->on_crash;
    if (reason == SHUTDOWN_watchdog)
        return p->on_hang;
    return reason == SHUTDOWN_suspend ? (uint8_t)ACTION_HALT : p->on_shutdown;
}

static bool put_back(struct domain *d) {
    struct sealed *s = &d->sealed;
    if (!restart_wanted(&s->policy) || (s->policy.limit && s->restarts >= s->policy.limit))
        return false;
    s->step = 0;
    s->cursor = s->busy_ns = 0;
    timer_init(&s->timer, carry_on, d);
    store_release(&s->state, BUSY);
    timer_set(&s->timer, time_ns() + STEP_GAP_NS);
    return true;
}

bool restart_begin(struct domain *d, uint8_t reason) {
    uint8_t action = action_for(&d->sealed.policy, reason);
    if (action == ACTION_PANIC)
        machine_down("static domain", reason);
    if (!restart_is(action) || !put_back(d)) {
        if (restart_is(action))
            log_guest(d, "restarted %u times: halted", d->sealed.restarts);
        return false;
    }
    // The others of the group stop too; theirs is the same way back.
    for (struct domain *o = domain_next(0); action == ACTION_RESTART_GROUP && o;
         o = domain_next(o->id + 1U))
        if (o != d && o->sealed.policy.group == d->sealed.policy.group &&
            domain_stop(o, SHUTDOWN_reboot))
            (void)!put_back(o);
    return true;
}

bool restart_busy(struct domain *d) { return load_acquire(&d->sealed.state) != IDLE; }
